"""What a number of documents costs in calls, leg by leg, on the real adapters; measured once for every table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.upkeep import Upkeep
from ml_connector.runtime.clock import TimeLimit
from tests.benchmarks.aws_counter import AwsCounter
from tests.benchmarks.documents import documents
from tests.benchmarks.emulated_scene import EmulatedScene, emulated_scene
from tests.fakes.clock import FakeClock

LAMBDAS_OWN = frozenset({"sqs.ReceiveMessage", "sqs.DeleteMessageBatch"})
"""Made by Lambda's event source mapping, not by our code; charged all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg's calls, DynamoDB units, stored bytes, metric lines and the series that they feed."""

    calls: Counter[str]
    units: Counter[str]
    kept_bytes: int
    lines: int
    line_bytes: int
    series: frozenset[str]

    def __add__(self, other: Leg) -> Leg:
        return Leg(
            calls=self.calls + other.calls,
            units=self.units + other.units,
            kept_bytes=self.kept_bytes + other.kept_bytes,
            lines=self.lines + other.lines,
            line_bytes=self.line_bytes + other.line_bytes,
            series=self.series | other.series,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    documents: int
    poll: Leg
    ingest: Leg
    post: Leg
    vendor: Counter[str]

    @property
    def whole(self) -> Leg:
        return self.poll + self.ingest + self.post


@cache
def counted(invoices: int) -> Counted:
    with emulated_scene(documents(), invoices=invoices) as made:
        scene = made.scene
        legs = [_leg(made, work) for work in (scene.poll, scene.ingest, scene.post)]
        poll, ingest, post = legs
        return Counted(documents=invoices, poll=poll, ingest=ingest, post=post, vendor=made.vendors.calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """One run of each scheduled function where there is nothing to do, in a process that is warm, and one seal."""

    poll: Leg
    upkeep: Leg
    seal: Leg


@cache
def idle() -> Idle:
    with emulated_scene(documents(), invoices=10) as made:
        scene = made.scene
        scene.run()
        upkeep = Upkeep(scene.ports, scene.catalog, scene.services.releaser, hold_age=timedelta(days=5))
        upkeep.run(TimeLimit(timedelta(minutes=5)))
        poll = _leg(made, scene.poll)
        idle_run = _leg(made, lambda: upkeep.run(TimeLimit(timedelta(minutes=5))))
        return Idle(poll=poll, upkeep=idle_run, seal=_sealing(made))


def _sealing(made: EmulatedScene) -> Leg:
    """A checkpoint over nothing touched, in the afternoon, where no day is due with it."""
    clock = FakeClock(datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(12), tzinfo=UTC))
    ports, (tenant, *_) = made.scene.ports, made.scene.ports.connections.tenants()
    sealer, deadline = Sealer(made.audit, ports.connections, clock, ports.log), TimeLimit(timedelta(minutes=5))
    sealer.seal(tenant, deadline)
    clock.advance(timedelta(hours=2))
    return _leg(made, lambda: sealer.seal(tenant, deadline))


def _leg(made: EmulatedScene, work: Callable[[], object]) -> Leg:
    counter: AwsCounter = made.counter
    counter.clear()
    made.lines.clear()
    work()
    return Leg(
        calls=Counter(counter.calls),
        units=Counter(counter.units),
        kept_bytes=counter.kept_bytes,
        lines=len(made.lines),
        line_bytes=sum(map(len, made.lines)),
        series=frozenset(name for line in made.lines for name in _series(json.loads(line))),
    )


def _series(line: dict[str, Any]) -> Iterator[str]:
    """The custom metrics that a line feeds: one for each name and set of dimension values."""
    for metric in line["_aws"]["CloudWatchMetrics"]:
        for dimensions in metric["Dimensions"]:
            for named in metric["Metrics"]:
                yield json.dumps([named["Name"], {name: line[name] for name in dimensions}], sort_keys=True)
