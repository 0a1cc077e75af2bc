"""A person puts a record aside, or says which side is right: it stands until a person takes it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.money import Money
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.bill import BillStatus, BillType
from ml_connector.pipeline.correcting.aside import set_aside
from ml_connector.pipeline.correcting.resolve import Resolving, Side
from ml_connector.pipeline.figures import Figures
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import a_month_posted

WEEK = timedelta(days=7)


def test_a_credit_memo_put_aside_is_passed_over_and_no_old_hold_any_more() -> None:
    world = a_credit_memo()
    world.later(days=30)
    assert old_holds(world) == 1

    aside(world)

    assert (world.state(), world.reasons(), old_holds(world)) == (State.SKIPPED, ["set_aside"], 0)


def test_no_cycle_takes_up_what_was_put_aside() -> None:
    world = a_credit_memo()
    aside(world)

    world.source_has(a_bill())
    world.poll()
    world.poll(full=True)
    world.notice("1", cause=NoticeCause.RELEASED)
    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (State.SKIPPED, ["set_aside"], [])


def test_what_the_source_does_not_show_any_more_stays_put_aside() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))
    world.source_has(a_bill(total="120.00"))
    world.poll()
    aside(world)
    world.source.shelf.records.clear()

    world.notice("1")
    world.run()

    assert world.reasons() == ["set_aside"]


def test_a_person_takes_up_again_what_was_put_aside() -> None:
    world = a_credit_memo()
    aside(world)
    world.source_has(a_bill())

    world.person_replays("1")

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])


def test_putting_aside_is_audited_with_person_reason_and_what_it_was() -> None:
    world = a_credit_memo()

    aside(world)

    event = world.trail()[-1].event
    assert (event.step, event.actor, event.text) == (Step.SKIPPED, "ann", "put aside: entered by hand")
    assert (event.detail["was"], event.detail["reasons"]) == ("held", ["credit_memo"])


def test_putting_aside_twice_changes_nothing() -> None:
    world = a_credit_memo()
    aside(world)
    trail = world.trail()

    aside(world)

    assert world.trail() == trail


def test_a_paid_bill_whose_change_is_put_aside_counts_as_posted_and_is_not_changed() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))
    world.source_has(a_bill(total="120.00"))
    world.poll()

    aside(world)
    world.poll(full=True)

    assert (world.state(), world.reasons(), world.actions) == (State.POSTED, ["set_aside"], ["create"])


def test_a_change_that_was_put_aside_is_taken_up_by_a_replay() -> None:
    world = a_month_posted(1)
    unpaid = world.standing[0]
    world.target_has(replace(unpaid, status=BillStatus.PAID))
    world.source_has(a_bill(total="120.00"))
    world.poll()
    aside(world)
    world.target_has(unpaid)

    world.person_replays("1")

    assert (world.state(), world.bills) == (State.POSTED, [("INV-1", usd("120"))])


def test_the_number_of_what_was_put_aside_is_free_again() -> None:
    world = an_invoice_world()
    world.target.will(*[Act.TRANSIENT] * 12)
    world.source_has(a_bill())
    world.poll()
    world.settle()
    assert world.state() is State.DEAD

    aside(world)
    world.source_has(a_bill("9", number="INV-1"))
    world.poll()

    assert world.state("9") is State.POSTED


def test_what_is_posted_cannot_be_put_aside() -> None:
    world = a_month_posted(1)

    with pytest.raises(SettingsError, match="it is posted"):
        aside(world)


def test_what_is_in_doubt_is_looked_up_before_it_is_put_aside() -> None:
    world = an_invoice_world()
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()
    world.bury("1")

    with pytest.raises(SettingsError, match="in doubt"):
        aside(world)


def test_the_source_wins_for_one_record_where_a_person_says_so_and_both_values_are_kept() -> None:
    world = in_conflict()

    resolve(world, Side.SOURCE)

    [said, overwrote] = [entry.event for entry in world.trail() if entry.event.step is Step.CONFLICT]
    assert (world.state(), world.bills) == (State.POSTED, [("INV-1", usd("120"))])
    assert said.actor == "ann"
    assert overwrote.detail["found"]["total"] == {"amount": "111", "currency": "USD"}


def test_the_source_wins_once_and_not_over_the_next_change_by_a_person() -> None:
    world = in_conflict()
    resolve(world, Side.SOURCE)
    world.target_has(replace(world.standing[0], total=usd("111")))

    world.source_has(a_bill(total="130.00"))
    world.poll()

    assert (world.state(), world.reasons()) == (State.HELD, ["target_conflict"])


def test_what_differs_from_what_was_sent_is_written_again_where_the_source_wins() -> None:
    world = an_invoice_world()
    world.target.alters = lambda bill: replace(bill, number="CUT")
    world.source_has(a_bill())
    world.poll()
    world.target.alters = lambda bill: bill

    resolve(world, Side.SOURCE)

    assert (world.state(), world.numbers, world.actions) == (State.POSTED, ["INV-1"], ["create", "update"])


def test_what_stands_in_the_target_is_kept_where_a_person_says_so() -> None:
    world = in_conflict()

    resolve(world, Side.TARGET)
    world.poll(full=True)
    world.notice("1")
    world.run()

    assert (world.state(), world.reasons(), world.actions) == (State.POSTED, ["target_kept"], ["create"])
    assert world.bills == [("INV-1", usd("111"))]


def test_what_a_person_kept_is_not_overwritten_by_the_next_change_unseen() -> None:
    world = in_conflict()
    resolve(world, Side.TARGET)

    world.source_has(a_bill(total="130.00"))
    world.poll()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["target_conflict"], ["create"])


def test_what_a_person_kept_is_voided_when_the_source_cancels_it() -> None:
    world = in_conflict()
    resolve(world, Side.TARGET)

    world.source_has(a_bill(total="120.00", status=BillStatus.CANCELLED))
    world.poll()

    assert (world.state(), world.bills) == (State.REVERSED, [])


@pytest.mark.parametrize("side", Side)
def test_only_a_conflict_can_be_settled(side: Side) -> None:
    world = a_credit_memo()

    with pytest.raises(SettingsError, match="target_conflict"):
        resolve(world, side)


def a_credit_memo() -> InvoiceWorld:
    world = an_invoice_world()
    world.source_has(a_bill(type=BillType.CREDIT))
    world.poll()
    assert world.reasons() == ["credit_memo"]
    return world


def in_conflict() -> InvoiceWorld:
    """Posted over 100, brought to 111 by a person there, and to 120 at the source."""
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], total=usd("111")))
    world.source_has(a_bill(total="120.00"))
    world.poll()
    assert world.reasons() == ["target_conflict"]
    return world


def aside(world: InvoiceWorld) -> None:
    set_aside(world.world.services.ports, world.record(), actor="ann", reason="entered by hand")


def resolve(world: InvoiceWorld, side: Side) -> None:
    services = world.world.services
    Resolving(services.ports, services.systems).resolve(world.record(), side, actor="ann")
    world.settle()


def old_holds(world: InvoiceWorld) -> int:
    return Figures.of_tenant(world.fakes.ports, "acme", hold_age=WEEK).old_holds


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")
