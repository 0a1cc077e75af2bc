"""A bill that a person keeps although its invoice was cancelled: no plan takes it out, until a person asks again."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.bill import BillStatus
from ml_connector.pipeline.correcting.resolve import Resolving, Side
from tests.builders import a_bill
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import a_month_posted, usd


def test_it_stands_through_every_plan_of_the_cancelled_version() -> None:
    world = kept_against_a_cancellation()

    world.poll(full=True)
    world.notice("1")
    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (State.POSTED, ["target_kept"], ["create"])
    assert world.bills == [("INV-1", usd("111"))]


def test_a_person_who_asks_again_has_it_voided() -> None:
    world = kept_against_a_cancellation()

    world.person_replays("1")

    assert (world.state(), world.bills) == (State.REVERSED, [])


def test_the_word_ends_when_the_source_changes() -> None:
    world = kept_against_a_cancellation()

    world.source_has(a_bill(status=BillStatus.CANCELLED, total="90.00"))
    world.poll()

    assert (world.state(), world.bills) == (State.REVERSED, [])


def test_one_that_a_person_keyed_stands_as_well() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], marker=None))
    world.lose_tables()
    world.poll()
    world.settle()
    assert world.state() is State.LINKED
    world.source_has(a_bill(status=BillStatus.CANCELLED))
    world.poll()
    keep(world, "adopted_changed")

    world.poll(full=True)
    world.settle()

    assert (world.state(), world.reasons(), world.numbers) == (State.LINKED, ["target_kept"], ["INV-1"])


def kept_against_a_cancellation() -> InvoiceWorld:
    """Posted over 100 and brought to 111 by a person there; then the invoice was cancelled, and the bill was kept."""
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], total=usd("111")))
    world.source_has(a_bill(status=BillStatus.CANCELLED))
    world.poll()
    keep(world, "target_conflict")
    return world


def keep(world: InvoiceWorld, reason: str) -> None:
    """`resolve --take target`, of what is held for this reason."""
    services = world.world.services
    assert world.reasons() == [reason]
    Resolving(services.ports, services.systems).resolve(world.record(), Side.TARGET, actor="ann")
    world.settle()
