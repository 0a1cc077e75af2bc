"""The ports made real over one stack. Clients are made at their first use, so building this costs nothing."""

from __future__ import annotations

import os
import sys

from ml_connector.aws.budgets import DynamoBudgets
from ml_connector.aws.connections import DynamoConnections
from ml_connector.aws.epochs import StoredEpochs
from ml_connector.aws.grants import DynamoGrants
from ml_connector.aws.journal import DynamoJournal
from ml_connector.aws.ledger import DynamoLedger
from ml_connector.aws.mappings import DynamoMappings
from ml_connector.aws.metrics import EmfMetrics
from ml_connector.aws.payloads import DynamoPayloads
from ml_connector.aws.polls import DynamoPolls
from ml_connector.aws.queues import SqsNotices, SqsPostings
from ml_connector.aws.references import DynamoReferences
from ml_connector.aws.runs import LambdaRuns
from ml_connector.aws.schedules import SchedulerSchedules
from ml_connector.aws.secrets import ManagedSecrets
from ml_connector.aws.vault import Vault
from ml_connector.pipeline.ports import Log, Ports
from ml_connector.runtime.clock import RandomIds, SystemClock
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.settings import Settings


def adapters(settings: Settings, clients: Clients, log: Log) -> Ports:
    resources = settings.resources
    clock = SystemClock()
    dynamodb, s3, sqs = clients.lazy("dynamodb"), clients.lazy("s3"), clients.lazy("sqs")
    vault = Vault(clients.lazy("kms"), dynamodb, resources, clock, os.urandom)
    return Ports(
        clock=clock,
        ids=RandomIds(),
        ledger=DynamoLedger(dynamodb, resources, vault),
        payloads=DynamoPayloads(dynamodb, s3, resources, vault),
        notices=SqsNotices(sqs, resources),
        postings=SqsPostings(sqs, resources),
        references=DynamoReferences(dynamodb, resources, vault),
        mappings=DynamoMappings(dynamodb, resources),
        connections=DynamoConnections(dynamodb, resources),
        polls=DynamoPolls(dynamodb, resources),
        secrets=ManagedSecrets(clients.lazy("secretsmanager"), resources),
        grants=DynamoGrants(dynamodb, resources),
        budgets=DynamoBudgets(dynamodb, resources),
        epochs=StoredEpochs(dynamodb, s3, resources),
        schedules=SchedulerSchedules(clients.lazy("scheduler"), resources),
        journal=DynamoJournal(dynamodb, resources),
        runs=LambdaRuns(clients.lazy("lambda"), resources),
        metrics=EmfMetrics(_line, clock, resources),
        log=log,
    )


def _line(line: str) -> None:
    """Metrics are log lines in the embedded metric format."""
    print(line, file=sys.stdout, flush=True)
