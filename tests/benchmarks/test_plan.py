"""Ten thousand mixed documents: what a plan predicts is what a run then does, and what planning takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from typing import Any

import pytest

from ml_connector.domain.crossreference import FED_STATES
from ml_connector.domain.matching import normalised_number
from ml_connector.domain.posting import Sighting, Sought
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.planning.dry_run import Planning
from ml_connector.pipeline.planning.plan_file import Act, Plan
from ml_connector.pipeline.posting.claims import is_due
from tests.benchmarks.report import Table, sizes
from tests.benchmarks.scene import timed
from tests.fakes.clock import FakeDeadline
from tests.fakes.system import FakeSystem, Shelf
from tests.invoices import InvoiceWorld
from tests.mixed import BECOMES, a_mixed_world

pytestmark = pytest.mark.benchmark

_DELIVERY = 200


@dataclass(slots=True, kw_only=True)
class _Numbered(Shelf):
    """Looks only among the bills of the number that is asked for: a fake's own search is not what is measured."""

    by_number: dict[str, set[str]] = field(default_factory=dict)

    def index(self) -> None:
        self.by_number = {}
        for (kind, target_id), record in self.records.items():
            if kind is RecordKind.BILL and record.number:
                self.by_number.setdefault(normalised_number(record.number), set()).add(target_id)

    def put(self, record: Any, **how: Any) -> Any:
        stored = Shelf.put(self, record, **how)
        if isinstance(stored, Bill) and stored.number:
            self.by_number.setdefault(normalised_number(stored.number), set()).add(stored.external_id)
        return stored

    def near(self, number: str) -> dict[tuple[RecordKind, str], Any]:
        keys = [(RecordKind.BILL, target_id) for target_id in self.by_number.get(normalised_number(number), ())]
        return {key: self.records[key] for key in keys}


def _quickened(target: FakeSystem) -> Callable[[FakeSystem, Iterable[Sought]], Iterator[Sighting]]:
    """The same answers from the same records; the target keeps its place in the world."""
    shelf = _Numbered(clock=target.clock, prefix=target.prefix, records=target.shelf.records)
    shelf.given_ids = target.shelf.given_ids
    shelf.index()
    target.shelf = shelf

    def find(_: FakeSystem, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        for sought in wanted:
            near = shelf.near(sought.record.number or "")
            yield Shelf(clock=shelf.clock, records=near).look(sought)

    return find


def _run(world: InvoiceWorld) -> None:
    """One run to its end, in deliveries that are as large as they like: the queues are not what is measured."""
    world.world.poll(world.invoices, full=True)
    while _delivered(world) or _unfinished(world):
        world.later(minutes=1)


def _delivered(world: InvoiceWorld) -> bool:
    services, deadline = world.world.services, FakeDeadline(world.fakes.clock, default=timedelta(hours=1))
    queues = world.fakes
    notices, queues.notices.messages = queues.notices.bodies, []
    for notice in notices:
        services.ingestor.handle(notice, deadline)
    queues.postings.messages = []
    due = [row.record for row in queues.ledger.rows.values() if is_due(row, queues.clock.now())]
    for some in batched(due, _DELIVERY, strict=False):
        services.poster.handle(some, deadline)
    return bool(notices or due)


def _unfinished(world: InvoiceWorld) -> bool:
    return any(row.state in FED_STATES for row in world.fakes.ledger.rows.values())


@pytest.mark.parametrize("documents", sizes("10000"))
def test_what_is_predicted_is_what_happens(documents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def first_run(world: InvoiceWorld) -> None:
        monkeypatch.setattr(FakeSystem, "find", _quickened(world.target))
        _run(world)

    world = a_mixed_world(documents, run=first_run)
    services = world.world.services
    planning = Planning(services.ports, services.catalog, services.systems, pause=world.fakes.clock.advance)
    made: list[Plan] = []
    writes = len(world.actions)
    took = timed(lambda: made.append(planning.dry_run(world.invoices).plan))
    written = len(world.actions) - writes
    (plan,) = made

    _run(world)

    wrong = [
        entry.external_id
        for entry in plan.entries
        if entry.act is not Act.NONE and BECOMES[entry.act] is not world.state(entry.external_id)
    ]
    table = Table(
        name="plan",
        title="A plan of mixed documents, and what a run then made of them",
        columns=("documents", "planned otherwise", "writes of the plan", "seconds"),
    )
    table.add(len(plan.entries), len(wrong), written, took)
    table.note(", ".join(f"{number:,} {act}" for act, number in plan.totals.items()))
    table.show()
    assert (len(plan.entries), wrong, written) == (documents, [], 0)
