"""Rule 1: what is wanted, what is in flight and what is confirmed are apart, and each write names its version."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.crossreference import State
from ml_connector.domain.money import Money
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.simulation.moments import change_and_ingest, once_on


def test_a_change_that_arrives_while_a_write_is_in_flight_is_sent_after_it() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(total="100.00"))
    world.target.hooks.on_before = once_on("system.send", lambda: change_and_ingest(world, a_bill(total="120.00")))

    world.poll()

    assert world.actions == ["create", "update"]
    assert [str(write.record.total) for write in world.target.sent] == ["100.00 USD", "120.00 USD"]
    assert world.bills == [("INV-1", Money(Decimal("120.00"), "USD"))]


def test_an_older_version_is_not_sent_once_a_newer_one_is_wanted() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(total="100.00"))
    world.target.will(Act.TRANSIENT)
    world.target.hooks.on_before = once_on("system.send", lambda: change_and_ingest(world, a_bill(total="120.00")))

    world.poll()

    assert [str(write.record.total) for write in world.target.sent] == ["100.00 USD", "120.00 USD"]
    assert world.actions == ["create", "create"]


def test_the_refusal_of_an_older_version_does_not_stop_the_newer_one() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(total="100.00"))
    world.target.will(Act.REJECT)
    world.target.hooks.on_before = once_on("system.send", lambda: change_and_ingest(world, a_bill(total="120.00")))

    world.poll()

    assert world.state() is State.POSTED
    assert world.bills == [("INV-1", Money(Decimal("120.00"), "USD"))]


def test_nothing_is_called_unchanged_as_long_as_a_write_is_in_doubt() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(total="100.00"))
    world.poll()
    world.target.will(Act.LATE)
    world.source_has(a_bill(total="120.00"))
    world.world.poll(world.invoices)
    world.target.hooks.on_after = once_on("system.send", lambda: change_and_ingest(world, a_bill(total="100.00")))

    world.settle()

    assert world.bills == [("INV-1", Money(Decimal("100.00"), "USD"))]
    assert world.actions == ["create", "update", "update"]


def test_what_is_confirmed_is_what_was_in_flight() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())

    world.poll()

    row = world.row()
    assert row.confirmed is not None
    assert row.wanted is not None
    assert (row.confirmed.source_digest, row.in_flight, row.unsettled) == (row.wanted.digest, None, None)
