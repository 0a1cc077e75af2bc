"""Purchase orders. Their J1P shape is not public: this is the one our default profile proposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from itertools import count
from typing import Any

from tests.simulators.jaggaer import filters, stamps
from tests.simulators.jaggaer.charges import exact
from tests.simulators.jaggaer.invoice_header import apply
from tests.simulators.jaggaer.lines import groups_of
from tests.simulators.jaggaer.pages import Listing

_FIELDS = {
    "apStatus": filters.text("apStatus"),
    "lastUpdate": filters.instant("lastUpdate"),
    "poId": filters.number("poId"),
    "poNumber": filters.text("poNumber"),
    "supplierNumber": filters.SUPPLIER_NUMBER,
    "supplierStatus": filters.text("supplierStatus"),
    "workflowStatus": filters.text("workflowStatus"),
}


class OrderBook:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._orders: dict[int, dict[str, Any]] = {}
        self._ids = count(5_000_001)

    def add(
        self, *, number: str, supplier: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], header: Mapping[str, Any]
    ) -> dict[str, Any]:
        po_id = int(header.get("poId") or next(self._ids))
        now = self._clock()
        new = {
            "poId": po_id,
            "poNumber": number,
            "revisionNumber": 0,
            "lastUpdate": stamps.instant(now),
            "createDate": stamps.midnight(now.date()),
            "supplier": dict(supplier),
            "currency": "USD",
            "workflowStatus": "Completed",
            "supplierStatus": "SentToSupplier",
            "apStatus": "Open",
            "businessUnit": "0004",
        }
        apply(new, header)
        self._orders[po_id] = {"header": new, "lineList": {"poLine": _lines(lines)}}
        return deepcopy(self._orders[po_id])

    def set_status(self, number: str, statuses: Mapping[str, str]) -> dict[str, Any]:
        return self._change(number, statuses)

    def edit(self, number: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """A change order: the revision rises."""
        order = self._fetch(number)
        others = dict(changes)
        if "lines" in others:
            order["lineList"] = {"poLine": _lines(others.pop("lines"))}
        return self._change(number, {"revisionNumber": order["header"]["revisionNumber"] + 1, **others})

    def find(self, po_id: str) -> dict[str, Any] | None:
        return self._orders.get(int(po_id)) if po_id.isdigit() else None

    def all(self) -> list[dict[str, Any]]:
        return deepcopy([self._orders[po_id] for po_id in sorted(self._orders)])

    def listing(self) -> Listing:
        rows = [self._orders[po_id]["header"] for po_id in sorted(self._orders)]
        return Listing(rows=rows, fields=_FIELDS, wrap=_wrap)

    def _change(self, number: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        order = self._fetch(number)
        stamp = stamps.later_instant(self._clock(), order["header"]["lastUpdate"])
        apply(order["header"], {"lastUpdate": stamp, **changes})
        return deepcopy(order)

    def _fetch(self, number: str) -> dict[str, Any]:
        for order in self._orders.values():
            if order["header"]["poNumber"] == number:
                return order
        raise LookupError(f"no purchase order {number}")


def _wrap(page: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"jipurchaseOrderList": {"jipurchaseOrder": [{"header": header} for header in page]}}


def _lines(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_line(short, number) for number, short in enumerate(lines, start=1)]


def _line(short: Mapping[str, Any], number: int) -> dict[str, Any]:
    line = {
        "lineNumber": number,
        "item": {
            "description": short.get("description", "Item"),
            "unitOfMeasure": {"dimension": short.get("unit", "EA"), "alternateUnitOfMeasure": []},
            "productType": "NonCatalogItem",
        },
        "quantity": exact(short.get("quantity", 1)),
        "unitPrice": exact(short["unitPrice"]),
    }
    groups = groups_of(short)
    return line if groups is None else {**line, "splittableFieldSetGroupList": groups}
