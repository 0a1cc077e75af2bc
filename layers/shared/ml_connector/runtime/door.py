"""The webhook receiver's own wiring: it starts while a sender waits, and imports nothing that it does not use."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from ml_connector.aws.metrics import EmfMetrics
from ml_connector.aws.queues import SqsPushes
from ml_connector.aws.registrations import DynamoRegistrations, KmsCandidates
from ml_connector.aws.secrets import ManagedSecrets
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ingest.receiver import Receiver
from ml_connector.pipeline.ports import Metrics
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from ml_connector.runtime.clock import SystemClock
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.logs import LateLog, RuntimeLog
from ml_connector.runtime.parts import webhooks
from ml_connector.runtime.settings import from_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One process's receiver, and the name of the stack whose door it is."""

    receiver: Receiver
    metrics: Metrics
    log: RuntimeLog
    stack: str


def opened(context: Any) -> Door:
    """For one call: its log lines carry the request's id."""
    made = _made()
    made.log.begin(role="webhook-receiver", request_id=getattr(context, "aws_request_id", None))
    return made


@cache
def _made() -> Door:
    resources = from_environment().resources
    clients, clock, log = Clients(), SystemClock(), LateLog(resources.stack)
    metrics = EmfMetrics(_line, clock, resources)
    ports = RegistrationPorts(
        registrations=DynamoRegistrations(clients.lazy("dynamodb"), resources),
        candidates=KmsCandidates(clients.lazy("kms"), resources),
        pushes=SqsPushes(clients.lazy("sqs"), resources),
    )
    keys = SigningKeys(ManagedSecrets(clients.lazy("secretsmanager"), resources))
    receiver = Receiver(webhooks(), ports, keys, clock=clock, metrics=metrics, log=log)
    return Door(receiver=receiver, metrics=metrics, log=log, stack=resources.stack)


def _line(line: str) -> None:
    """Metrics are log lines in the embedded metric format."""
    print(line, file=sys.stdout, flush=True)
