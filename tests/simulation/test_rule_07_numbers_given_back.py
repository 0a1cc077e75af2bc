"""Rule 7, the other way: a number under which nothing stands in the target is free for the next document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.bill import BillStatus
from ml_connector.pipeline.correcting.link import Linking
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld

IN_VAIN = pytest.mark.parametrize("act", [Act.RATE_LIMITED, Act.NOT_SENT, Act.TRANSIENT, Act.UNKNOWN])


@IN_VAIN
@pytest.mark.parametrize("status", [BillStatus.CANCELLED, BillStatus.NOT_APPROVED])
def test_the_number_of_what_was_withdrawn_before_it_was_posted(act: Act, status: BillStatus) -> None:
    world = tried_in_vain(act)

    world.source_has(a_bill("1", number="A-1", status=status))
    world.poll()
    world.settle()

    assert (world.state("1"), world.row("1").reservation, world.bills) == (State.SKIPPED, None, [])
    assert posts(world, "2", number="A-1")


def test_the_number_of_what_the_source_shows_no_more() -> None:
    world = tried_in_vain(Act.TRANSIENT)
    world.source.shelf.records.clear()

    world.notice("1")
    world.run()

    assert (world.state("1"), world.reasons("1")) == (State.SKIPPED, ["source_gone"])
    assert posts(world, "2", number="A-1")


@IN_VAIN
def test_the_number_of_a_change_that_was_taken_back_before_it_was_sent(act: Act) -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    world.target.will(act)
    world.source_has(a_bill("1", number="A-2"))
    planned_and_posted_once(world)

    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    world.settle()

    assert (world.state("1"), world.numbers) == (State.POSTED, ["A-1"])
    assert posts(world, "2", number="A-2")


def test_a_change_of_number_in_doubt_keeps_both() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    world.target.will(Act.LATE)
    world.source_has(a_bill("1", number="A-2"))
    planned_and_posted_once(world)

    for name, number in (("2", "A-1"), ("3", "A-2")):
        world.source_has(a_bill(name, number=number))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside("2", "3")

    assert [(world.state(name), world.reasons(name)) for name in ("2", "3")] == [(State.HELD, ["duplicate"])] * 2


def test_the_former_number_of_what_became_a_duplicate_unposted() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("9", number="A-2"))
    world.poll()
    world.target.will(Act.TRANSIENT)
    world.source_has(a_bill("1", number="A-1"))
    planned_and_posted_once(world)

    world.source_has(a_bill("1", number="A-2"))
    world.poll()
    world.settle()

    assert (world.state("1"), world.reasons("1")) == (State.HELD, ["duplicate"])
    assert posts(world, "2", number="A-1")


def test_but_that_of_a_bill_that_a_person_linked_is_taken() -> None:
    world = linked_by_hand(number="A-1")

    assert not posts(world, "2", number="A-1")
    assert (world.state("2"), world.reasons("2"), world.numbers) == (State.HELD, ["duplicate"], ["A-1"])


def test_the_number_that_it_bears_in_the_target_counts() -> None:
    world = linked_by_hand(number="A-1b")

    assert (posts(world, "2", number="A-1"), posts(world, "3", number="A-1b")) == (True, False)


def test_a_bill_whose_number_another_record_has_may_be_linked_all_the_same() -> None:
    world = an_invoice_world()
    for name in ("1", "2"):
        world.source_has(a_bill(name, number="A-1"))
        world.poll()
    assert (world.state("2"), world.reasons("2")) == (State.HELD, ["duplicate"])
    world.target_has(replace(world.standing[0], external_id="x", marker=None))

    link(world, "2")

    assert (world.state("1"), world.state("2"), world.row("2").reservation) == (State.POSTED, State.LINKED, None)


def tried_in_vain(act: Act) -> InvoiceWorld:
    world = an_invoice_world()
    world.target.will(act)
    world.source_has(a_bill("1", number="A-1"))
    planned_and_posted_once(world)
    assert world.bills == []
    return world


def planned_and_posted_once(world: InvoiceWorld) -> None:
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside("1")


def linked_by_hand(*, number: str) -> InvoiceWorld:
    """Refused by the target, then keyed there by a person under this number, and linked."""
    world = an_invoice_world()
    world.target.will(Act.REJECT)
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    world.target_has(replace(world.target.sent[0].record, external_id="x", number=number, marker=None))
    link(world, "1")
    return world


def link(world: InvoiceWorld, name: str) -> None:
    services = world.world.services
    Linking(services.ports, services.catalog, services.systems).link(world.record(name), "x", actor="ann")


def posts(world: InvoiceWorld, name: str, *, number: str) -> bool:
    """Whether another invoice of that number goes through."""
    world.source_has(a_bill(name, number=number))
    world.poll()
    world.settle()
    return world.state(name) is State.POSTED and number in world.numbers
