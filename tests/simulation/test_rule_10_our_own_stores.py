"""Rule 10: our own stores lie too. A step whose answer was lost is recognised; a row that moved is read again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.vendor import VendorRef
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld
from tests.simulation.moments import change_and_ingest, once_on


class StoreError(Exception):
    """What a store's client raises when the answer does not come."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, 7), ids=lambda nth: f"commit {nth}")
def test_a_commit_without_an_answer_makes_no_second_bill(moment: str, nth: int) -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    setattr(world.fakes.hooks, f"on_{moment}", nth_call("ledger.commit", nth, fail))

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


def test_a_hold_decided_on_an_old_reading_does_not_clear_the_doubt_that_came_meanwhile() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"), a_bill("2", number="A-1"))
    world.poll()
    world.person_asks_again("2")
    world.target.will(Act.LOSE_ANSWER)
    world.fakes.hooks.on_before = nth_call("ledger.commit", 2, lambda: number_is_mended_and_sent(world))

    world.world.services.poster.handle([world.record("2")], world.world.deadline())

    assert (world.state("2"), world.row("2").unsettled is not None) == (State.IN_DOUBT, True)


def test_a_name_that_is_taken_does_not_hold_a_row_that_another_worker_sent_meanwhile() -> None:
    world = an_invoice_world(vendor=False)
    world.know_name("Acme Paper")
    world.source_has(a_bill("1", vendor=VendorRef(number="0007", name="Acme Paper")))
    world.poll()
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill("2", vendor=VendorRef(number="0008", name="Acme Paper")))
    world.notice("2")
    world.fakes.hooks.on_before = nth_call("ledger.commit", 2, lambda: vendor_is_mapped_and_bill_sent(world))

    world.world.services.ingestor.handle(world.fakes.notices.bodies[0], world.world.deadline())

    assert (world.state("2"), world.row("2").unsettled is not None) == (State.IN_DOUBT, True)


def test_a_process_that_was_killed_writes_nothing_any_more() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.notice("1")
    world.fakes.hooks.is_dead = True

    world.world.step()

    assert world.fakes.ledger.rows == {}


def nth_call(call: str, nth: int, act: Callable[[], None]) -> Callable[[str], None]:
    """A hook that acts at the n-th call of that name."""
    left = [nth]

    def hook(name: str) -> None:
        left[0] -= name == call
        if name == call and left[0] == 0:
            act()

    return hook


def number_is_mended_and_sent(world: InvoiceWorld) -> None:
    """The second invoice gets a number of its own, and another worker sends it, without an answer."""
    world.source_has(a_bill("2", number="A-2"))
    world.notice("2")
    world.ingest_beside()
    world.post_beside("2")


def fail() -> None:
    raise StoreError


def vendor_is_mapped_and_bill_sent(world: InvoiceWorld) -> None:
    """A person says which vendor 0008 is, and another worker plans and sends its invoice, without an answer."""
    entry = MappingEntry(connection=world.freshbooks, kind=ReferenceKind.VENDOR, code="0008", target_id="V1")
    world.fakes.mappings.put([entry])
    world.ingest_beside()
    world.post_beside("2")
