"""Named schedules that go wrong where a defence is missing: one write on its way, its look-up, and who owns it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.bill import BillStatus
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.pipeline.ports import Change, Ports
from tests.builders import a_bill, an_invoice_world
from tests.fakes.clock import FakeClock, FakeDeadline
from tests.fakes.hooks import Crash, CrashAt, Hooks
from tests.fakes.ledger import FakeLedger
from tests.fakes.system import Act
from tests.fakes.world import fake_ports
from tests.invoices import InvoiceWorld
from tests.simulation.defences.promises import Broken, Promise, at_rest, planned, posted
from tests.simulation.moments import once_on
from tests.world import Services


class _Ahead(FakeClock):
    """Fifty seconds fast."""

    def __init__(self, clock: FakeClock) -> None:
        self._true = clock

    def now(self) -> datetime:
        return self._true.now() + timedelta(seconds=50)


# one write, sent


def two_workers_have_one_hint() -> Broken:
    world = planned()
    world.target.hooks.on_before = once_on("system.send", world.post_beside)
    world.run()
    return at_rest(world)


def another_claims_between_reading_and_claiming() -> Broken:
    world = planned()
    world.fakes.hooks.on_before = once_on("ledger.commit", world.post_beside)
    world.run()
    return at_rest(world)


def a_worker_with_a_fast_clock_comes_at_the_last_moment() -> Broken:
    """The one that sends is slow, and lives to the end of its time."""
    world = planned()

    def last_moment() -> None:
        world.later(seconds=119)
        fast = replace(fake_ports(world.fakes, Hooks()), clock=_Ahead(world.fakes.clock))
        _process(world, fast).poster.handle([world.record()], world.world.deadline())

    world.fakes.hooks.on_before = once_on("system.send", last_moment)
    world.world.services.poster.handle([world.record()], world.world.deadline())
    return at_rest(world)


def a_worker_dies_after_it_sent() -> Broken:
    world = planned()
    world.fakes.hooks.on_after = CrashAt(1, "system.send")
    world.run()
    return at_rest(world)


def an_answer_is_lost() -> Broken:
    world = planned()
    world.target.will(Act.LOSE_ANSWER)
    world.run()
    return at_rest(world)


def a_write_takes_effect_late() -> Broken:
    world = planned()
    world.target.late_by = timedelta(seconds=60)
    world.target.will(Act.LATE)
    world.run()
    return at_rest(world)


def one_search_is_stale_after_the_settle_time() -> Broken:
    """A write that took effect late is looked for at a mirror that does not have it yet."""
    world = planned()
    world.target.late_by = timedelta(seconds=140)
    world.target.will(Act.LATE)
    looks = [timedelta(), timedelta(hours=1)]
    world.target.hooks.on_before = lambda call: _next_lag(world, looks) if call == "system.find" else None
    world.run()
    return at_rest(world)


def the_list_moves_while_it_is_read() -> Broken:
    world = planned()
    world.target.will(Act.LOSE_ANSWER)
    world.post_beside()
    world.later(minutes=10)
    world.target.unclear.extend(["the list moved"] * 3)
    return at_rest(world)


def a_late_refusal_comes_after_another_sent() -> Broken:
    """The first worker's lease ran out; the second sent and died; then the first hears that its own did not work."""
    world = planned()
    world.target.will(Act.TRANSIENT)

    def another_sends_and_dies() -> None:
        world.later(minutes=10)
        world.post_beside()
        world.later(seconds=11)
        doomed = Hooks(after=CrashAt(1, "system.send"))
        other = _process(world, fake_ports(world.fakes, doomed))
        world.target.hooks = doomed
        with suppress(Crash):
            other.poster.handle([world.record()], world.world.deadline())
        world.target.hooks = world.fakes.hooks

    world.fakes.hooks.on_after = once_on("system.send", another_sends_and_dies)
    world.world.services.poster.handle([world.record()], world.world.deadline())
    return at_rest(world)


def a_person_replays_what_is_in_doubt() -> Broken:
    world = planned()
    world.target.will(Act.LOSE_ANSWER)
    world.post_beside()
    world.bury("1")
    world.person_replays("1")
    return at_rest(world)


def the_time_is_nearly_up() -> Broken:
    """The worker is killed while it sends what it should not have begun."""
    world = planned()

    def killed() -> None:
        world.later(seconds=25)
        raise Crash("the time limit")

    world.fakes.hooks.on_before = once_on("system.send", killed)
    with suppress(Crash):
        short = FakeDeadline(world.fakes.clock, default=timedelta(seconds=20))
        world.world.services.poster.handle([world.record()], short)
    world.world.restart()
    world.settle()
    return at_rest(world, SPARE=world.target.finds > 0)


def a_store_repeats_what_it_had_no_answer_for() -> Broken:
    """The first claim reaches the table twice, as a client does it whose first answer was lost."""
    world, commit, left = planned(), FakeLedger.commit, [True]

    def repeated(ledger: FakeLedger, change: Change) -> Any:
        stored = commit(ledger, change)
        return commit(ledger, change) if change.after.state is State.POSTING and left and left.pop() else stored

    with patch.object(FakeLedger, "commit", repeated):
        world.settle()
    return at_rest(world, SPARE=world.target.finds > 0)


# what a look-up meets


def a_person_mends_the_number_of_what_we_sent() -> Broken:
    world = planned()
    world.target.will(Act.LOSE_ANSWER)
    world.post_beside()
    world.target_has(replace(world.standing[0], number="INV-1b"))
    return at_rest(world)


def a_person_deletes_what_we_sent() -> Broken:
    world = planned()
    world.target.will(Act.LOSE_ANSWER)
    world.post_beside()
    world.target_has(replace(world.standing[0], status=BillStatus.DELETED))
    return at_rest(world)


def tables_are_lost() -> Broken:
    world = posted()
    world.lose_tables()
    world.poll()
    return at_rest(world)


def tables_and_our_marks_are_lost() -> Broken:
    world = posted()
    world.target_has(replace(world.standing[0], marker=None))
    world.lose_tables()
    world.poll()
    return at_rest(world)


# one owner


def an_invoice_comes_twice_under_one_number() -> Broken:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"), a_bill("2", number="A-1"))
    world.poll()
    return at_rest(world)


def a_person_gives_our_bill_the_number_that_another_seeks() -> Broken:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    [bill] = world.standing
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill("2", number="A-2"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside("2")
    world.target_has(replace(bill, number="A-2"))
    with suppress(AssertionError):
        world.settle()
    owned = Counter(row.confirmed.target_id for row in world.fakes.ledger.rows.values() if row.confirmed)
    return {Promise.OWNER} if max(owned.values()) > 1 else set()


def two_vendors_of_the_source_have_one_name() -> Broken:
    world = an_invoice_world(vendor=False)
    world.know_name("Acme Paper")
    world.source_has(a_bill("1", vendor=VendorRef(number="0007", name="ACME Paper, Inc.")))
    world.poll()
    world.source_has(a_bill("2", vendor=VendorRef(number="0008", name="Acme Paper LLC")))
    world.poll()
    booked = {bill.vendor.internal_id for bill in world.standing}
    return at_rest(world, VENDOR=len(world.standing) > len(booked))


def _process(world: InvoiceWorld, ports: Ports) -> Services:
    """Another one on the same stores, reached through these ports."""
    return Services(ports, world.world.catalog, world.world.open_systems(ports), world.world.chance)


def _next_lag(world: InvoiceWorld, lags: list[timedelta]) -> None:
    """The vendor's search lags by the next of these, then by nothing."""
    world.target.search_lag = lags.pop(0) if lags else timedelta()
