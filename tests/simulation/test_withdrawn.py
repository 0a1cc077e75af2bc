"""P17: an invoice changed, cancelled or un-approved after it was posted is followed by policy; never a second bill."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.bill import BillStatus
from tests.builders import a_bill, an_invoice_world
from tests.invoices import InvoiceWorld

CANCELLED, UNAPPROVED = BillStatus.CANCELLED, BillStatus.NOT_APPROVED


@pytest.mark.parametrize(
    ("settings", "status", "state", "bills"),
    [
        ({}, CANCELLED, State.REVERSED, 0),
        ({"on_cancelled": "void"}, CANCELLED, State.REVERSED, 0),
        ({"on_cancelled": "hold"}, CANCELLED, State.HELD, 1),
        ({}, UNAPPROVED, State.HELD, 1),
        ({"on_unapproved": "hold"}, UNAPPROVED, State.HELD, 1),
        ({"on_unapproved": "void"}, UNAPPROVED, State.REVERSED, 0),
    ],
    ids=["cancelled", "cancelled void", "cancelled hold", "unapproved", "unapproved hold", "unapproved void"],
)
def test_a_posted_invoice_that_is_withdrawn_follows_the_setting(
    settings: dict[str, str], status: BillStatus, state: State, bills: int
) -> None:
    world = posted(**settings)

    world.source_has(a_bill(status=status))
    world.poll()

    assert (world.state(), len(world.bills)) == (state, bills)


@pytest.mark.parametrize(("choice", "state", "total"), [("update", "posted", "120.00"), ("hold", "held", "100.00")])
def test_a_posted_invoice_that_changes_follows_the_setting(choice: str, state: str, total: str) -> None:
    world = posted(on_changed=choice)

    world.source_has(a_bill(total="120.00"))
    world.poll()

    assert (world.state(), [str(amount) for _, amount in world.bills]) == (state, [f"{total} USD"])


@pytest.mark.parametrize("status", [CANCELLED, UNAPPROVED])
def test_an_invoice_withdrawn_before_it_was_posted_is_passed_over(status: BillStatus) -> None:
    world = an_invoice_world()
    world.source_has(a_bill(status=status))

    world.poll()

    assert (world.state(), world.actions) == (State.SKIPPED, [])


def test_an_invoice_that_is_approved_later_is_posted_then() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(status=UNAPPROVED))
    world.poll()

    world.source_has(a_bill())
    world.poll()

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])


def test_an_invoice_that_loses_its_approval_and_gets_it_back_is_as_it_was() -> None:
    world = posted()
    world.source_has(a_bill(status=UNAPPROVED))
    world.poll()
    assert world.state() is State.HELD

    world.source_has(a_bill())
    world.poll()

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def test_an_invoice_that_changes_while_it_is_held_after_posting_is_updated_once() -> None:
    world = posted()
    world.source_has(a_bill(status=UNAPPROVED))
    world.poll()

    world.source_has(a_bill(total="120.00"))
    world.poll()

    assert (world.actions, [str(total) for _, total in world.bills]) == (["create", "update"], ["120.00 USD"])


def test_an_invoice_cancelled_while_held_before_posting_is_passed_over() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()

    world.source_has(a_bill(account="7000", status=CANCELLED))
    world.poll()

    assert (world.state(), world.actions) == (State.SKIPPED, [])


def test_an_invoice_cancelled_while_its_bill_is_being_created_is_voided_after_it() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.source_has(a_bill(status=CANCELLED))
    world.post_beside()

    world.poll()

    assert (world.state(), world.actions, world.bills) == (State.REVERSED, ["create", "void"], [])


def posted(**settings: Any) -> InvoiceWorld:
    world = an_invoice_world(**settings)
    world.source_has(a_bill())
    world.poll()
    assert world.state() is State.POSTED
    return world
