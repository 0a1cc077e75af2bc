"""The alarms of the deployed stack: looked at by the local judge, with troubles that bring them about for real."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.alarms import Watcher
from local.engine import REGION, ROOT_USER, endpoint_of
from local.stack import FunctionFailedError, Stack
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.pipeline.ports import Change, MovedError, Ports
from ml_connector.runtime.settings import from_outputs
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import RecordingLambda, real_ports
from tests.e2e.conftest import Installation
from tests.fakes.clock import FakeClock

MINUTE = 60
_AGED_TRIES = 20


@dataclass(kw_only=True)
class Alarms:
    """`watcher` lives a life of its own: `a_minute_on` lets time pass for it alone."""

    stack: Stack
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.stack.port, stack=self.stack.name)

    def state(self, alarm: str) -> str:
        """After a look at all that has happened so far."""
        self.watcher.tick()
        return str(self._described(alarm)["StateValue"])

    def a_minute_on(self, alarm: str, *, minutes: int = 1) -> str:
        self.watcher.tick()
        self.watcher.skip(minutes * MINUTE + 1)
        return self.state(alarm)

    def after(self, minutes: int, alarm: str, each: Callable[[], object] = lambda: None) -> str:
        """The state when the same has happened in each of so many minutes."""
        state = ""
        for _ in range(minutes):
            self.a_minute_on(alarm)
            each()
            state = self.state(alarm)
        return state

    def next_step(self, alarm: str) -> str:
        return str(self._described(alarm)["AlarmDescription"]).partition("Next: ")[2]

    def names(self) -> set[str]:
        return {self._logical(each["AlarmName"]) for each in self._all()}

    def _described(self, alarm: str) -> dict[str, Any]:
        return next(each for each in self._all() if self._logical(each["AlarmName"]) == alarm)

    def _logical(self, name: str) -> str:
        """The name in the template, without the stack in front and the chance behind."""
        return name.removeprefix(f"{self.stack.name}-").rpartition("-")[0].removesuffix("Alarm")

    def _all(self) -> list[dict[str, Any]]:
        pages = self.stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
        found = [each for page in pages for each in page["MetricAlarms"]]
        return [each for each in found if each["AlarmName"].startswith(f"{self.stack.name}-")]


# troubles


@contextmanager
def broken(stack: Stack, function: str) -> Iterator[None]:
    """A deployment gone wrong: the function's code is not where it should be."""
    client, name = stack.client("lambda"), stack.outputs[f"{function}FunctionArn"]
    handler = client.get_function_configuration(FunctionName=name)["Handler"]
    client.update_function_configuration(FunctionName=name, Handler="app.not_there")
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=name, Handler=handler)


@contextmanager
def misled(stack: Stack, function: str, **variables: str) -> Iterator[None]:
    """The function's environment says something else, and it starts anew with it."""
    client, name = stack.client("lambda"), stack.outputs[f"{function}FunctionArn"]
    before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {**before, **variables}})
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=name, Environment={"Variables": before})


@contextmanager
def starved(stack: Stack, function: str) -> Iterator[None]:
    """No concurrency is left for the function."""
    client, name = stack.client("lambda"), stack.outputs[f"{function}FunctionArn"]
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        client.delete_function_concurrency(FunctionName=name)


@contextmanager
def idle(stack: Stack, function: str) -> Iterator[None]:
    """The function's queue is not read."""
    client, name = stack.client("lambda"), stack.outputs[f"{function}FunctionArn"]
    [source] = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    client.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=source["UUID"], Enabled=True)


@contextmanager
def impatient(stack: Stack, *queues: str) -> Iterator[None]:
    """What fails is handed out again after two seconds, so that it need not be waited for."""
    sqs, urls = stack.client("sqs"), [stack.outputs[f"{queue}Url"] for queue in queues]
    before = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"]) for url in urls]
    for url in urls:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    try:
        yield
    finally:
        for url, known in zip(urls, before, strict=True):
            sqs.set_queue_attributes(QueueUrl=url, Attributes=known["Attributes"])


def fails(stack: Stack, function: str) -> None:
    """Call it, and see it fail."""
    try:
        stack.invoke(function, {"Records": []})
    except (FunctionFailedError, ClientError):
        return
    raise AssertionError(f"{function} did not fail")


def is_refused(stack: Stack, function: str) -> None:
    """Call it without the SDK's patience, and see it throttled."""
    client: Any = boto3.client(
        "lambda",
        endpoint_url=endpoint_of(stack.port),
        region_name=REGION,
        aws_access_key_id=ROOT_USER["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ROOT_USER["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        client.invoke(FunctionName=stack.outputs[f"{function}FunctionArn"], Payload=b"{}")
    except client.exceptions.TooManyRequestsException:
        return
    raise AssertionError(f"{function} was not throttled")


def send(stack: Stack, queue: str, body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    stack.client("sqs").send_message(QueueUrl=stack.outputs[f"{queue}Url"], MessageBody=text)


def bury(stack: Stack) -> None:
    """Nothing lies in either dead-letter queue any more."""
    for queue in ("Notice", "Posting"):
        stack.client("sqs").purge_queue(QueueUrl=stack.outputs[f"{queue}DeadLetterQueueUrl"])


# time that has passed


@dataclass(kw_only=True)
class Past:
    """Makes what is stored older than it is, through the product's own stores."""

    installation: Installation

    def __post_init__(self) -> None:
        stack = self.installation.lab.stack
        names = ("dynamodb", "kms", "s3", "sqs", "secretsmanager", "scheduler")
        aws = Emulated(**{name: stack.client(name) for name in names})
        self._clock = FakeClock(datetime.now(UTC))
        resources = from_outputs(stack.outputs).resources
        self.ports: Ports = real_ports(aws, resources, self._clock, lambda line: None, RecordingLambda())

    def record(self, record: RecordId, by: timedelta) -> None:
        """The record has stood as it stands for that much longer; what fell due is past due."""
        for _ in range(_AGED_TRIES):
            row = self.ports.ledger.get(record)
            assert row is not None
            try:
                self.ports.ledger.commit(Change(before=row, after=_older(row, by), events=()))
            except MovedError:
                continue
            return
        raise AssertionError(f"{record} kept moving")

    def grant(self, tenant: str, grant: str, by: timedelta) -> None:
        row = self.ports.grants.load(tenant, grant)
        assert row.suspect_since is not None
        assert self.ports.grants.put(replace(row, suspect_since=row.suspect_since - by), expected=row)

    def pass_of(self, flow: FlowId, by: timedelta) -> None:
        now = datetime.now(UTC)
        progress = self.ports.polls.begin(flow, holder="test", until=now + timedelta(minutes=1), now=now)
        assert progress is not None
        assert progress.last_finished is not None
        aged = replace(progress, last_finished=progress.last_finished - by)
        assert self.ports.polls.save(flow, aged, holder="test", until=now)
        self.ports.polls.end(flow, holder="test")


def _older(row: CrossReference, by: timedelta) -> CrossReference:
    unsettled = replace(row.unsettled, since=row.unsettled.since - by) if row.unsettled else None
    due_at = row.due_at - by if row.due_at else None
    since = row.state_since - by if row.state_since else None
    return replace(row, unsettled=unsettled, due_at=due_at, state_since=since)


def grant_state(past: Past, connection: ConnectionId) -> str:
    return str(past.ports.grants.load(connection.tenant, connection.name).state)


__all__ = [
    "Alarms",
    "Past",
    "broken",
    "bury",
    "fails",
    "grant_state",
    "idle",
    "impatient",
    "is_refused",
    "misled",
    "send",
    "starved",
]
