"""Rule 6: absence is believed only after the settle time, and twice; before that only a find counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from tests.builders import a_bill, an_invoice_world
from tests.fakes.hooks import CrashAt
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def test_what_is_found_is_believed_at_once() -> None:
    world = an_invoice_world()
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill())
    began = world.fakes.clock.now()

    world.poll()

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])
    assert world.fakes.clock.now() - began < world.target.limits.settle


def test_what_is_absent_is_sent_again_only_after_the_settle_time_and_two_look_ups() -> None:
    world = an_invoice_world()
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill())
    began = world.fakes.clock.now()

    world.poll()

    assert (world.actions, world.numbers) == (["create", "create"], ["INV-1"])
    assert world.fakes.clock.now() - began >= world.target.limits.settle
    assert world.target.finds == 3
    assert Step.LOOKED_UP in world.steps()


@pytest.mark.parametrize("late", [10, 60, 140], ids=["soon", "later", "at the last moment"])
def test_a_write_that_takes_effect_late_makes_no_second_bill(late: int) -> None:
    world = an_invoice_world()
    world.target.late_by = timedelta(seconds=late)
    world.target.will(Act.LATE)
    world.source_has(a_bill())

    world.poll()

    assert (world.actions, world.numbers, world.state()) == (["create"], ["INV-1"], State.POSTED)


def test_a_search_that_lags_makes_no_second_bill() -> None:
    world = an_invoice_world()
    world.target.search_lag = timedelta(seconds=140)
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill())

    world.poll()

    assert (world.actions, world.numbers, world.state()) == (["create"], ["INV-1"], State.POSTED)


def test_after_a_crash_the_settle_time_counts_from_the_last_moment_the_worker_can_have_lived() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.fakes.hooks.on_before = CrashAt(1, "system.send")
    world.world.step()

    for_each_look(world, seconds=(200, 20, 20))
    assert (world.state(), world.actions) == (State.IN_DOUBT, [])
    for_each_look(world, seconds=(60, 20))

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def for_each_look(world: InvoiceWorld, *, seconds: tuple[int, ...]) -> None:
    """Another worker is hinted at the row after each of these waits."""
    for wait in seconds:
        world.later(seconds=wait)
        world.post_beside()
