"""Serve a published J1P list as it is. Where a header has no detail, one is made up that adds up to it.

Deterministic by invoiceId. Everything made up says so: its description ends with "(generated)".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tests.simulators.jaggaer import charges, exact_json, segments, stamps
from tests.simulators.jaggaer.charges import exact
from tests.simulators.jaggaer.invoice_header import CREDIT_MEMO, terms_of
from tests.simulators.jaggaer.invoices import InvoiceBook
from tests.simulators.jaggaer.lines import groups_of, invoice_line

_LIST = "invoice-list.json"
_DETAIL = "invoice-detail.json"
_ACCOUNTS = ("600100", "600200", "610000", "620000", "630000")
_THINGS = ("Consumables", "Equipment hire", "Repair", "Delivery", "Subscription", "Consulting")
_QUANTITIES = (1, 2, 4, 5, 10)  # any amount in cents divides by these and stays exact
_LINE_IDS_FROM = 9_000_001

type AddSupplier = Callable[..., object]
type AddOrder = Callable[..., object]


def load(folder: Path, *, invoices: InvoiceBook, add_supplier: AddSupplier, add_order: AddOrder) -> None:
    headers = [row["header"] for row in exact_json.loads((folder / _LIST).read_bytes())["jiinvoiceList"]["jiinvoice"]]
    details = _published_details(folder)
    line_ids = count(_LINE_IDS_FROM)
    _add_suppliers(headers, add_supplier)
    for header in headers:
        detail = details.get(header["invoiceId"])
        if detail is None:
            detail, order_lines = _made_up(header, line_ids)
            _add_order(header, order_lines, add_order)
        invoices.put(detail)


def _published_details(folder: Path) -> dict[int, dict[str, Any]]:
    path = folder / _DETAIL
    if not path.exists():
        return {}
    detail = exact_json.loads(path.read_bytes())
    return {detail["header"]["invoiceId"]: detail}


def _add_suppliers(headers: list[dict[str, Any]], add_supplier: AddSupplier) -> None:
    """One for each number, named as first seen."""
    seen: set[str] = set()
    for header in headers:
        supplier = header["supplier"]
        if supplier["supplierNumber"] in seen:
            continue
        seen.add(supplier["supplierNumber"])
        changed = stamps.digits(stamps.read_instant(header["lastUpdate"]))
        add_supplier(
            number=supplier["supplierNumber"],
            name=supplier["name"],
            bravoId=str(supplier["id"]),
            dAndBCode=supplier.get("duns", ""),
            lastModTime=changed,
            registrationDate=changed[:8],
        )


def _add_order(header: Mapping[str, Any], lines: list[dict[str, Any]], add_order: AddOrder) -> None:
    """The order that a made-up line names. A credit memo names one, and adds none."""
    if "poNumber" in lines[0] and header["invoiceType"] != CREDIT_MEMO:
        number = header["supplier"]["supplierNumber"]
        add_order(number=lines[0]["poNumber"], supplier=number, lines=lines, lastUpdate=header["lastUpdate"])


def _made_up(header: Mapping[str, Any], line_ids: count[int]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A detail for a header, and its lines in the short form."""
    chance = Random(header["invoiceId"])
    unit = charges.smallest_unit(header.get("total", {}).get("currency", "USD"))
    shorts = [_short_line(header, amount, chance) for amount in _parts(_net(header, unit, chance), unit, chance)]
    lines = [invoice_line(short, number=place, line_id=next(line_ids)) for place, short in enumerate(shorts, start=1)]
    weights = [charges.line_amount(line, unit) for line in lines]
    for name in charges.SHARED:
        for line, share in zip(lines, charges.allocate(exact(header[name]), weights, unit), strict=True):
            line[name] = share
    detail_words = {"terms": terms_of("Net 30"), "splittableFieldSetGroupList": groups_of(shorts[0])}
    return {"header": {**header, **detail_words}, "lineList": {"invoiceLine": lines}}, shorts


def _net(header: Mapping[str, Any], unit: Decimal, chance: Random) -> Decimal:
    """What the lines must come to: the total without charges, before the discount. Any amount where there is none."""
    if "total" not in header:
        return Decimal(chance.randint(10_000, 500_000)) * unit
    total = exact(header["total"]["value"])
    discount = abs(exact(header[charges.DISCOUNT])).copy_sign(total)
    return total + discount - sum((exact(header[name]) for name in charges.CHARGES), Decimal(0))


def _parts(net: Decimal, unit: Decimal, chance: Random) -> list[Decimal]:
    weights = [Decimal(chance.randint(1, 9)) for _ in range(chance.randint(1, 3))]
    return [part for part in charges.allocate(net, weights, unit) if part] or [net]


def _short_line(header: Mapping[str, Any], amount: Decimal, chance: Random) -> dict[str, Any]:
    quantity = chance.choice(_QUANTITIES)
    short: dict[str, Any] = {
        "description": f"{chance.choice(_THINGS)} (generated)",
        "quantity": quantity,
        "unitPrice": amount / quantity,
        "account": chance.choice(_ACCOUNTS),
        "department": chance.choice(tuple(segments.DEPARTMENTS)),
    }
    ordered = header["invoiceLineType"] == "PO"
    return {**short, "poNumber": f"{header['invoiceId']:010d}"} if ordered else short
