"""P7: JAGGAER and FreshBooks number by themselves. A supplier's number is its own, for as long as it has it."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from tests.jaggaer_freshbooks import Pair, a_pair


@pytest.fixture
def pair() -> Pair:
    return a_pair(load=lambda jaggaer: None)


def line(account: str = "600100") -> dict[str, Any]:
    return {"description": "Goods", "quantity": "1", "unitPrice": "100.00", "account": account}


def invoice(pair: Pair, supplier: str, *, account: str = "600100") -> int:
    made = pair.jaggaer.add_invoice(number="A-1", supplier=supplier, lines=[line(account)])
    number: int = made["header"]["invoiceId"]
    return number


def names(pair: Pair) -> dict[int, str]:
    return {vendor["id"]: vendor["vendor_name"] for vendor in pair.freshbooks.vendors}


def test_a_suppliers_number_is_no_id_of_freshbooks(pair: Pair) -> None:
    stranger = pair.freshbooks.add_vendor(name="Blue Finch Couriers")["id"]
    right = pair.freshbooks.add_vendor(name="Acme Tooling", account_number=str(stranger))["id"]
    pair.jaggaer.add_supplier(number=str(stranger), name="Acme Tooling")
    made = invoice(pair, str(stranger))

    pair.run()

    assert names(pair) == {stranger: "Blue Finch Couriers", right: "Acme Tooling"}
    assert pair.bill(made)["vendorid"] == right


def test_a_vendor_whose_id_is_a_suppliers_number_is_never_written_to(pair: Pair) -> None:
    stranger = pair.freshbooks.add_vendor(name="Blue Finch Couriers", phone="1")["id"]
    pair.jaggaer.add_supplier(number=str(stranger), name="Acme Tooling")
    pair.run()
    pair.later(minutes=30)

    pair.jaggaer.edit_supplier(str(stranger), bizPhone="555-1")
    pair.run()

    found = {vendor["vendor_name"]: vendor["phone"] for vendor in pair.freshbooks.vendors}
    assert found == {"Blue Finch Couriers": "1", "Acme Tooling": "555-1"}


def test_an_account_code_is_no_id_of_a_category(pair: Pair) -> None:
    pair.jaggaer.add_supplier(number="A001", name="Acme Tooling")
    made = invoice(pair, "A001", account=pair.category("Rent"))

    pair.run()

    assert pair.outcomes([made]) == {"held: account_missing"}


def test_a_mapping_may_name_the_id_that_is_the_code(pair: Pair) -> None:
    vendor = pair.freshbooks.add_vendor(name="Acme")["id"]
    pair.jaggaer.add_supplier(number=str(vendor), name="Acme Tooling")
    rent = pair.category("Rent")
    pair.map(ReferenceKind.VENDOR, str(vendor), str(vendor))
    pair.map(ReferenceKind.ACCOUNT, rent, rent)
    made = invoice(pair, str(vendor), account=rent)

    pair.run()

    assert (pair.row(made).state, pair.split(made)) == (State.POSTED, [("Rent", "100.00")])
    assert pair.bill(made)["vendorid"] == vendor


def corrected(pair: Pair) -> None:
    """Acme Tooling was 1001, and its vendor was made so; by now it is 2001 in both systems."""
    pair.jaggaer.add_supplier(number="1001", name="Acme Tooling")
    pair.run()
    pair.later(minutes=30)
    pair.jaggaer.edit_supplier("1001", extCode="2001")
    pair.run()
    pair.later(minutes=30)


def test_a_number_that_was_corrected_leads_to_its_next_holder(pair: Pair) -> None:
    corrected(pair)

    pair.jaggaer.add_supplier(number="1001", name="Beta Paper")
    made = invoice(pair, "1001")
    pair.run()

    assert names(pair)[pair.bill(made)["vendorid"]] == "Beta Paper"
    assert {vendor["vendor_name"]: vendor["account_number"] for vendor in pair.freshbooks.vendors} == {
        "Acme Tooling": "2001",
        "Beta Paper": "1001",
    }


def test_a_number_that_nobody_has_any_more_pays_nobody(pair: Pair) -> None:
    corrected(pair)

    made, other = invoice(pair, "1001"), invoice(pair, "2001")
    pair.run()

    assert pair.outcomes([made]) == {"held: vendor_missing"}
    assert names(pair)[pair.bill(other)["vendorid"]] == "Acme Tooling"
