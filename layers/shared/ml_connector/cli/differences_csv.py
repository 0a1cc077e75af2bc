"""A reconciliation as a table for spreadsheets: a row a total and a row a difference, in the same columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ml_connector.console.reconciliation import amount_of, could_be, place_of, what_differs
from ml_connector.pipeline.reporting.differences import Difference
from ml_connector.pipeline.reporting.vendor_differences import VendorComparison, VendorDifference

if TYPE_CHECKING:
    from ml_connector.pipeline.reporting.control_lines import Line
    from ml_connector.pipeline.reporting.reconcile import Reconciliation

_COLUMNS = (
    "flow",
    "what",
    "kind",
    "weight",
    "month",
    "currency",
    "number",
    "record",
    "target_id",
    "source",
    "target",
    "documents",
    "amount",
    "next",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(documents: Sequence[Reconciliation], vendors: Sequence[VendorComparison]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for one in documents:
        rows = [*(row for line in one.lines for row in _line_cells(line)), *map(_difference_cells, one.differences)]
        writer.writerows(safe({"flow": str(one.flow), **row}) for row in rows)
    for compared in vendors:
        flow = str(compared.flow)
        writer.writerows(safe({"flow": flow, **_vendor_cells(each)}) for each in compared.differences)
    return out.getvalue()


def _line_cells(line: Line) -> Iterator[dict[str, str]]:
    place = {"what": "total", "month": line.month or "", "currency": line.currency or ""}
    counted = {"source": line.source, **line.states, "approved": line.approved, "in_target": line.in_target}
    for name, some in counted.items():
        amount = amount_of(some, line.currency).replace(",", "")
        yield {**place, "kind": name, "documents": str(some.records), "amount": amount}


def _difference_cells(one: Difference) -> dict[str, str]:
    months, currencies = place_of(one)
    return {
        "what": "difference",
        "kind": one.kind.value,
        "weight": one.weight.value,
        "month": months,
        "currency": currencies,
        "number": one.number or "",
        "record": str(one.record or ""),
        "target_id": one.target_id or "",
        "source": one.source,
        "target": one.target,
        "next": one.next,
    }


def _vendor_cells(one: VendorDifference) -> dict[str, str]:
    return {
        "what": "vendor",
        "kind": one.kind.value,
        "weight": one.weight.value,
        "number": one.number or "",
        "record": one.name,
        "target_id": " ".join(one.ids),
        "source": what_differs(one),
        "target": could_be(one),
        "next": one.text,
    }


def safe(cells: dict[str, str]) -> dict[str, str]:
    """What begins like a formula is text to a spreadsheet with an apostrophe before it; amounts are numbers."""
    return {
        name: f"'{text}" if text.startswith(_FORMULA) and name != "amount" else text for name, text in cells.items()
    }
