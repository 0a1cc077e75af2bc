"""Bills and bill vendors, to and from FreshBooks. Pure both ways; the vendor's spelling stops here.

What FreshBooks cannot hold as it is meant is refused before anything is sent, with code "unsendable".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from ml_connector.connectors.freshbooks.lines import SeenLine, seen_line
from ml_connector.connectors.freshbooks.lines import plain as plain_number
from ml_connector.connectors.freshbooks.marks import marked, marker_in, note_with, number_in, without_marker
from ml_connector.connectors.freshbooks.models import (
    ARCHIVED,
    DELETED,
    BillBody,
    BillLineBody,
    MoneyBody,
    VendorBody,
    WireBill,
    WireBillLine,
    WireVendor,
)
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.money import Money, minor_digits
from ml_connector.domain.records.bill import Bill, BillLine, BillStatus, BillType
from ml_connector.domain.records.vendor import Vendor, VendorRef

_STATUSES = {
    None: BillStatus.UNPAID,
    "unpaid": BillStatus.UNPAID,
    "overdue": BillStatus.UNPAID,
    "partial": BillStatus.PARTLY_PAID,
    "paid": BillStatus.PAID,
}
ZERO = Decimal(0)


def bill_to_wire(bill: Bill, *, marker: str | None, language: str, description_length: int) -> BillBody:
    """A planned bill: vendor and accounts are FreshBooks' ids, amounts are final. Our marker ends the last line."""
    currency, total, issued_on = _needed(bill)
    seen = seen_lines(bill.lines, currency=currency, marker=marker, limit=description_length)
    texts = [line.description for line in seen]
    texts[-1] = marked(texts[-1], marker)
    lines = tuple(
        _line_to_wire(line, shown, text, currency) for line, shown, text in zip(bill.lines, seen, texts, strict=True)
    )
    if sum((line.amount for line in bill.lines), ZERO) != total.amount:
        raise _unsendable("its lines do not add up to its total")
    return BillBody(
        vendorid=_wire_id(bill.vendor.internal_id or ""),
        bill_number=bill.number,
        issue_date=issued_on.isoformat(),
        due_offset_days=(_due_on(bill, issued_on) - issued_on).days,
        currency_code=currency,
        language=language,
        lines=lines,
    )


def seen_lines(lines: tuple[BillLine, ...], *, currency: str, marker: str | None, limit: int) -> tuple[SeenLine, ...]:
    last = len(lines) - 1
    return tuple(
        seen_line(line, currency=currency, marker=marker if index == last else None, limit=limit)
        for index, line in enumerate(lines)
    )


def due_on(bill: Bill) -> date | None:
    """The due date, or what the terms make of the issue date."""
    if bill.due_on is None and bill.issued_on is not None and bill.terms_days is not None:
        return bill.issued_on + timedelta(days=bill.terms_days)
    return bill.due_on


def bill_from_wire(wire: WireBill, *, zone: tzinfo = UTC) -> Bill:
    """A bill as FreshBooks holds it. Its line descriptions are what we composed, without our marker."""
    currency = wire.currency_code or (wire.total_amount.code if wire.total_amount else None)
    lines, marker = _lines_from_wire(wire.lines or ())
    return Bill(
        external_id=wire.id,
        number=wire.bill_number,
        vendor=VendorRef(internal_id=wire.vendorid),
        status=_status(wire),
        status_text=wire.status or "",
        issued_on=wire.issue_date,
        due_on=_due_date(wire),
        currency=currency,
        lines=lines,
        total=_total(wire, currency),
        marker=marker,
        modified_at=instant(wire.updated_at, zone),
    )


def vendor_to_wire(
    vendor: Vendor, *, marker: str | None, note: str | None, number_field: str, language: str, currency: str | None
) -> VendorBody:
    """`note` is the note that is there now: what people wrote in it stays. `currency` is for a vendor without one."""
    name = " ".join(vendor.name.split())
    if not name:
        raise _unsendable("the vendor has no name")
    in_note = vendor.number if number_field == "note" else None
    if in_note and ("]" in in_note or len(in_note) > 64):
        raise _unsendable(f"the number {in_note!r} does not fit into a note")
    return VendorBody(
        vendor_name=name,
        language=language,
        currency_code=vendor.currency or currency,
        account_number=vendor.number if number_field == "account_number" else None,
        primary_contact_email=vendor.email,
        phone=vendor.phone,
        street=vendor.street,
        city=vendor.city,
        province=vendor.region,
        postal_code=vendor.postal_code,
        country=vendor.country,
        note=note_with(note, number=in_note, marker=marker),
    )


