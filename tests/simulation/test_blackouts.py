"""Blackouts: reading and planning go on, nothing is written, and what waited goes by itself when they are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ml_connector.domain.crossreference import State
from ml_connector.pipeline.reporting.history import story
from tests.builders import a_bill, an_invoice_world
from tests.invoices import InvoiceWorld


def test_in_a_blackout_documents_are_read_and_planned_and_not_written() -> None:
    world = in_a_blackout(timedelta(hours=2))
    world.source_has(a_bill())

    world.poll()
    for _ in range(30):
        world.later(minutes=1)
        world.world.look_after()
        world.run()

    assert (world.actions, world.state()) == ([], State.PLANNED)
    assert world.row().attempts == 0


def test_upkeep_hints_at_nothing_in_a_blackout() -> None:
    world = in_a_blackout(timedelta(hours=2))
    world.source_has(a_bill())
    world.poll()

    world.later(minutes=30)
    world.world.look_after()

    assert world.fakes.postings.messages == []


def test_what_waited_is_written_by_itself_when_the_blackout_is_over() -> None:
    world = in_a_blackout(timedelta(hours=2))
    world.source_has(*[a_bill(str(n)) for n in range(1, 4)])
    world.poll()

    world.later(hours=2)
    world.world.look_after()
    world.run()

    assert sorted(world.numbers) == ["INV-1", "INV-2", "INV-3"]


def test_a_blackout_that_was_taken_away_holds_nothing_up() -> None:
    world = in_a_blackout(timedelta(days=4))
    world.source_has(a_bill())
    world.poll()

    settings = world.fakes.connections.flow(world.invoices)
    world.fakes.connections.save_flow(replace(settings, blackouts=()))
    world.later(minutes=3)
    world.world.look_after()
    world.run()

    assert world.numbers == ["INV-1"]


def test_a_blackout_that_begins_in_mid_delivery_stops_the_next_write() -> None:
    world = an_invoice_world()
    world.source_has(*[a_bill(str(n)) for n in range(1, 4)])
    world.world.poll(world.invoices)
    world.ingest_beside()
    begins = world.fakes.clock.now().replace(second=0) + timedelta(minutes=5)
    set_blackout(world, begins, begins + timedelta(hours=1))

    def as_time_passes(call: str) -> None:
        if world.actions:
            world.fakes.clock.advance_to(begins)

    world.fakes.hooks.on_before = as_time_passes
    world.run()

    assert world.actions == ["create"]
    assert [world.state(str(n)) for n in range(1, 4)].count(State.PLANNED) == 2


def test_a_record_says_what_it_waits_for() -> None:
    world = in_a_blackout(timedelta(hours=2))
    world.source_has(a_bill())
    world.poll()

    told = story(world.world.services.ports, world.record())

    until = world.fakes.connections.flow(world.invoices).closed_until(world.fakes.clock.now())
    assert told is not None
    assert told.waits == f"a blackout until {until:%Y-%m-%d %H:%M} UTC; it goes on by itself then"


def test_a_record_that_waits_for_nothing_says_nothing() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()

    told = story(world.world.services.ports, world.record())

    assert told is not None
    assert (told.state, told.waits) == (State.POSTED, None)


def in_a_blackout(span: timedelta) -> InvoiceWorld:
    """One that began just now."""
    world = an_invoice_world()
    now = world.fakes.clock.now()
    set_blackout(world, now - timedelta(minutes=1), now + span)
    return world


def set_blackout(world: InvoiceWorld, begins: datetime, ends: datetime) -> None:
    settings = world.fakes.connections.flow(world.invoices)
    window = f"{begins:%Y-%m-%d %H:%M}..{ends:%Y-%m-%d %H:%M}"
    world.fakes.connections.save_flow(replace(settings, blackouts=(window,)))
