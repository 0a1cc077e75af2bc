"""Records that name only what matters to a test, and the world that they move in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import AccountRef, Bill, BillLine, Split
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.vendor import Vendor, VendorRef
from ml_connector.domain.reference import ReferenceItem
from tests.invoices import InvoiceWorld

ACME = VendorRef(number="0007", name="Acme Paper Inc")


def a_line(amount: str = "100.00", *, account: str = "6000", **changes: Any) -> BillLine:
    """One line on one account, quantity 1."""
    values: dict[str, Any] = {
        "number": "1",
        "description": "Paper",
        "amount": Decimal(amount),
        "unit_price": Decimal(amount),
        "splits": (Split(account=AccountRef(code=account, name="Supplies")),),
    }
    return BillLine(**{**values, **changes})


def a_bill(external_id: str = "1", *, total: str = "100.00", account: str = "6000", **changes: Any) -> Bill:
    """An approved invoice of one line, as the procurement side has it."""
    currency = changes.get("currency") or "USD"
    values: dict[str, Any] = {
        "external_id": external_id,
        "number": f"INV-{external_id}",
        "vendor": ACME,
        "issued_on": date(2026, 1, 15),
        "due_on": date(2026, 2, 14),
        "currency": currency,
        "total": Money(Decimal(total), currency),
        "lines": (a_line(total, account=account),),
    }
    return Bill(**{**values, **changes})


def a_vendor(external_id: str = "s1", *, number: str = "0007", name: str = "Acme Paper Inc", **changes: Any) -> Vendor:
    return Vendor(external_id=external_id, number=number, name=name, **changes)


def an_account(code: str = "6000", name: str = "Office supplies", **changes: Any) -> ReferenceItem:
    return ReferenceItem(**{"id": code, "external_id": code, "name": name, **changes})


def an_invoice_world(*, vendor: bool = True, seed: int = 0, **settings: Any) -> InvoiceWorld:
    """Invoices to bills; the account 6000 is there and, but for `vendor=False`, the vendor 0007 as well."""
    world = InvoiceWorld.made(seed=seed, settings=_settings(settings))
    world.target.references[ReferenceKind.ACCOUNT] = [an_account()]
    world.target.references[ReferenceKind.VENDOR] = []
    if vendor:
        world.know_vendor("0007", "Acme Paper Inc")
    return world


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    return dict(given)
