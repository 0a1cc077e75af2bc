"""One world behind the ports, fake or emulated, and what a test needs beside the ports to look at it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
from ml_connector.aws.queues import SqsNotices, SqsPostings, notice_from_message, record_from_message
from ml_connector.aws.references import DynamoReferences
from ml_connector.aws.resources import Resources
from ml_connector.aws.runs import LambdaRuns
from ml_connector.aws.schedules import SchedulerSchedules
from ml_connector.aws.seals import KmsSigner, S3Seals
from ml_connector.aws.secrets import ManagedSecrets
from ml_connector.aws.trails import DynamoTrails
from ml_connector.aws.vault import Vault
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_audit import AuditPorts
from tests.contract.ports.emulated import Emulated
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.queues import FakeQueue
from tests.fakes.upkeep import FakeLog
from tests.fakes.world import FakeWorld


@dataclass(slots=True)
class RecordingLambda:
    """The Lambda client, as far as a run needs it."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:
        assert FunctionName.endswith(":poller")
        assert InvocationType == "Event"
        self.events.append(json.loads(Payload))


@dataclass(slots=True, kw_only=True)
class Harness:
    """`other` is a second worker on the same stores: nothing in its memory yet."""

    ports: Ports
    other: Ports
    clock: FakeClock
    broken_links: Callable[[RecordId], list[str]]
    take_notices: Callable[[], list[Notice]]
    take_postings: Callable[[], list[RecordId]]
    schedules: Callable[[], list[tuple[str, str, bool]]]
    runs: Callable[[], list[tuple[str, str, bool]]]
    counted: Callable[[str], float]
    lose_tables: Callable[[], None]
    lose_rows: Callable[[], None]


def fake_harness() -> Harness:
    world = FakeWorld()
    return Harness(
        ports=world.ports,
        other=world.ports,
        clock=world.clock,
        broken_links=world.ledger.broken_links,
        take_notices=lambda: _taken(world.notices),
        take_postings=lambda: _taken(world.postings),
        schedules=lambda: [(str(flow), one.cadence, one.enabled) for flow, one in world.schedules.entries.items()],
        runs=lambda: [(str(run.flow), run.run_id, run.full) for run in world.runs.started],
        counted=lambda name: world.metrics.counts[name],
        lose_tables=world.epochs.lose_tables,
        lose_rows=world.ledger.forget_rows,
    )


def emulated_harness(aws: Emulated) -> Harness:
    resources, clock, lines, runs = aws.resources(), FakeClock(), [], RecordingLambda()  # type: ignore[var-annotated]
    ports = real_ports(aws, resources, clock, lines.append, runs)
    ledger = DynamoLedger(aws.dynamodb, resources, a_vault(aws, resources, clock))
    return Harness(
        ports=ports,
        other=real_ports(aws, resources, clock, lines.append, runs),
        clock=clock,
        broken_links=ledger.broken_links,
        take_notices=lambda: [notice_from_message(body) for body in _received(aws, resources.notice_queue_url)],
        take_postings=lambda: [record_from_message(body) for body in _received(aws, resources.posting_queue_url)],
        schedules=lambda: _schedules(aws, resources.schedule_group),
        runs=lambda: [(event["flow"], event["run_id"], event["full"]) for event in runs.events],
        counted=lambda name: sum(json.loads(line).get(name, 0) for line in lines),
        lose_tables=lambda: empty_table(aws, resources.cross_reference_table),
        lose_rows=lambda: empty_table(aws, resources.cross_reference_table),
    )


def a_vault(aws: Emulated, resources: Resources, clock: FakeClock) -> Vault:
    return Vault(aws.kms, aws.dynamodb, resources, clock, os.urandom)


def real_ports(
    aws: Emulated, resources: Resources, clock: FakeClock, write: Callable[[str], object], runs: Any
) -> Ports:
    vault = a_vault(aws, resources, clock)
    return Ports(
        clock=clock,
        ids=FakeIds(),
        ledger=DynamoLedger(aws.dynamodb, resources, vault),
        payloads=DynamoPayloads(aws.dynamodb, aws.s3, resources, vault),
        notices=SqsNotices(aws.sqs, resources),
        postings=SqsPostings(aws.sqs, resources),
        references=DynamoReferences(aws.dynamodb, resources, vault),
        mappings=DynamoMappings(aws.dynamodb, resources),
        connections=DynamoConnections(aws.dynamodb, resources),
        polls=DynamoPolls(aws.dynamodb, resources),
        secrets=ManagedSecrets(aws.secretsmanager, resources),
        grants=DynamoGrants(aws.dynamodb, resources),
        budgets=DynamoBudgets(aws.dynamodb, resources),
        epochs=StoredEpochs(aws.dynamodb, aws.s3, resources),
        schedules=SchedulerSchedules(aws.scheduler, resources),
        journal=DynamoJournal(aws.dynamodb, resources),
        runs=LambdaRuns(runs, resources),
        metrics=EmfMetrics(write, clock, resources),
        log=FakeLog(),
    )


def audit_ports(aws: Emulated, resources: Resources) -> AuditPorts:
    return AuditPorts(
        trails=DynamoTrails(aws.dynamodb, resources),
        seals=S3Seals(aws.s3, resources),
        signer=KmsSigner(aws.kms, resources),
    )


def empty_table(aws: Emulated, table: str) -> None:
    for item in aws.dynamodb.scan(TableName=table)["Items"]:
        aws.dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})


def _taken[Body](queue: FakeQueue[Body]) -> list[Body]:
    return [message.body for message in queue.receive(limit=1000)]


def _received(aws: Emulated, url: str) -> list[str]:
    bodies: list[str] = []
    while messages := aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        bodies += [message["Body"] for message in messages]
    return bodies


def _schedules(aws: Emulated, group: str) -> list[tuple[str, str, bool]]:
    names = [entry["Name"] for entry in aws.scheduler.list_schedules(GroupName=group)["Schedules"]]
    full = [aws.scheduler.get_schedule(GroupName=group, Name=name) for name in names]
    return [
        (json.loads(one["Target"]["Input"])["flow"], one["ScheduleExpression"], one["State"] == "ENABLED")
        for one in full
    ]