def vendor_from_wire(wire: WireVendor, *, number_field: str, zone: tzinfo = UTC) -> Vendor:
    return Vendor(
        external_id=wire.id,
        number=number_in(wire.note) if number_field == "note" else wire.account_number,
        name=wire.vendor_name or "",
        email=wire.primary_contact_email,
        phone=wire.phone,
        street=wire.street,
        city=wire.city,
        region=wire.province,
        postal_code=wire.postal_code,
        country=wire.country,
        currency=wire.currency_code,
        active=wire.vis_state not in (DELETED, ARCHIVED),
        deleted=wire.vis_state == DELETED,
        marker=marker_in(wire.note),
        modified_at=instant(wire.updated_at, zone),
    )


def instant(text: str | None, zone: tzinfo) -> datetime | None:
    """`2026-03-01 14:05:09`, whose zone FreshBooks leaves out; a text in another form says nothing."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _needed(bill: Bill) -> tuple[str, Money, date]:
    if bill.type is not BillType.BILL:
        raise _unsendable("FreshBooks has no credit memos for bills", code="credit_memo")
    if bill.total is None or bill.issued_on is None or not bill.vendor.internal_id:
        raise _unsendable("a bill needs a vendor, an issue date and a total")
    if not bill.lines:
        raise _unsendable("a bill needs a line")
    if bill.currency is not None and bill.currency != bill.total.currency:
        raise _unsendable("its currency is not its total's")
    return bill.total.currency, bill.total, bill.issued_on


def _due_on(bill: Bill, issued_on: date) -> date:
    found = due_on(bill)
    if found is None:
        raise _unsendable("a bill needs a due date or terms in days")
    return found


def _line_to_wire(line: BillLine, seen: SeenLine, text: str, currency: str) -> BillLineBody:
    if not line.account:
        raise _unsendable("every line needs an expense category")
    if not Money(line.amount, currency).is_exact:
        raise _unsendable(f"{plain_number(line.amount)} {currency} on a line is finer than the smallest coin")
    return BillLineBody(
        categoryid=_wire_id(line.account),
        description=text,
        quantity=plain_number(seen.quantity),
        unit_cost=MoneyBody(amount=f"{seen.unit_price:.{minor_digits(currency)}f}", code=currency),
    )


def _lines_from_wire(wires: tuple[WireBillLine, ...]) -> tuple[tuple[BillLine, ...], str | None]:
    """In FreshBooks' own order. Our marker is on the last line, unless people have added some after it."""
    ordered = sorted(wires, key=lambda wire: wire.list_index or 0)
    texts = [without_marker(wire.description) for wire in ordered]
    marker = next((found for _, found in reversed(texts) if found), None)
    return tuple(_line_from_wire(wire, text) for wire, (text, _) in zip(ordered, texts, strict=True)), marker


def _line_from_wire(wire: WireBillLine, text: str) -> BillLine:
    price = wire.unit_cost.amount if wire.unit_cost else ZERO
    return BillLine(
        description=text,
        quantity=wire.quantity,
        unit_price=price,
        amount=wire.amount.amount if wire.amount else wire.quantity * price,
        account=wire.category_id,
    )


def _status(wire: WireBill) -> BillStatus:
    """A status that nobody has named to us counts as closed: what is closed is not written to."""
    if wire.vis_state == DELETED:
        return BillStatus.DELETED
    if wire.vis_state == ARCHIVED:
        return BillStatus.CLOSED
    return _STATUSES.get(wire.status, BillStatus.CLOSED)


def _due_date(wire: WireBill) -> date | None:
    if wire.due_date is None and wire.issue_date is not None and wire.due_offset_days is not None:
        return wire.issue_date + timedelta(days=wire.due_offset_days)
    return wire.due_date


def _total(wire: WireBill, currency: str | None) -> Money | None:
    found = wire.total_amount or wire.amount
    return Money(found.amount, currency) if found is not None and currency is not None else None


def _wire_id(text: str) -> int | str:
    """FreshBooks documents its ids as integers; they are text on our side."""
    return int(text) if text.isascii() and text.isdecimal() else text


def _unsendable(detail: str, *, code: str = "unsendable") -> RejectedError:
    return RejectedError(f"not sent: {detail}", system="freshbooks", code=code)
