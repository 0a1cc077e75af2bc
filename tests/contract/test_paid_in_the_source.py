"""FJ1, P17: an invoice that JAGGAER says is paid was approved; its bill stays as it is, whatever the tenant chose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.crossreference import State
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.jaggaer import JaggaerSimulator

LINE = {"description": "Goods", "quantity": "1", "unitPrice": "100.00", "account": "600100"}


def one_supplier(jaggaer: JaggaerSimulator) -> None:
    jaggaer.add_supplier(number="A001", name="Acme Tooling")


def an_invoice(pair: Pair) -> int:
    made: int = pair.jaggaer.add_invoice(number="A-1", supplier="A001", lines=[LINE])["header"]["invoiceId"]
    return made


@pytest.mark.parametrize(
    "settings",
    [{}, {"on_unapproved": "void"}, {"on_changed": "hold"}],
    ids=["as usual", "what lost its approval is voided", "what changed is held"],
)
def test_a_posted_invoice_that_is_paid_in_jaggaer_changes_nothing(settings: dict[str, str]) -> None:
    pair = a_pair(load=one_supplier)
    stored = pair.world.fakes.connections.flow(pair.invoices)
    pair.world.fakes.connections.save_flow(replace(stored, settings=settings))
    made = an_invoice(pair)
    pair.run()
    before = pair.bill(made)
    pair.later(minutes=30)

    pair.jaggaer.edit_invoice(made, paymentStatus="Paid")
    pair.run()

    assert (pair.row(made).state, pair.bill(made), len(pair.freshbooks.bills)) == (State.POSTED, before, 1)


def test_an_invoice_that_is_paid_when_it_is_first_seen_is_offered() -> None:
    pair = a_pair(load=one_supplier)
    made = an_invoice(pair)
    pair.jaggaer.edit_invoice(made, paymentStatus="Paid")

    pair.run()

    assert pair.row(made).state is State.POSTED
