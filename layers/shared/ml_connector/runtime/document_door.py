"""The cXML receiver's own wiring: it stands open to everybody, and imports nothing that it does not use."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from ml_connector.aws.connections import DynamoConnections
from ml_connector.aws.documents import DynamoDocuments
from ml_connector.aws.metrics import EmfMetrics
from ml_connector.aws.payloads import DynamoPayloads
from ml_connector.aws.secrets import ManagedSecrets
from ml_connector.aws.vault import Vault
from ml_connector.pipeline.ingest.document_receiver import DocumentReceiver, DoorPorts
from ml_connector.pipeline.ports import Metrics
from ml_connector.runtime.clock import RandomIds, SystemClock
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.logs import LateLog, RuntimeLog
from ml_connector.runtime.parts import doors
from ml_connector.runtime.settings import from_environment

SYSTEM = "jaggaer"
"""The one whose partners speak cXML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDoorway:
    """One process's receiver."""

    receiver: DocumentReceiver
    metrics: Metrics
    log: RuntimeLog


def opened(context: Any) -> DocumentDoorway:
    """For one call: its log lines carry the request's id."""
    made = doorway()
    made.log.begin(role="cxml-receiver", request_id=getattr(context, "aws_request_id", None))
    return made


@cache
def doorway() -> DocumentDoorway:
    resources = from_environment().resources
    clients, clock, log = Clients(), SystemClock(), LateLog(resources.stack)
    dynamodb = clients.lazy("dynamodb")
    metrics = EmfMetrics(_line, clock, resources)
    vault = Vault(clients.lazy("kms"), dynamodb, resources, clock, os.urandom)
    ports = DoorPorts(
        connections=DynamoConnections(dynamodb, resources),
        secrets=ManagedSecrets(clients.lazy("secretsmanager"), resources),
        payloads=DynamoPayloads(dynamodb, clients.lazy("s3"), resources, vault),
        documents=DynamoDocuments(dynamodb, resources),
        ids=RandomIds(),
        clock=clock,
        metrics=metrics,
        log=log,
    )
    return DocumentDoorway(receiver=DocumentReceiver(doors()[SYSTEM], SYSTEM, ports), metrics=metrics, log=log)


def _line(line: str) -> None:
    """Metrics are log lines in the embedded metric format."""
    print(line, file=sys.stdout, flush=True)
