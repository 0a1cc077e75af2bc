"""P5, P10: an account's allowance, and who may wait for it: one long read at a time, and not to the end of its turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import BudgetSpentError, RateLimitedError
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.posting import Limits
from ml_connector.runtime.budget import SharedBudget, Waiting
from tests.fakes.clock import FakeDeadline
from tests.fakes.hooks import Hooks
from tests.fakes.world import FakeWorld, fake_ports

A_SECOND = timedelta(seconds=1)
HALF_A_BUCKET = timedelta(seconds=6)
SPENT = BudgetSpentError("used up", retry_after=A_SECOND)


def a_budget(world: FakeWorld, *, left: int = 120, waits: bool = True, rate: int = 60) -> SharedBudget:
    """A process's own, of an account with so many requests a minute; so many seconds are left of its turn."""
    connection = Connection(
        id=ConnectionId(tenant="acme", name="freshbooks"), system="freshbooks", settings={}, account="b1", secret="s"
    )
    turn = FakeDeadline(world.clock, default=timedelta(seconds=left))
    waiting = Waiting(turn=turn, sleep=world.clock.advance) if waits else None
    return SharedBudget(
        fake_ports(world, Hooks()), connection, Limits(parallel=4, requests_per_minute=rate), waiting=waiting
    )


def spent(budget: SharedBudget) -> BudgetSpentError:
    with pytest.raises(BudgetSpentError) as caught:
        _take_all(budget)
    return caught.value


def _take_all(budget: SharedBudget) -> None:
    for _ in range(2000):
        budget.take()


def waited(world: FakeWorld, budget: SharedBudget, error: RateLimitedError = SPENT) -> timedelta | None:
    """How long; None where it was not to wait."""
    before: datetime = world.clock.now()
    return world.clock.now() - before if budget.wait(error) else None


def test_who_comes_back_when_it_was_told_to_finds_enough_for_a_read_and_a_write() -> None:
    world = FakeWorld()
    budget = a_budget(world)

    wait = spent(budget).retry_after
    assert wait == HALF_A_BUCKET
    world.clock.advance(wait)

    for _ in range(6):
        budget.take()
    spent(budget)


@pytest.mark.parametrize(("rate", "wait"), [(6000, 5), (60, 6), (6, 20), (1, 120)])
def test_half_a_bucket_is_a_pair_of_requests_at_least(rate: int, wait: int) -> None:
    error = spent(a_budget(FakeWorld(), rate=rate))

    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == pytest.approx(wait)


def test_a_long_read_waits_and_goes_on() -> None:
    world = FakeWorld()
    budget = a_budget(world)

    assert waited(world, budget, spent(budget)) == HALF_A_BUCKET
    budget.take()


def test_while_one_reads_on_nobody_else_gets_anything_and_nobody_else_waits() -> None:
    world = FakeWorld()
    reader, other = a_budget(world), a_budget(world)
    reader.wait(spent(reader))

    world.clock.advance(A_SECOND)

    spent(other)
    assert waited(world, other) is None
    reader.take()


def test_a_reader_that_died_keeps_nobody_out_for_long() -> None:
    world = FakeWorld()
    dead, other = a_budget(world), a_budget(world)
    dead.wait(spent(dead))

    world.clock.advance(timedelta(seconds=5))

    other.take()


@pytest.mark.parametrize(("left", "by"), [(40, 1), (120, 31), (60, 21)], ids=["near the end", "long", "beyond the end"])
def test_nobody_waits_too_long_or_to_the_end_of_its_turn(left: int, by: int) -> None:
    world = FakeWorld()
    error = RateLimitedError("slow down", retry_after=timedelta(seconds=by))

    assert waited(world, a_budget(world, left=left), error) is None
    a_budget(world).take()  # and the account is not kept for it


def test_where_nothing_is_to_wait_with_nobody_waits() -> None:
    world = FakeWorld()

    assert waited(world, a_budget(world, waits=False)) is None


def test_the_vendors_own_wait_is_everybodys() -> None:
    world = FakeWorld()
    reader, other = a_budget(world), a_budget(world)

    assert waited(world, reader, RateLimitedError("429", retry_after=timedelta(seconds=9))) == timedelta(seconds=9)

    world.clock.advance(-A_SECOND)
    spent(reader)
    spent(other)
