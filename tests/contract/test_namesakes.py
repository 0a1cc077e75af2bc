"""Decision 6 from end to end (P7, P8): a name that two suppliers share is nobody's; what is no vendor shares none."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from tests.jaggaer_freshbooks import Pair, a_pair

LINE = {"description": "Goods", "quantity": "1", "unitPrice": "100.00", "account": "600100"}


@pytest.fixture
def pair() -> Pair:
    return a_pair(load=lambda jaggaer: None)


def invoice(pair: Pair, supplier: str) -> int:
    made: dict[str, Any] = pair.jaggaer.add_invoice(number=f"INV-{supplier}", supplier=supplier, lines=[LINE])
    number: int = made["header"]["invoiceId"]
    return number


def suppliers(pair: Pair) -> dict[str | None, str]:
    rows = [row for row in pair.world.fakes.ledger.rows.values() if row.record.flow == pair.suppliers]
    return {row.number: ", ".join(sorted({reason.code for reason in row.reasons})) or row.state.value for row in rows}


def test_an_invoice_of_one_of_two_namesakes_is_held_and_not_guessed(pair: Pair) -> None:
    vendor = pair.freshbooks.add_vendor(name="Acme Tooling")["id"]
    pair.jaggaer.add_supplier(number="A001", name="Acme Tooling")
    pair.jaggaer.add_supplier(number="A002", name="Acme Tooling")
    made = invoice(pair, "A002")
    pair.run()
    held = pair.outcomes([made])

    pair.map(ReferenceKind.VENDOR, "A002", str(vendor))
    pair.later(minutes=30)
    pair.run()

    assert held == {"held: vendor_namesakes"}
    assert pair.bill(made)["vendorid"] == vendor


def test_namesakes_that_are_mapped_to_one_vendor_have_their_bills_there_and_the_second_is_held(pair: Pair) -> None:
    vendor = pair.freshbooks.add_vendor(name="Acme Tooling")["id"]
    for number in ("A001", "A002"):
        pair.jaggaer.add_supplier(number=number, name="Acme Tooling")
        pair.map(ReferenceKind.VENDOR, number, str(vendor))
    made = [invoice(pair, "A001"), invoice(pair, "A002")]

    pair.run()

    assert [bill["vendorid"] for bill in pair.bills(made)] == [vendor, vendor]
    assert sorted(suppliers(pair).values()) == ["matched", "owned"]


@pytest.mark.parametrize("changes", [{"extCode": None}, {"status": "REJECTED"}], ids=["no number", "not active"])
def test_a_namesake_that_becomes_no_vendor_holds_nobody(pair: Pair, changes: dict[str, Any]) -> None:
    pair.jaggaer.add_supplier(number="A001", name="Acme Tooling")
    pair.jaggaer.add_supplier(number="x", name="Acme Tooling")
    pair.jaggaer.edit_supplier("x", **changes)
    made = invoice(pair, "A001")

    pair.run()

    assert suppliers(pair)["A001"] == "posted"
    assert pair.row(made).state is State.POSTED
