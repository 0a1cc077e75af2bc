"""Rule 4: a write that may have taken effect stays unsettled through everything, until a look-up settles it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.vendor import VendorRef
from tests.builders import a_bill, an_invoice_world
from tests.fakes.hooks import CrashAt
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whoever_finds_a_write_that_a_crash_left_behind_looks_first(moment: str) -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    setattr(world.fakes.hooks, f"on_{moment}", CrashAt(1, "system.send"))

    world.poll()
    world.settle()

    assert (world.numbers, world.state()) == (["INV-1"], State.POSTED)
    assert world.target.finds >= 1


@pytest.mark.parametrize("cause", [NoticeCause.PUSHED, NoticeCause.POLLED, NoticeCause.RELEASED, NoticeCause.REPLAYED])
def test_no_notice_clears_the_doubt(cause: NoticeCause) -> None:
    world = in_doubt()

    world.notice("1", cause=cause)
    world.ingest_beside()

    assert world.row().unsettled is not None
    assert world.actions == ["create"]


def test_the_doubt_survives_a_hold_and_a_persons_replay() -> None:
    world = in_doubt()
    world.target_has(a_bill("x", number="INV-1", vendor=sent_vendor(world), total="99.00"))
    world.settle()

    world.person_replays("1")

    assert (world.state(), world.reasons()) == (State.HELD, ["several_in_target"])
    assert world.row().unsettled is not None
    assert world.actions == ["create"]


def test_a_hold_in_doubt_goes_on_once_a_person_cleared_it_up() -> None:
    world = in_doubt()
    world.target_has(a_bill("x", number="INV-1", vendor=sent_vendor(world), total="99.00"))
    world.settle()
    world.target_has(a_bill("x", number="INV-1b", vendor=sent_vendor(world), total="99.00"))

    world.person_replays("1")
    world.settle()

    assert world.state() is State.POSTED
    assert sorted(world.numbers) == ["INV-1", "INV-1b"]


def test_a_dead_row_that_is_redriven_looks_first() -> None:
    world = in_doubt()
    world.bury("1")

    world.fakes.postings.send([world.record()])
    world.settle()

    assert (world.state(), world.numbers, world.actions) == (State.POSTED, ["INV-1"], ["create", "create"])


def test_a_change_of_the_source_waits_for_the_doubt_to_be_settled() -> None:
    world = in_doubt()
    world.source_has(a_bill(total="120.00"))

    world.poll()
    world.settle()

    assert world.actions == ["create", "create"]
    assert [str(total) for _, total in world.bills] == ["120.00 USD"]


def in_doubt() -> InvoiceWorld:
    """Sent without an answer, and without effect; only time and look-ups will tell."""
    world = an_invoice_world()
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()
    world.fakes.postings.messages.clear()
    world.fakes.clock.advance(timedelta(seconds=1))
    assert world.state() is State.IN_DOUBT
    return world


def sent_vendor(world: InvoiceWorld) -> VendorRef:
    bill = world.target.sent[0].record
    assert isinstance(bill, Bill)
    return bill.vendor
