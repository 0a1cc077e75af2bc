"""The invoices JAGGAER holds: approved or not, edited, cancelled. Every change moves `lastUpdate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from itertools import count
from typing import Any

from tests.simulators.jaggaer import charges, filters, invoice_header, segments, stamps
from tests.simulators.jaggaer.charges import Amount, exact
from tests.simulators.jaggaer.lines import groups_of, invoice_line
from tests.simulators.jaggaer.pages import Listing

_FIELDS = {
    **{name: filters.instant(name) for name in ("lastUpdate", "invoiceDate", "dueDate", "accountingDate")},
    **{name: filters.text(name) for name in ("invoiceNumber", "supplierInvoiceNumber", "invoiceType", "businessUnit")},
    **{name: filters.text(name) for name in ("invoiceLineType", "paymentStatus", "workflowStatus", "matchStatus")},
    "invoiceId": filters.number("invoiceId"),
    "supplierNumber": filters.SUPPLIER_NUMBER,
}
_GROUPS = "splittableFieldSetGroupList"


class Total(Enum):
    COMPUTED = "computed"  # from lines and charges


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """What a test says of an invoice. `total=None` leaves the total out; `header` overrides any wire field."""

    number: str
    supplier: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    total: Amount | Total | None = Total.COMPUTED
    currency: str = "USD"
    account: str | None = None
    misc_fee: Amount | None = None
    terms: str = "Net 30"
    approved: bool = True
    header: Mapping[str, Any] = field(default_factory=dict)


class InvoiceBook:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._documents: dict[int, dict[str, Any]] = {}
        self._ids = count(3_000_001)
        self._line_ids = count(8_000_001)

    def add(self, new: NewInvoice) -> dict[str, Any]:
        invoice_id = int(new.header.get("invoiceId") or next(self._ids))
        lines = self._lines(new.lines)
        header = _header(new, invoice_id, lines, self._clock())
        _settle(header, lines, total=new.total, currency=new.currency, given=new.header)
        return self.put({"header": header, "lineList": {"invoiceLine": lines}})

    def put(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a whole document as it is."""
        invoice_id = int(document["header"]["invoiceId"])
        if invoice_id in self._documents:
            raise ValueError(f"invoice {invoice_id} is there already")
        self._documents[invoice_id] = deepcopy(dict(document))
        return deepcopy(self._documents[invoice_id])

    def edit(self, invoice_id: int, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Header fields, `lines` and `total`. New lines or charges make a new total unless one is given."""
        document = self._fetch(invoice_id)
        header, others = document["header"], dict(changes)
        lines, total = others.pop("lines", None), others.pop("total", Total.COMPUTED)
        currency = others.pop("currency", header.get("total", {}).get("currency", "USD"))
        stamp = stamps.later_instant(self._clock(), header["lastUpdate"])
        invoice_header.apply(header, {"lastUpdate": stamp, **others})
        if lines is not None:
            document["lineList"] = {"invoiceLine": self._lines(lines)}
            header |= invoice_header.line_kind_words(document["lineList"]["invoiceLine"])
        if lines is not None or total is not Total.COMPUTED or others.keys() & set(charges.SHARED):
            kept = document["lineList"]["invoiceLine"]
            _forget_shares(kept, others)
            _settle(header, kept, total=total, currency=currency, given=others)
        return deepcopy(document)

    def cancel(self, invoice_id: int) -> dict[str, Any]:
        """A cancelled invoice keeps its header and loses its lines."""
        self._fetch(invoice_id)["lineList"] = {"invoiceLine": []}
        return self.edit(invoice_id, {"paymentStatus": "Cancelled"})

    def find(self, invoice_id: str) -> dict[str, Any] | None:
        return self._documents.get(int(invoice_id)) if invoice_id.isdigit() else None

    def all(self) -> list[dict[str, Any]]:
        return deepcopy([self._documents[invoice_id] for invoice_id in sorted(self._documents)])

    def listing(self) -> Listing:
        """Sorted by invoiceId, never by change: what a poll must live with."""
        rows = [invoice_header.listed(self._documents[key]["header"]) for key in sorted(self._documents)]
        return Listing(rows=rows, fields=_FIELDS, wrap=_wrap)

    def _lines(self, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [invoice_line(short, number=place, line_id=next(self._line_ids)) for place, short in enumerate(lines, 1)]

    def _fetch(self, invoice_id: int) -> dict[str, Any]:
        if invoice_id not in self._documents:
            raise LookupError(f"no invoice {invoice_id}")
        return self._documents[invoice_id]


def _wrap(page: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"jiinvoiceList": {"jiinvoice": [{"header": header} for header in page]}}


def _header(new: NewInvoice, invoice_id: int, lines: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    day = date.fromisoformat(str(new.header.get("invoiceDate", now.date()))[:10])
    header = invoice_header.new_header(
        invoice_id=invoice_id, number=new.number, now=now, issued_on=day, terms=new.terms
    )
    header |= {"supplier": dict(new.supplier), **invoice_header.line_kind_words(lines)}
    header |= dict.fromkeys(charges.SHARED, 0)
    header["workflowStatus"] = "Completed" if new.approved else "Pending"
    header["miscFeeList"] = {"miscFee": [{"name": "MiscFee1", "fee": exact(new.misc_fee or 0)}]}
    if new.header.get("invoiceType") == invoice_header.CREDIT_MEMO:
        del header["earlyPaymentDiscount"]
    groups = _header_groups(new)
    if groups is not None:
        header[_GROUPS] = groups
    invoice_header.apply(header, {**new.header, "invoiceDate": day})
    return header


def _header_groups(new: NewInvoice) -> dict[str, Any] | None:
    """The header's own segments, or those of its first line that names some."""
    if new.account is not None:
        return segments.group_list(segments.whole(account=new.account))
    return next((groups for groups in map(groups_of, new.lines) if groups is not None), None)


def _settle(
    header: dict[str, Any],
    lines: list[dict[str, Any]],
    *,
    total: Amount | Total | None,
    currency: str,
    given: Mapping[str, Any],
) -> None:
    unit = charges.smallest_unit(currency)
    for name in given.keys() & set(charges.SHARED):
        header[name] = exact(header[name])
    charges.settle(header, lines, given=given, unit=unit)
    header.setdefault("tax1HeaderChargeDetail", {"engineTax": 0})
    header["tax1HeaderChargeDetail"] |= {"currentTax": header["taxCharge1"]}
    if total is None:
        header.pop("total", None)
        return
    value = charges.total_of(header, lines, unit) if isinstance(total, Total) else exact(total)
    header["total"] = {"currency": currency, "value": value}


def _forget_shares(lines: Sequence[dict[str, Any]], changes: Mapping[str, Any]) -> None:
    for line in lines:
        for name in changes.keys() & set(charges.SHARED):
            line.pop(name, None)
