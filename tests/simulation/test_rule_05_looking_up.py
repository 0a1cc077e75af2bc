"""Rule 5: an honest look-up. Our marker first, then vendor and number; what differs or is deleted is not "absent"."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Origin, State
from ml_connector.domain.errors import AuthError, BudgetSpentError, RateLimitedError, TransientError
from ml_connector.domain.records.bill import BillStatus
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def test_a_bill_with_our_marker_is_ours() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER)

    world.settle()

    confirmed = world.row().confirmed
    assert confirmed is not None
    assert (confirmed.origin, world.actions) == (Origin.RECOVERED, ["create"])
    assert Step.RECOVERED in world.steps()


def test_a_bill_that_a_person_keyed_meanwhile_is_linked() -> None:
    world = after_a_lost_answer(Act.UNKNOWN)
    world.target_has(replace(world.target.sent[0].record, external_id="x", marker=None))

    world.settle()

    confirmed = world.row().confirmed
    assert confirmed is not None
    assert (confirmed.origin, confirmed.target_id, world.state()) == (Origin.ADOPTED, "x", State.LINKED)
    assert world.actions == ["create"]


def test_an_equal_number_with_another_amount_is_held_and_never_absent() -> None:
    world = after_a_lost_answer(Act.UNKNOWN)
    world.target_has(a_bill("x", number="inv-1", total="99.00", vendor=world.target.sent[0].record.vendor))

    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["several_in_target"], ["create"])


def test_a_bill_that_is_found_deleted_is_held_and_not_made_again() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER)
    [bill] = world.standing
    world.target_has(replace(bill, status=BillStatus.DELETED))

    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["found_deleted"], ["create"])


@pytest.mark.parametrize("lost", [Act.LATE, Act.LOSE_ANSWER])
def test_a_bill_that_we_voided_does_not_pass_for_the_one_that_was_made_after_it(lost: Act) -> None:
    world = voided_and_approved_again()
    world.target.search_lag = timedelta(seconds=45)

    world.target.will(lost)
    world.person_replays("1")
    world.settle()

    confirmed = world.row().confirmed
    assert confirmed is not None
    assert (world.state(), confirmed.target_id, world.numbers) == (State.POSTED, "F2", ["INV-1"])
    assert world.actions == ["create", "void", "create"]


def test_nor_does_it_hide_that_a_person_deleted_the_one_after_it() -> None:
    world = voided_and_approved_again()
    world.target.will(Act.LOSE_ANSWER)
    world.person_asks_again("1")
    world.post_beside()
    [bill] = world.standing
    world.target_has(replace(bill, status=BillStatus.DELETED))

    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (
        State.HELD,
        ["found_deleted"],
        ["create", "void", "create"],
    )
    assert bill.external_id in world.row().reasons[0].text


def test_what_was_voided_is_made_again_where_creates_look_first() -> None:
    world = voided_and_approved_again(look_first=True)

    world.person_replays("1")
    world.settle()

    assert (world.state(), world.actions, world.numbers) == (State.POSTED, ["create", "void", "create"], ["INV-1"])


def test_an_unstable_read_proves_nothing() -> None:
    world = after_a_lost_answer(Act.UNKNOWN)
    world.later(minutes=10)
    world.target.unclear.extend(["the list moved"] * 3)

    world.settle()

    assert world.actions == ["create", "create"]
    assert world.target.finds == 5


def test_many_look_ups_share_one_read() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER, "1", "2", "3")

    world.settle()

    assert world.target.finds == 1
    assert world.numbers == ["INV-1", "INV-2", "INV-3"]


def test_what_was_seen_before_a_refusal_counts_and_what_was_not_asked_for_is_not_begun() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER, "1", "2", "3")
    world.later(seconds=10)
    version = world.row("3").version
    world.target.looked_up_at_once = 1
    world.target.read_errors.extend([None, RateLimitedError("slow down", retry_after=timedelta(seconds=30))])

    world.post_beside("1", "2", "3")

    assert [world.state(name) for name in ("1", "2", "3")] == [State.POSTED, State.IN_DOUBT, State.IN_DOUBT]
    assert world.row("3").version == version
    assert world.fakes.postings.bodies == [world.record("2"), world.record("3")]


def test_a_refusal_of_a_shared_look_up_pauses_the_account_once() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER, "1", "2", "3")
    world.later(seconds=10)
    world.target.read_errors.append(RateLimitedError("slow down", retry_after=timedelta(seconds=30)))

    world.world.services.poster.handle([world.record(name) for name in ("1", "2", "3")], world.world.deadline())

    assert world.fakes.hooks.counts["budgets.pause"] == 1
    assert {world.state(name) for name in ("1", "2", "3")} == {State.IN_DOUBT}


def test_our_own_allowance_used_up_pauses_nobody() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER)
    world.later(seconds=10)
    world.target.read_errors.append(BudgetSpentError("used up", retry_after=timedelta(seconds=3)))

    world.world.services.poster.handle([world.record()], world.world.deadline())

    assert (world.state(), world.fakes.hooks.counts["budgets.pause"]) == (State.IN_DOUBT, 0)


def test_a_look_up_that_fails_leaves_the_doubt_where_it_was() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER)
    world.target.read_errors.extend([TransientError("try again")] * 5)

    world.later(seconds=10)
    world.post_beside()

    assert (world.state(), world.reasons()) == (State.IN_DOUBT, ["in_doubt"])
    assert world.row().unsettled is not None


def test_failing_look_ups_back_off() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER)
    world.target.read_errors.extend([TransientError("try again")] * 12)

    world.settle()

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])
    assert world.fakes.clock.now() - world.target.shelf.records[world.standing[0].kind, "F1"].modified_at > timedelta(
        minutes=10
    )


def test_a_refused_look_up_stops_the_connection_and_keeps_the_doubt() -> None:
    world = after_a_lost_answer(Act.LOSE_ANSWER)
    world.target.read_errors.append(AuthError("the token died"))

    world.later(seconds=10)
    world.post_beside()

    assert (world.state(), world.row().unsettled is not None) == (State.IN_DOUBT, True)
    assert not world.fakes.connections.get(world.freshbooks).is_running


def voided_and_approved_again(**settings: Any) -> InvoiceWorld:
    """Posted, cancelled and so voided by us; by now it is approved again, which is for a person to ask for."""
    world = an_invoice_world(**settings)
    for status in (BillStatus.APPROVED, BillStatus.CANCELLED, BillStatus.APPROVED):
        world.source_has(a_bill(status=status))
        world.poll()
        world.settle()
    assert (world.state(), world.actions) == (State.REVERSED, ["create", "void"])
    world.later(minutes=10)
    return world


def after_a_lost_answer(act: Act, *external_ids: str) -> InvoiceWorld:
    """Each invoice was sent once, and nobody knows what became of it."""
    world = an_invoice_world()
    names = external_ids or ("1",)
    world.target.will(*[act for _ in names])
    world.source_has(*[a_bill(name) for name in names])
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside(*names)
    world.fakes.postings.messages.clear()
    return world
