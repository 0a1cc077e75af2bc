"""Rule 8: updates and voids. In doubt they are read back; a person's hand on the bill is never overwritten unseen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import BillStatus
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld

TWENTY_MORE = Money(Decimal("120.00"), "USD")


@pytest.mark.parametrize("act", [Act.LOSE_ANSWER, Act.LATE, Act.UNKNOWN, Act.TRANSIENT, Act.CONFLICT, Act.NOT_SENT])
def test_an_update_gets_there_whatever_becomes_of_its_answer(act: Act) -> None:
    world = posted()
    world.target.will(act)

    world.source_has(a_bill(total="120.00"))
    world.poll()
    world.settle()

    assert (world.state(), world.bills) == (State.POSTED, [("INV-1", TWENTY_MORE)])


@pytest.mark.parametrize("act", [Act.LOSE_ANSWER, Act.LATE, Act.UNKNOWN, Act.TRANSIENT, Act.NOT_SENT])
def test_a_void_gets_there_whatever_becomes_of_its_answer(act: Act) -> None:
    world = posted()
    world.target.will(act)

    world.source_has(a_bill(status=BillStatus.CANCELLED))
    world.poll()
    world.settle()

    assert (world.state(), world.bills) == (State.REVERSED, [])


@pytest.mark.parametrize("act", [Act.LOSE_ANSWER, Act.LATE])
def test_an_update_that_took_effect_is_not_sent_again(act: Act) -> None:
    world = posted()
    world.target.will(act)

    world.source_has(a_bill(total="120.00"))
    world.poll()
    world.settle()

    assert world.actions == ["create", "update"]


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.PARTLY_PAID, BillStatus.CLOSED])
@pytest.mark.parametrize("change", [{"total": "120.00"}, {"status": BillStatus.CANCELLED}], ids=["update", "void"])
def test_a_bill_that_is_paid_or_closed_is_left_alone(status: BillStatus, change: dict[str, Any]) -> None:
    world = posted()
    world.target_has(replace(world.standing[0], status=status))

    world.source_has(a_bill(**change))
    world.poll()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["target_paid"], ["create"])
    assert world.row().confirmed is not None


def test_a_held_change_makes_no_noise_and_no_calls_until_something_moves() -> None:
    world = posted()
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))
    world.source_has(a_bill(total="120.00"))
    world.poll()
    calls, sequence = len(world.target.fetched), world.row().audit_sequence

    world.notice("1")
    world.poll(full=True)

    assert (len(world.target.fetched), world.row().audit_sequence) == (calls, sequence)


def test_a_held_change_goes_on_when_the_source_changes_again() -> None:
    world = posted()
    paid = world.standing[0]
    world.target_has(replace(paid, status=BillStatus.PAID))
    world.source_has(a_bill(total="110.00"))
    world.poll()
    world.target_has(paid)

    world.source_has(a_bill(total="120.00"))
    world.poll()

    assert (world.state(), world.bills) == (State.POSTED, [("INV-1", TWENTY_MORE)])


def test_a_held_change_that_is_taken_back_leaves_the_bill_as_it_stands() -> None:
    world = posted()
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))
    world.source_has(a_bill(total="120.00"))
    world.poll()

    world.source_has(a_bill(total="100.00"))
    world.poll()

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


@pytest.mark.parametrize(
    ("hand", "code"),
    [({"total": TWENTY_MORE}, "target_conflict"), ({"status": BillStatus.DELETED}, "target_gone")],
    ids=["changed", "deleted"],
)
@pytest.mark.parametrize(
    "detour", [{"total": "130.00"}, {"status": BillStatus.NOT_APPROVED}], ids=["change", "approval"]
)
def test_one_that_is_taken_back_does_not_hide_what_a_person_did(
    hand: dict[str, Any], code: str, detour: dict[str, Any]
) -> None:
    world = posted()
    world.target_has(replace(world.standing[0], **hand))
    world.source_has(a_bill(total="130.00"))
    world.poll()
    assert world.reasons() == [code]

    for version in (detour, {}):
        world.source_has(a_bill(**version))
        world.poll()
        world.settle()
        world.poll(full=True)

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, [code], ["create"])


def test_what_the_person_put_right_again_counts_as_posted_once_it_is_asked_for() -> None:
    world = posted()
    ours = world.standing[0]
    world.target_has(replace(ours, total=TWENTY_MORE))
    for total in ("130.00", "100.00"):
        world.source_has(a_bill(total=total))
        world.poll()
    assert world.reasons() == ["target_conflict"]
    world.target_has(ours)

    world.person_replays("1")

    assert (world.state(), world.reasons(), world.actions) == (State.POSTED, [], ["create"])


def test_a_bill_that_a_person_deleted_is_held_and_not_made_again() -> None:
    world = posted()
    world.target_has(replace(world.standing[0], status=BillStatus.DELETED))

    world.source_has(a_bill(total="120.00"))
    world.poll()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["target_gone"], ["create"])


@pytest.mark.parametrize("shown", [True, False], ids=["shown as deleted", "not shown any more"])
def test_voiding_a_bill_that_is_deleted_already_is_done(shown: bool) -> None:
    world = posted()
    delete(world, shown=shown)

    world.source_has(a_bill(status=BillStatus.CANCELLED))
    world.poll()

    assert (world.state(), world.actions) == (State.REVERSED, ["create"])
    assert Step.VOIDED in world.steps()


def test_a_persons_change_is_held_against_by_default() -> None:
    world = posted()
    person_changes_total(world)

    world.source_has(a_bill(total="120.00"))
    world.poll()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["target_conflict"], ["create"])


def test_the_source_wins_where_the_tenant_chose_so_and_both_values_are_kept() -> None:
    world = posted(on_conflict="source_wins")
    person_changes_total(world)

    world.source_has(a_bill(total="120.00"))
    world.poll()

    [conflict] = [entry for entry in world.trail() if entry.event.step is Step.CONFLICT]
    assert world.bills == [("INV-1", TWENTY_MORE)]
    assert conflict.event.detail["found"]["total"] == {"amount": "111", "currency": "USD"}
    assert conflict.event.detail["posted"]["total"] == {"amount": "100", "currency": "USD"}


@pytest.mark.parametrize(("policy", "state"), [("source_wins", State.POSTED), ("hold", State.HELD)])
def test_a_person_who_was_there_too_during_an_unanswered_update_is_judged_by_the_policy(
    policy: str, state: State
) -> None:
    world = posted(on_conflict=policy)
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill(total="120.00"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()
    person_changes_total(world)

    world.settle()

    assert world.state() is state


def test_an_answer_that_differs_from_what_was_meant_is_a_hold_with_the_reference() -> None:
    world = an_invoice_world()
    world.target.alters = lambda bill: replace(bill, number="CUT")
    world.source_has(a_bill())

    world.poll()
    world.notice("1")
    world.run()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["target_differs"], ["create"])
    assert world.row().confirmed is not None


def test_a_person_may_accept_what_differs() -> None:
    world = an_invoice_world()
    world.target.alters = lambda bill: replace(bill, number="CUT")
    world.source_has(a_bill())
    world.poll()

    world.person_replays("1")

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def posted(**settings: Any) -> InvoiceWorld:
    """Invoice 1 over 100.00 is a bill."""
    world = an_invoice_world(**settings)
    world.source_has(a_bill())
    world.poll()
    assert world.state() is State.POSTED
    return world


def person_changes_total(world: InvoiceWorld) -> None:
    world.target_has(replace(world.standing[0], total=Money(Decimal("111.00"), "USD")))


def delete(world: InvoiceWorld, *, shown: bool) -> None:
    [bill] = world.standing
    if shown:
        world.target_has(replace(bill, status=BillStatus.DELETED))
    else:
        del world.target.shelf.records[bill.kind, bill.external_id]
