"""What the target refuses is not tried again by itself; what is poison spoils nothing around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import RejectedError, TransientError
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import RecordKind
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def test_a_rejected_bill_is_exactly_one_call_and_keeps_the_vendors_words() -> None:
    world = rejected()

    world.notice("1")
    world.poll(full=True)
    world.settle()

    assert (world.actions, world.state()) == (["create"], State.REJECTED)
    assert [reason.text for reason in world.row().reasons] == ["the vendor says no"]
    assert Step.REJECTED in world.steps()


@pytest.mark.parametrize("cause", [NoticeCause.REPLAYED, NoticeCause.REDRIVEN])
def test_a_person_may_have_a_rejected_bill_tried_again(cause: NoticeCause) -> None:
    world = rejected()

    world.notice("1", cause=cause)
    world.run()

    assert (world.actions, world.state()) == (["create", "create"], State.POSTED)


def test_a_rejected_bill_is_tried_again_when_its_source_changes() -> None:
    world = rejected()

    world.source_has(a_bill(total="120.00"))
    world.poll()

    assert (world.actions, world.state()) == (["create", "create"], State.POSTED)


def test_a_rejected_update_leaves_the_bill_and_its_reference() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.target.will(Act.REJECT)

    world.source_has(a_bill(total="120.00"))
    world.poll()

    assert (world.actions, world.state()) == (["create", "update"], State.REJECTED)
    assert world.row().confirmed is not None


def test_a_rejected_update_that_is_taken_back_is_settled() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.target.will(Act.REJECT)
    world.source_has(a_bill(total="120.00"))
    world.poll()

    world.source_has(a_bill())
    world.poll()

    assert (world.actions, world.state()) == (["create", "update"], State.POSTED)


def test_attempts_that_are_used_up_leave_a_dead_row_that_can_be_redriven() -> None:
    world = an_invoice_world()
    world.target.otherwise = Act.TRANSIENT
    world.source_has(a_bill())
    world.poll()
    world.settle()
    assert (world.state(), world.actions) == (State.DEAD, ["create"] * 12)

    world.target.otherwise = Act.OK
    world.notice("1", cause=NoticeCause.REDRIVEN)
    world.run()

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])


def test_one_bad_write_spoils_no_other() -> None:
    world = an_invoice_world()
    world.target.will(Act.REJECT, Act.TRANSIENT, Act.UNKNOWN)
    world.source_has(*[a_bill(str(n)) for n in range(1, 6)])

    world.poll()
    world.settle()

    assert world.state("1") is State.REJECTED
    assert sorted(world.numbers) == ["INV-2", "INV-3", "INV-4", "INV-5"]


def test_a_record_that_cannot_be_planned_goes_to_the_dead_letters_alone() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1"), a_bill("2"), a_bill("3"))
    poison(world, "2")

    world.poll()

    assert world.numbers == ["INV-1", "INV-3"]
    [dead] = world.fakes.notices.dead
    assert [noticed.external_id for noticed in dead.body.records] == ["2"]


def test_a_dead_letter_goes_its_way_once_it_is_mended_and_redriven() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1"), a_bill("2"))
    poison(world, "2")
    world.poll()

    world.source_has(a_bill("2"))
    world.fakes.notices.redrive()
    world.run()

    assert world.numbers == ["INV-1", "INV-2"]


def test_a_bill_that_its_vendors_client_breaks_on_is_given_up_alone() -> None:
    world = an_invoice_world()
    world.target.alters = fails_for("INV-2")
    world.source_has(a_bill("1"), a_bill("2"), a_bill("3"))

    world.poll()
    world.settle()

    assert [world.state(name) for name in "123"] == [State.POSTED, State.DEAD, State.POSTED]
    assert world.numbers == ["INV-1", "INV-3"]


def test_a_source_that_stays_silent_ends_in_the_dead_letters_and_not_in_a_loop() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.source.read_errors.extend([TransientError("try again")] * 20)

    world.run()

    assert len(world.fakes.notices.dead) == 1
    assert world.fakes.ledger.rows == {}


def test_a_source_that_recovers_in_time_loses_nothing() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1"), a_bill("2"))
    world.world.poll(world.invoices)
    world.source.read_errors.extend([TransientError("try again")] * 5)

    world.run()

    assert world.numbers == ["INV-1", "INV-2"]


def test_a_target_that_cannot_be_read_before_a_change_holds_it_where_it_was_refused() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.source_has(a_bill(total="120.00"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.target.read_errors.append(RejectedError("unknown code 9"))

    world.run()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["target_unreadable"], ["create"])


def test_a_target_that_cannot_be_read_before_a_change_is_asked_again_with_growing_waits() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.source_has(a_bill(total="120.00"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.target.read_errors.extend([TransientError("try again")] * 50)

    world.run()
    world.settle()

    assert (world.state(), len(world.target.read_errors)) == (State.DEAD, 38)


def rejected() -> InvoiceWorld:
    world = an_invoice_world()
    world.target.will(Act.REJECT)
    world.source_has(a_bill())
    world.poll()
    assert world.state() is State.REJECTED
    return world


def poison(world: InvoiceWorld, external_id: str) -> None:
    """A record that no rule foresaw."""
    bill = world.source.shelf.records[(RecordKind.BILL, external_id)]
    world.source.shelf.records[(RecordKind.BILL, external_id)] = replace(bill, lines=None)  # type: ignore[type-var]


def fails_for(number: str) -> Callable[[Any], Any]:
    """The vendor's client breaks on this bill in a way that nobody foresaw."""

    def alters(bill: Any) -> Any:
        if bill.number == number:
            raise RuntimeError("nobody foresaw this")
        return bill

    return alters
