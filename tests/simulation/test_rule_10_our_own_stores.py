"""Rule 10: our own stores lie too. A step whose answer was lost is recognised; a row that moved is read again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ml_connector.domain.crossreference import State
from tests.builders import a_bill, an_invoice_world
from tests.simulation.moments import change_and_ingest, once_on


class StoreError(Exception):
    """What a store's client raises when the answer does not come."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, 7), ids=lambda nth: f"commit {nth}")
def test_a_commit_without_an_answer_makes_no_second_bill(moment: str, nth: int) -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    setattr(world.fakes.hooks, f"on_{moment}", failing_at("ledger.commit", nth))

    world.poll()
    world.settle()

    assert (world.state(), world.numbers, world.actions) == (State.POSTED, ["INV-1"], ["create"])
    assert world.fakes.ledger.broken_links(world.record()) == []


def test_a_confirmation_goes_through_though_the_row_moved_meanwhile() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.target.hooks.on_after = once_on("system.send", lambda: change_and_ingest(world, a_bill(total="100.0")))

    world.poll()

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def test_a_hold_decided_before_the_claim_does_not_touch_a_row_that_another_claimed() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"), a_bill("2", number="A-1"))
    world.poll()
    world.source_has(a_bill("2", number="A-2"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.target.hooks.on_after = once_on("system.send", lambda: world.post_beside("1", "2"))

    world.run()

    assert (world.state("2"), world.numbers) == (State.POSTED, ["A-1", "A-2"])


def test_a_process_that_was_killed_writes_nothing_any_more() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.notice("1")
    world.fakes.hooks.is_dead = True

    world.world.step()

    assert world.fakes.ledger.rows == {}


def failing_at(call: str, nth: int) -> Callable[[str], None]:
    """A hook that raises at the n-th call of that name."""
    left = [nth]

    def hook(name: str) -> None:
        left[0] -= name == call
        if name == call and left[0] == 0:
            raise StoreError(name)

    return hook
