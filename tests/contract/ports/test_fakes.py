"""The fakes' own promises: crashes fence, indexes lag, messages come back, and a fake system does as it is told."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import ConflictError, OutcomeUnknownError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.money import Money
from ml_connector.domain.posting import (
    Absent,
    Action,
    Asked,
    Found,
    FoundBy,
    HandedOver,
    Several,
    Sought,
    Write,
    WriteError,
    Written,
)
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.system import Page
from tests.contract.ports.builders import ACME, a_first, a_record, a_row
from tests.fakes.clock import FakeClock
from tests.fakes.hooks import Crash, CrashAt, Hooks
from tests.fakes.system import Act, FakeSystem, FakeVisitedSystem, SerialParallel
from tests.fakes.world import FakeWorld

A_BILL = Bill(number="INV-1", vendor=VendorRef(internal_id="7"), total=Money(Decimal(5), "USD"))


def a_write(bill: Bill = A_BILL, **changes: str) -> Write:
    return Write(posting_id=PostingId("p1"), action=Action.CREATE, record=bill, marker="m1", **changes)


def sought(bill: Bill = A_BILL, *, marker: str = "m1", target_id: str | None = None) -> Sought:
    return Sought(posting_id=PostingId("p1"), marker=marker, record=bill, target_id=target_id)


def test_calls_are_counted_and_looking_at_the_world_is_not() -> None:
    world = FakeWorld()

    world.ports.ledger.get(a_record())
    world.ledger.get(a_record())

    assert world.hooks.counts == {"ledger.get": 1}


def test_a_crash_before_a_call_leaves_nothing_and_fences_the_incarnation() -> None:
    world = FakeWorld()
    ports = world.incarnation(Hooks(before=CrashAt(1, "ledger.commit")))

    with pytest.raises(Crash):
        ports.ledger.commit(a_first(a_row()))
    with pytest.raises(Crash):
        ports.polls.end(ACME, holder="a")

    assert world.ledger.rows == {}


def test_a_crash_after_a_call_leaves_its_effect_to_the_next_incarnation() -> None:
    world = FakeWorld()
    ports = world.incarnation(Hooks(after=CrashAt(1, "ledger.commit")))

    with pytest.raises(Crash):
        ports.ledger.commit(a_first(a_row()))

    assert world.incarnation().ledger.get(a_record()) is not None


def test_indexes_may_lag_and_rows_never_do() -> None:
    world = FakeWorld()
    world.ledger.index_lag = 1
    world.ports.ledger.commit(a_first(a_row()))

    lagging = world.ports.ledger.open_work(ACME, State)
    world.ledger.settle_indexes()

    assert lagging == []
    assert world.ports.ledger.get(a_record()) is not None
    assert world.ports.ledger.open_work(ACME, State) == [a_record()]


def test_a_message_is_hidden_while_it_is_handled_and_comes_back() -> None:
    world = FakeWorld()
    world.ports.postings.send([a_record()])

    (first,) = world.postings.receive()
    hidden = world.postings.receive()
    world.clock.advance(world.postings.visibility)
    (again,) = world.postings.receive()
    world.postings.ack(again)

    assert (hidden, again.receive_count, first) == ([], 2, again)
    assert world.postings.bodies == []


def test_a_message_that_always_fails_ends_as_a_dead_letter() -> None:
    world = FakeWorld()
    world.postings.max_receives = 1
    world.ports.postings.send([a_record()])
    world.postings.requeue(world.postings.receive()[0])

    assert world.postings.receive() == []
    assert [message.body for message in world.postings.dead] == [a_record()]
    assert world.postings.redrive() == 1
    assert len(world.postings.receive()) == 1


def test_a_delayed_message_waits_for_the_clock() -> None:
    world = FakeWorld()
    world.ports.postings.send([a_record()], delay=timedelta(hours=2))

    early = world.postings.receive()
    world.clock.advance(timedelta(minutes=15))

    assert early == []
    assert len(world.postings.receive()) == 1


def test_a_write_is_made_once_and_found_by_marker_number_and_id() -> None:
    system = FakeSystem(clock=FakeClock())

    ((_, outcome),) = system.write([a_write()])

    assert isinstance(outcome, Written)
    assert list(system.find([sought()])) == [Found("T1", outcome.record, FoundBy.MARKER)]  # type: ignore[arg-type]
    assert list(system.find([sought(marker="x")])) == [Found("T1", outcome.record, FoundBy.NUMBER)]  # type: ignore[arg-type]
    assert list(system.find([sought(target_id="T2")])) == [Absent()]


def test_a_number_with_another_amount_is_never_absent() -> None:
    system = FakeSystem(clock=FakeClock())
    list(system.write([a_write()]))
    dearer = Bill(number="INV-1", vendor=A_BILL.vendor, total=Money(Decimal(6), "USD"))

    (sighting,) = system.find([sought(dearer, marker="x")])

    assert isinstance(sighting, Several)


@pytest.mark.parametrize(
    ("act", "at_once", "in_the_end"), [(Act.LOSE_ANSWER, 1, 1), (Act.LATE, 0, 1), (Act.UNKNOWN, 0, 0)]
)
def test_an_unknown_outcome_may_or_may_not_have_taken_effect(act: Act, at_once: int, in_the_end: int) -> None:
    clock = FakeClock()
    system = FakeSystem(clock=clock)
    system.will(act)

    ((_, outcome),) = system.write([a_write()])
    seen_at_once = len(system.shelf.records)
    clock.advance(system.late_by)
    list(system.find([sought()]))

    assert isinstance(outcome, WriteError)
    assert isinstance(outcome.error, OutcomeUnknownError)
    assert (seen_at_once, len(system.shelf.records)) == (at_once, in_the_end)


def test_a_stale_revision_is_a_conflict() -> None:
    system = FakeSystem(clock=FakeClock())
    list(system.write([a_write()]))
    update = Write(
        posting_id=PostingId("p2"), action=Action.UPDATE, record=A_BILL, marker="m1", target_id="T1", revision="9"
    )

    ((_, outcome),) = system.write([update])

    assert isinstance(outcome, WriteError)
    assert isinstance(outcome.error, ConflictError)


def test_a_list_is_read_page_by_page_and_resumed() -> None:
    system = FakeSystem(clock=FakeClock(), page_size=2)
    for number in range(5):
        system.shelf.put(Bill(external_id=str(number)))

    pages = list(system.changed_since(RecordKind.BILL, Watermark()))
    sizes, resumes = zip(*((len(page.rows), page.resume) for page in pages if isinstance(page, Page)), strict=True)
    rest = list(system.changed_since(RecordKind.BILL, Watermark(), resume=resumes[1]))

    assert sizes == (2, 2, 1)
    assert rest == pages[2:]


def test_a_visited_system_answers_after_its_visit() -> None:
    system = FakeVisitedSystem(clock=FakeClock())

    ((_, outcome),) = system.write([a_write()])
    (asked,) = system.find([sought()])
    settled = system.visit()
    (sighting,) = system.find([sought()])

    assert outcome == HandedOver("p1")
    assert isinstance(asked, Asked)
    assert settled == ["p1", asked.request_id]
    assert isinstance(sighting, Found)


def test_parallel_work_yields_everything_in_any_order() -> None:
    parallel = SerialParallel(random.Random(1))

    assert sorted(parallel.run(lambda n: n * 2, range(9), width=3)) == [n * 2 for n in range(9)]
