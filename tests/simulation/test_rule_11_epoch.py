"""Rule 11: tables that were restored know less than the targets do. Whoever creates looks first from then on."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from ml_connector.domain.crossreference import Origin, State
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.invoices import InvoiceWorld


def test_emptied_tables_make_no_second_bill_because_of_our_marker() -> None:
    world = posted()

    world.lose_tables()
    world.poll()
    world.settle()

    confirmed = world.row().confirmed
    assert confirmed is not None
    assert (world.actions, world.state(), confirmed.origin) == (["create"], State.POSTED, Origin.RECOVERED)


def test_emptied_tables_make_no_second_bill_because_of_its_number() -> None:
    world = posted()
    world.target_has(replace(world.standing[0], marker=None))

    world.lose_tables()
    world.poll()
    world.settle()

    assert (world.actions, world.state(), world.numbers) == (["create"], State.LINKED, ["INV-1"])


def test_a_row_restored_from_before_its_write_looks_first() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    backup = deepcopy(world.fakes.ledger)
    world.run()

    world.restore(backup)
    world.fakes.epochs.raise_epoch()
    world.settle()

    assert (world.actions, world.state(), world.numbers) == (["create"], State.POSTED, ["INV-1"])


def test_what_is_really_new_after_a_restore_is_created_once() -> None:
    world = posted()
    world.lose_tables()

    world.source_has(a_bill("2"))
    world.poll()
    world.settle()

    assert (world.actions, world.numbers) == (["create", "create"], ["INV-1", "INV-2"])


def test_a_number_found_again_after_a_restore_is_reserved_again() -> None:
    world = posted()
    world.lose_tables()
    world.poll()
    world.settle()

    world.source_has(a_bill("2", number="INV-1"))
    world.poll()
    world.settle()

    assert (world.state("2"), world.numbers) == (State.HELD, ["INV-1"])


def test_a_vendor_is_not_made_twice_after_a_restore() -> None:
    world = an_invoice_world(vendor=False)
    world.source_has(a_vendor())
    world.poll(world.vendors)

    world.lose_tables()
    world.poll(world.vendors)
    world.settle()

    assert world.actions == ["create"]


def test_without_a_restore_a_create_does_not_look_first() -> None:
    world = posted()

    assert (world.actions, world.target.finds) == (["create"], 0)


def posted() -> InvoiceWorld:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    assert world.state() is State.POSTED
    return world
