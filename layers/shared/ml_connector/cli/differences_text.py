"""Differences as `reconcile` prints them: the two totals month by month, then each difference with what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ml_connector.cli.tables import pairs, table
from ml_connector.console.reconciliation import amount_of, could_be, equation, place_of, vendor_verdict, verdict
from ml_connector.pipeline.reporting.vendor_differences import VendorComparison, VendorDifference

if TYPE_CHECKING:
    from ml_connector.pipeline.reporting.control_lines import Line
    from ml_connector.pipeline.reporting.reconcile import Reconciliation


def documents_text(one: Reconciliation, width: int | None, *, strict: bool) -> str:
    period = " ".join(part for part in (one.month or "all months", one.currency or "") if part)
    title = f"{one.flow.flow} ({one.flow.source} -> {one.flow.target}), {period}"
    headers = ["MONTH", "CURRENCY", "STATE", "DOCUMENTS", "AMOUNT"]
    rows = [row for line in one.lines for row in _line_rows(line)]
    shown = table(headers, rows, width=width, right=headers[3:]) if rows else "No document yet."
    sums = "\n".join(f"{line.month or '-'} {line.currency or '-'}: {equation(line)}" for line in one.lines)
    parts = [title, shown, sums, *_listed(one, width), verdict(one, strict=strict)]
    return "\n\n".join(part for part in parts if part)


def _line_rows(line: Line) -> Iterator[list[str]]:
    place = [line.month or "", line.currency or ""]
    yield [*place, "in the source", f"{line.source.records:,}", amount_of(line.source, line.currency)]
    for name, some in line.states.items():
        yield [*place, f"  {name.replace('_', ' ')}", f"{some.records:,}", amount_of(some, line.currency)]


def _listed(one: Reconciliation, width: int | None) -> Iterator[str]:
    for each in one.differences:
        months, currencies = place_of(each)
        facts = [
            ("source", each.source),
            ("target", each.target),
            ("where", " ".join(part for part in (months, currencies) if part)),
            ("target id", each.target_id or ""),
            ("record", str(each.record or "")),
            ("next", each.next),
        ]
        yield (
            f"{each.weight}: {each.kind.replace('_', ' ')} {each.number or ''}".rstrip()
            + "\n"
            + pairs(facts, width=width)
        )


def vendors_text(one: VendorComparison, width: int | None, *, strict: bool) -> str:
    title = f"Vendors of {one.flow.source} ({one.source_vendors:,}) and {one.flow.target} ({one.target_vendors:,})"
    parts = [title, f"{one.same:,} are in both and alike.", *(_vendor_text(each, width) for each in one.differences)]
    return "\n\n".join([*parts, vendor_verdict(one, strict=strict)])


def _vendor_text(each: VendorDifference, width: int | None) -> str:
    facts = [
        ("ids", ", ".join(each.ids)),
        *((one.field, f"{one.source} | there: {one.target or 'nothing'}") for one in each.fields),
        ("could be", could_be(each)),
        ("next", each.text),
    ]
    name = f"{each.number or 'no number'} {each.name}".strip()
    return f"{each.weight}: {each.kind.replace('_', ' ')}: {name}\n{pairs(facts, width=width)}"
