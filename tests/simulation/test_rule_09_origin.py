"""Rule 9: where a bill came from stays with it; what was reversed stays so; what a person keyed is not ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.crossreference import Origin, State
from ml_connector.domain.records.bill import BillStatus, BillType
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def test_a_reversed_record_is_not_made_again_by_its_source() -> None:
    world = reversed_bill()

    world.source_has(a_bill())
    world.poll()
    world.poll(full=True)

    assert (world.state(), world.actions) == (State.REVERSED, ["create", "void"])


def test_a_person_may_have_a_reversed_record_made_again() -> None:
    world = reversed_bill()
    world.source_has(a_bill())
    world.poll()

    world.person_replays("1")

    assert (world.state(), world.numbers, world.actions) == (State.POSTED, ["INV-1"], ["create", "void", "create"])


def test_a_reversed_record_that_is_made_again_is_no_change_to_be_held() -> None:
    world = reversed_bill(on_changed="hold")
    world.source_has(a_bill(total="120.00"))
    world.poll()

    world.person_replays("1")

    assert (world.state(), world.actions) == (State.POSTED, ["create", "void", "create"])


def test_replaying_a_reversed_record_that_is_still_cancelled_leaves_it_reversed() -> None:
    world = reversed_bill()
    before = world.row().confirmed

    world.person_replays("1")

    assert (world.state(), world.row().confirmed) == (State.REVERSED, before)


@pytest.mark.parametrize("change", [{"due_on": None}, {"status": BillStatus.CANCELLED}], ids=["update", "void"])
def test_a_bill_that_a_person_keyed_is_neither_updated_nor_voided(change: dict[str, Any]) -> None:
    world = linked_bill()

    world.source_has(a_bill(**change))
    world.poll()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["adopted_changed"], ["create"])
    assert len(world.standing) == 1


def test_the_origin_survives_an_update() -> None:
    world = an_invoice_world()
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill())
    world.poll()

    world.source_has(a_bill(total="120.00"))
    world.poll()

    confirmed = world.row().confirmed
    assert confirmed is not None
    assert (confirmed.origin, world.actions) == (Origin.RECOVERED, ["create", "update"])


def test_a_linked_vendor_is_left_alone_until_its_source_changes() -> None:
    world = an_invoice_world(vendor=False)
    world.know_name("Acme Paper")
    world.target_has(a_vendor("V1", number="", name="Acme Paper"))
    world.source_has(a_vendor(name="Acme Paper"))
    world.poll(world.vendors)

    world.notice("s1", flow=world.vendors)
    world.run()

    assert (world.row("s1", world.vendors).state, world.actions) == (State.LINKED, [])


def test_a_linked_vendor_follows_a_change_of_its_source() -> None:
    world = an_invoice_world(vendor=False)
    world.know_name("Acme Paper")
    world.target_has(a_vendor("V1", number="", name="Acme Paper"))
    world.source_has(a_vendor(name="Acme Paper"))
    world.poll(world.vendors)

    world.source_has(a_vendor(name="Acme Paper", email="ap@acme.example"))
    world.poll(world.vendors)

    assert (world.row("s1", world.vendors).state, world.actions) == (State.LINKED, ["update"])


def test_a_credit_memo_is_held_where_the_target_has_none() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(type=BillType.CREDIT))

    world.poll()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["credit_memo"], [])


def reversed_bill(**settings: Any) -> InvoiceWorld:
    """Posted, then cancelled at the source and voided."""
    world = an_invoice_world(**settings)
    world.source_has(a_bill())
    world.poll()
    world.source_has(a_bill(status=BillStatus.CANCELLED))
    world.poll()
    assert world.state() is State.REVERSED
    return world


def linked_bill() -> InvoiceWorld:
    """Sent without effect, and keyed by a person before we looked."""
    world = an_invoice_world()
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()
    world.target_has(replace(world.target.sent[0].record, external_id="x", marker=None))
    world.settle()
    assert world.state() is State.LINKED
    return world
