"""Rule 11: tables that were restored know less than the targets do. Whoever creates looks first from then on."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from ml_connector.domain.crossreference import Origin, State
from ml_connector.pipeline.correcting.resolve import Resolving, Side
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import roll_back
from tests.simulation.person import compares_and_rechecks


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


def test_an_update_that_the_tables_forgot_is_found_by_its_list_though_the_source_went_back_as_well() -> None:
    world = changed_and_forgotten()
    assert (world.state(), world.reasons()) == (State.POSTED, [])

    compares_and_rechecks(world.world, world.invoices)

    assert (world.state(), world.reasons(), str(world.standing[0].total)) == (
        State.HELD,
        ["target_conflict"],
        "200.00 USD",
    )


def test_and_goes_back_to_the_sources_value_on_a_persons_word() -> None:
    world = changed_and_forgotten()
    compares_and_rechecks(world.world, world.invoices)

    services = world.world.services
    Resolving(services.ports, services.systems).resolve(world.record("1"), Side.SOURCE, actor="ann")
    world.settle()

    assert (world.state(), str(world.standing[0].total)) == (State.POSTED, "100.00 USD")


def test_what_is_rechecked_and_does_not_differ_is_left_alone() -> None:
    world = posted()
    world.lose_tables()
    world.poll()
    world.settle()

    compares_and_rechecks(world.world, world.invoices)

    assert (world.actions, world.state()) == (["create"], State.POSTED)


def test_what_we_voided_is_made_again_after_a_restore_when_a_person_asks() -> None:
    world = posted()
    roll_back(world)
    world.fakes.epochs.raise_epoch()

    world.person_replays("1")
    world.settle()

    assert (world.state(), world.actions, world.numbers) == (State.POSTED, ["create", "void", "create"], ["INV-1"])


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


def changed_and_forgotten() -> InvoiceWorld:
    """Posted with 100, backed up, changed to 200 in both systems; the tables go back to 100, and so does the source."""
    world = posted()
    backup = deepcopy(world.fakes.ledger)
    world.source_has(a_bill(total="200.00"))
    world.poll()
    world.settle()
    world.restore(backup)
    world.fakes.epochs.raise_epoch()
    world.source_has(a_bill())
    world.poll()
    world.settle()
    assert (world.actions, str(world.standing[0].total)) == (["create", "update"], "200.00 USD")
    return world


def posted() -> InvoiceWorld:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    assert world.state() is State.POSTED
    return world
