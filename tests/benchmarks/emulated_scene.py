"""The scene on the real adapters, over an emulated AWS whose every call is counted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from unittest import mock

import httpx
from moto import mock_aws
from moto.dynamodb import models
from moto.dynamodb.models.table import Table

from ml_connector.aws.queues import notice_from_message, record_from_message
from ml_connector.pipeline.ports_audit import AuditPorts
from ml_connector.runtime.clock import RandomIds, SystemClock
from tests.benchmarks.aws_counter import AwsCounter
from tests.benchmarks.documents import Documents
from tests.benchmarks.lean_vendors import LeanVendors
from tests.benchmarks.scene import Scene
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import RecordingLambda, audit_ports, real_ports


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedScene:
    scene: Scene
    audit: AuditPorts
    counter: AwsCounter
    vendors: LeanVendors
    lines: list[str]


@contextmanager
def emulated_scene(documents: Documents, *, invoices: int) -> Iterator[EmulatedScene]:
    """Set up, warm, and with the counter at nothing. `lines` are the metric lines written."""
    with mock_aws(), _transactions_without_a_copy_of_every_table():
        aws, lines, counter = Emulated(), list[str](), AwsCounter()
        resources, clock = aws.resources(), SystemClock()
        ports = replace(real_ports(aws, resources, clock, lines.append, RecordingLambda()), ids=RandomIds())  # type: ignore[arg-type]
        vendors = LeanVendors(documents, invoices=invoices)
        scene = Scene(
            ports,
            httpx.Client(transport=vendors),
            notices=_taker(aws, resources.notice_queue_url, notice_from_message),
            postings=_taker(aws, resources.posting_queue_url, record_from_message),
        )
        scene.authorise()
        scene.set_up()
        counter.watch(aws)
        yield EmulatedScene(
            scene=scene, audit=audit_ports(aws, resources), counter=counter, vendors=vendors, lines=lines
        )


@contextmanager
def _transactions_without_a_copy_of_every_table() -> Iterator[None]:
    """moto copies whole tables before each transaction, to undo it: quadratic. On the clean path nothing is undone."""

    def shallow(value: Any) -> Any:
        return value if isinstance(value, Table) else copy.deepcopy(value)

    with mock.patch.object(models, "copy", SimpleNamespace(deepcopy=shallow, copy=copy.copy)):
        yield


def _taker[Body](aws: Emulated, url: str, read: Callable[[str], Body]) -> Callable[[int], list[Body]]:
    """What Lambda's own poller does: receive and delete. Its calls are counted apart, as it has no code of ours."""

    def take(most: int) -> list[Body]:
        messages: list[Any] = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most).get("Messages", [])
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            aws.sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return [read(message["Body"]) for message in messages]

    return take
