"""Bills as the connector gets them planned, and as FreshBooks would answer for what it was sent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ml_connector.connectors.freshbooks.models import BillBody, WireBill
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillLine
from ml_connector.domain.records.vendor import VendorRef

MARKER = "0123456789ab"


def a_line(amount: str = "100.00", *, quantity: str = "1", price: str | None = None, **more: Any) -> BillLine:
    given = {"description": "Oak boards", "account": "65701", **more}
    return BillLine(
        quantity=Decimal(quantity),
        unit_price=Decimal(amount if price is None else price),
        amount=Decimal(amount),
        **given,
    )


def a_bill(*lines: BillLine, currency: str = "USD", **more: Any) -> Bill:
    lines = lines or (a_line(),)
    given: dict[str, Any] = {
        "number": "INV-7781",
        "vendor": VendorRef(internal_id="501"),
        "issued_on": date(2026, 3, 2),
        "due_on": date(2026, 4, 1),
        "total": Money(sum((line.amount for line in lines), Decimal(0)), currency),
        "marker": MARKER,
        **more,
    }
    return Bill(currency=currency, lines=lines, **given)


def answered(body: BillBody, **more: Any) -> WireBill:
    """What FreshBooks keeps of a body, and shows again."""
    sent = body.model_dump()
    code, amounts = sent["currency_code"], [_amount(line) for line in sent["lines"]]
    lines = [
        {**line, "list_index": index, "amount": {"amount": str(amount), "code": code}}
        for index, (line, amount) in enumerate(zip(sent["lines"], amounts, strict=True), start=1)
    ]
    due = date.fromisoformat(sent["issue_date"]) + timedelta(days=sent["due_offset_days"])
    shown = {
        **sent,
        "id": 1001,
        "due_date": due.isoformat(),
        "status": "unpaid",
        "total_amount": {"amount": str(sum(amounts, Decimal(0))), "code": code},
        "lines": lines,
        "updated_at": "2026-03-02 09:00:00",
        "vis_state": 0,
    }
    return WireBill.model_validate({**shown, **more})


def _amount(line: dict[str, Any]) -> Decimal:
    return Decimal(line["quantity"]) * Decimal(line["unit_cost"]["amount"])
