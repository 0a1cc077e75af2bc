"""What a person deleted after our unanswered write is made again on a person's word, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.bill import BillStatus
from ml_connector.domain.records.kinds import RecordKind
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def changed(*versions: dict[str, Any]) -> Callable[[InvoiceWorld], None]:
    def happens(world: InvoiceWorld) -> None:
        for version in versions:
            world.source_has(a_bill(**version))
            world.poll()
            world.settle()

    return happens


def released_by_itself(world: InvoiceWorld) -> None:
    world.notice("1", cause=NoticeCause.RELEASED)
    world.run()


def refused_once(world: InvoiceWorld) -> None:
    world.source.read_errors.append(RejectedError("HTTP 403"))
    world.notice("1")
    world.run()
    world.later(hours=25)
    world.poll()


def gone_for_a_while(world: InvoiceWorld) -> None:
    kept = dict(world.source.shelf.records)
    world.source.shelf.records.clear()
    world.notice("1")
    world.run()
    assert world.state() is State.SKIPPED
    world.source.shelf.records.update(kept)
    world.poll(full=True)


@pytest.mark.parametrize(
    "happens",
    [
        changed({"total": "120.00"}),
        changed({"status": BillStatus.CANCELLED}, {}),
        changed({"status": BillStatus.NOT_APPROVED}, {}),
        changed({"issued_on": None}, {}),
        released_by_itself,
        refused_once,
        gone_for_a_while,
    ],
    ids=[
        "changed",
        "cancelled for a while",
        "unapproved for a while",
        "wrong for a while",
        "released",
        "refused",
        "gone",
    ],
)
def test_nothing_that_happens_at_its_source_makes_it_again(happens: Callable[[InvoiceWorld], None]) -> None:
    world = found_deleted()

    happens(world)
    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["found_deleted"], ["create"])


def test_nor_does_a_change_that_came_before_it_was_found() -> None:
    world = sent_and_deleted()
    world.source_has(a_bill(total="120.00"))
    world.world.poll(world.invoices)
    world.ingest_beside()

    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["found_deleted"], ["create"])


def test_cancelled_at_its_source_it_is_let_go() -> None:
    world = found_deleted()

    world.source_has(a_bill(status=BillStatus.CANCELLED))
    world.poll()
    trail = world.trail()
    world.poll(full=True)

    assert (world.state(), world.reasons()) == (State.SKIPPED, ["cancelled", "found_deleted"])
    assert world.trail() == trail


def test_on_a_persons_word_it_is_made_again() -> None:
    world = found_deleted()

    world.person_replays("1")
    world.settle()

    assert (world.state(), world.actions, world.numbers) == (State.POSTED, ["create", "create"], ["INV-1"])


def test_and_looked_for_before_that_since_the_person_may_have_restored_it() -> None:
    world = found_deleted()
    [bill] = world.target.shelf.of(RecordKind.BILL)
    world.target_has(replace(bill, status=BillStatus.APPROVED))

    world.person_replays("1")
    world.settle()

    assert (world.state(), world.actions, world.numbers) == (State.POSTED, ["create"], ["INV-1"])


def found_deleted() -> InvoiceWorld:
    world = sent_and_deleted()
    world.settle()
    assert (world.state(), world.reasons()) == (State.HELD, ["found_deleted"])
    return world


def sent_and_deleted() -> InvoiceWorld:
    """The create's answer was lost, and a person deleted the bill before we looked."""
    world = an_invoice_world()
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()
    [bill] = world.standing
    world.target_has(replace(bill, status=BillStatus.DELETED))
    return world
