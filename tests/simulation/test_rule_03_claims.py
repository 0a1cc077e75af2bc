"""Rule 3: a write is claimed just before it is sent, by one worker; none begins when the time left is short."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.crossreference import State
from tests.builders import a_bill, an_invoice_world
from tests.fakes.clock import FakeDeadline
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld
from tests.simulation.moments import once_on


def test_two_workers_with_one_hint_send_once() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    planned(world)
    world.target.hooks.on_before = once_on("system.send", world.post_beside)

    world.run()

    assert world.actions == ["create"]


def test_a_worker_that_answers_after_its_lease_leaves_the_row_to_the_one_that_took_over() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    planned(world)
    world.target.hooks.on_after = once_on("system.send", lambda: lease_ends_and_another_works(world))

    world.run()

    assert (world.actions, world.numbers) == (["create"], ["INV-1"])
    assert world.state() is State.POSTED
    assert "claim lost" in world.fakes.log.messages("warning")


def test_a_late_answer_still_counts_where_nobody_took_over() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    planned(world)
    world.target.hooks.on_after = once_on("system.send", lambda: world.later(minutes=10))

    world.run()

    assert (world.actions, world.state(), world.target.finds) == (["create"], State.POSTED, 0)


def test_a_row_that_is_claimed_is_not_taken_before_its_lease_ends() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    planned(world)
    world.target.hooks.on_after = once_on("system.send", world.post_beside)

    world.run()

    assert (world.actions, world.target.finds) == (["create"], 0)


@pytest.mark.parametrize("left", [timedelta(0), timedelta(seconds=34)], ids=["none", "less than a request takes"])
def test_nothing_is_started_when_the_remaining_time_is_short(left: timedelta) -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    planned(world)

    world.world.services.poster.handle([world.record()], FakeDeadline(world.fakes.clock, default=left))

    assert (world.actions, world.state(), world.row().attempts) == ([], State.PLANNED, 0)
    assert world.row().unsettled is None
    assert len(world.fakes.postings.messages) == 2


def test_a_change_needs_time_for_two_requests() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.source_has(a_bill(total="120.00"))
    planned(world)

    short = FakeDeadline(world.fakes.clock, default=timedelta(seconds=60))
    world.world.services.poster.handle([world.record()], short)

    assert world.actions == ["create"]


def test_a_write_that_was_not_sent_counts_no_attempt_and_needs_no_look_up() -> None:
    world = an_invoice_world()
    world.target.will(Act.NOT_SENT)
    world.source_has(a_bill())

    world.poll()

    assert (world.actions, world.target.finds, world.row().attempts) == (["create"], 0, 0)


def planned(world: InvoiceWorld) -> None:
    """Polled and planned; nothing is posted yet."""
    world.world.poll(world.invoices)
    world.ingest_beside()


def lease_ends_and_another_works(world: InvoiceWorld) -> None:
    world.later(minutes=10)
    world.post_beside()
