"""The documents that came with the vendor sheet, where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from ml_connector.connectors.jaggaer.mapper import bill_from_wire, vendor_from_wire
from ml_connector.connectors.jaggaer.profile import load_profile, read_yaml
from ml_connector.connectors.jaggaer.rules import Profile
from ml_connector.connectors.jaggaer.wire import read_invoice, read_supplier
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import AccountRef, Bill, BillStatus, BillType, SplitBy
from ml_connector.transport.answer import decoded
from tests.unit.connectors.jaggaer.payloads import exact

SHARED = Path(os.environ.get("ML_SHARED", Path(__file__).resolve().parents[5] / "shared")) / "contracts" / "jaggaer"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared contracts are not here; set ML_SHARED")


def document(name: str) -> Any:
    return decoded((SHARED / name).read_bytes())


def bill(payload: Any, profile: Profile | None = None) -> Bill:
    rules = (profile or load_profile("j1p-default")).resources.invoice
    return bill_from_wire(read_invoice(payload, rules, zone=UTC), rules)


def listed(name: str) -> list[Bill]:
    """Each header read as an invoice whose lines were not sent."""
    rules = load_profile("j1p-default").resources.invoice
    return [bill({"header": header}) for header in rules.listing.items.find(document(name))]


def proposed() -> Profile:
    return load_profile(read_yaml((SHARED / "profile.j1p-default.yaml").read_text(encoding="utf-8")))


def test_the_example_invoice_is_read_without_a_doubt() -> None:
    found = bill(document("examples/invoice-detail.json"))

    assert (found.number, found.total, found.doubts) == ("INV-77", Money(exact("1102.5"), "USD"), ())
    assert [(split.by, split.share) for split in found.lines[1].splits] == [
        (SplitBy.PERCENT, exact("75")),
        (SplitBy.PERCENT, exact("25")),
    ]


def test_the_published_invoice_is_read_from_its_current_chart() -> None:
    found = bill(document("public-sample/invoice-detail.json"))

    assert (found.number, found.total, found.doubts) == ("InvoiceTest125", Money(exact("1102.5"), "USD"), ())
    assert [split.account for split in found.lines[0].splits] == [
        AccountRef(code="100000", name="BOA Campus Main Depository")
    ]


def test_the_published_list_has_as_many_of_each_as_the_sheet_says() -> None:
    found = listed("public-sample/invoice-list.json")

    assert len(found) == 64
    assert sum(each.status is BillStatus.NOT_APPROVED for each in found) == 6
    assert sum(each.type is BillType.CREDIT for each in found) == 4
    assert sum(each.total is None for each in found) == 1
    assert sum(each.number is None for each in found) == 0


def test_the_example_list_tells_approved_from_not() -> None:
    assert [each.status.value for each in listed("examples/invoice-list.json")] == [
        "approved",
        "approved",
        "not_approved",
        "not_approved",
        "approved",
    ]


def test_the_example_suppliers_keep_their_leading_zeros() -> None:
    rules = load_profile("j1p-default").resources.supplier
    rows = rules.listing.items.find(document("examples/company-profiles.json"))

    vendors = [vendor_from_wire(read_supplier(row, rules, zone=UTC)) for row in rows]

    assert [(each.number, each.email, each.active) for each in vendors] == [
        ("006510005", "ap@example.com", True),
        ("279765", None, True),
    ]


@pytest.mark.parametrize("name", ["examples/invoice-detail.json", "public-sample/invoice-detail.json"])
def test_the_proposed_profile_and_ours_read_an_invoice_alike(name: str) -> None:
    payload = document(name)

    assert bill(payload, proposed()) == bill(payload)


def test_the_proposed_profile_asks_the_same_questions_as_ours() -> None:
    theirs, ours = proposed(), load_profile("j1p-default")

    assert theirs.connection == ours.connection
    assert _questions(theirs) == _questions(ours)


def _questions(profile: Profile) -> Mapping[str, Any]:
    """What an approved invoice is apart: ours takes those that are paid already."""
    found = profile.resources
    return {
        name: (
            resource.listing.path,
            resource.listing.filter and resource.listing.filter.template,
            resource.accept.text if resource is not found.invoice else None,
        )
        for name, resource in (("i", found.invoice), ("s", found.supplier), ("p", found.purchase_order))
    }
