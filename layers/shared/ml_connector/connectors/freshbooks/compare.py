"""Whether FreshBooks holds what we meant it to hold, as far as it can hold it.

`differs` is the judge: it names what matters and leaves alone what FreshBooks has no field for.
"""

from __future__ import annotations

from collections.abc import Iterator

from ml_connector.connectors.freshbooks.mapper import due_on, seen_lines
from ml_connector.domain.records.bill import Bill, BillLine
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import Vendor, VendorRef

DESCRIPTION_LENGTH = 1000

_VENDOR_FIELDS = ("number", "name", "email", "phone", "street", "city", "region", "postal_code", "country", "currency")


def as_target_sees(record: Record, *, description_length: int = DESCRIPTION_LENGTH) -> Record:
    """The record reduced to what FreshBooks keeps of it: equal for what was sent and for what comes back unchanged.

    Payment and visibility are left out: they are FreshBooks' own, and read from the record itself.
    """
    if isinstance(record, Bill):
        return _bill_as_seen(record, description_length)
    if isinstance(record, Vendor):
        return _vendor_as_seen(record)
    return record


def differs(meant: Record, found: Record, *, description_length: int = DESCRIPTION_LENGTH) -> tuple[str, ...]:
    """Names of the fields in which `found` is not what was meant. What was not meant at all does not count."""
    ours = as_target_sees(meant, description_length=description_length)
    theirs = as_target_sees(found, description_length=description_length)
    if isinstance(ours, Bill) and isinstance(theirs, Bill):
        return tuple(_bill_differences(ours, theirs))
    if isinstance(ours, Vendor) and isinstance(theirs, Vendor):
        return tuple(_vendor_differences(ours, theirs))
    return ("kind",)


def _bill_as_seen(bill: Bill, description_length: int) -> Bill:
    currency = bill.total.currency if bill.total else bill.currency
    return Bill(
        number=_words(bill.number),
        vendor=VendorRef(internal_id=bill.vendor.internal_id),
        type=bill.type,
        issued_on=bill.issued_on,
        due_on=due_on(bill),
        currency=currency,
        lines=_lines_as_seen(bill, currency, description_length),
        total=bill.total,
        marker=bill.marker or None,
    )


def _lines_as_seen(bill: Bill, currency: str | None, description_length: int) -> tuple[BillLine, ...]:
    seen = seen_lines(bill.lines, currency=currency or "", marker=bill.marker, limit=description_length)
    return tuple(
        BillLine(
            description=shown.description,
            quantity=shown.quantity,
            unit_price=shown.unit_price,
            amount=line.amount,
            account=line.account,
        )
        for line, shown in zip(bill.lines, seen, strict=True)
    )


def _vendor_as_seen(vendor: Vendor) -> Vendor:
    return Vendor(
        number=_words(vendor.number),
        name=_words(vendor.name) or "",
        email=_words(vendor.email),
        phone=_words(vendor.phone),
        street=_words(vendor.street),
        city=_words(vendor.city),
        region=_words(vendor.region),
        postal_code=_words(vendor.postal_code),
        country=_words(vendor.country),
        currency=vendor.currency,
        marker=vendor.marker or None,
    )


def _bill_differences(meant: Bill, found: Bill) -> Iterator[str]:
    for name in ("vendor", "number", "issued_on", "due_on", "currency", "total"):
        if getattr(meant, name) != getattr(found, name):
            yield name
    if len(meant.lines) != len(found.lines):
        yield "lines"
        return
    for index, (ours, theirs) in enumerate(zip(meant.lines, found.lines, strict=True), start=1):
        if ours.amount != theirs.amount:
            yield f"lines[{index}].amount"
        if theirs.account is not None and ours.account != theirs.account:
            yield f"lines[{index}].account"


def _vendor_differences(meant: Vendor, found: Vendor) -> Iterator[str]:
    for name in _VENDOR_FIELDS:
        ours, theirs = getattr(meant, name), getattr(found, name)
        if ours is not None and ours != theirs:
            yield name


def _words(text: str | None) -> str | None:
    """Blanks are not content."""
    return " ".join(text.split()) or None if text is not None else None
