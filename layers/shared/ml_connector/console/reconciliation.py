"""A reconciliation as a page that an accountant can file: the verdict first, then the totals, then every difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ml_connector.console.page import TableRow, heading, page, paragraph, table
from ml_connector.domain.money import minor_digits
from ml_connector.pipeline.reporting.differences import Difference, Weight
from ml_connector.pipeline.reporting.vendor_differences import VendorComparison, VendorDifference

if TYPE_CHECKING:
    from ml_connector.pipeline.reporting.control_lines import Line, Sum
    from ml_connector.pipeline.reporting.reconcile import Reconciliation

_LINE = ("Month", "Currency", "", "Documents", "Amount")
_DIFFERENCE = (
    "Difference",
    "Number",
    "Month",
    "Currency",
    "Source",
    "Target",
    "Target id",
    "Record",
    "What to do next",
)
_VENDOR = ("Difference", "Number", "Name", "Ids", "What differs", "Could be", "What to do next")


def reconciliation_page(
    documents: Sequence[Reconciliation], vendors: Sequence[VendorComparison], *, made_at: datetime, strict: bool
) -> str:
    parts = [heading("Reconciliation", level=1), paragraph(f"Made {made_at:%Y-%m-%d %H:%M} UTC", tone="fact")]
    for one in documents:
        parts += _documents(one, strict=strict)
    for compared in vendors:
        parts += _vendors(compared, strict=strict)
    return page("Reconciliation", parts)


def verdict(one: Reconciliation, *, strict: bool) -> str:
    mismatches, notes = len(one.mismatches), len(one.differences) - len(one.mismatches)
    moved = f" {_many(one.moved, 'document')} moved meanwhile, to be judged the next time." if one.moved else ""
    if one.matches(strict=strict):
        beside = f" {_many(notes, 'note')} beside." if notes else ""
        return f"Both sides match.{beside}{moved}"
    if not one.differences:
        return f"The totals do not add up, though no document differs.{moved}"
    return f"The sides do not match: {_many(mismatches, 'mismatch', 'mismatches')}, {_many(notes, 'note')}.{moved}"


def vendor_verdict(one: VendorComparison, *, strict: bool) -> str:
    if one.matches(strict=strict):
        beside = f" {_many(len(one.differences), 'note')} beside." if one.differences else ""
        return f"The vendor lists match.{beside}"
    return f"The vendor lists do not match: {_many(len(one.differences), 'difference')}."


def equation(line: Line) -> str:
    """Approved in the source = in the target + whatever waits, in documents and in money."""
    parts = [f"{_shown(line.in_target, line)} in the target"]
    parts += [f"{_shown(some, line)} {name.replace('_', ' ')}" for name, some in line.waiting.items()]
    sign = "=" if line.approved_adds_up else "is not"
    return f"{_shown(line.approved, line)} approved {sign} {' + '.join(parts)}"


def amount_of(some: Sum, currency: str | None) -> str:
    return f"{some.amount:,.{minor_digits(currency)}f}" if currency else ""


def place_of(one: Difference) -> tuple[str, str]:
    """Month and currency; where the sides differ, the source's first."""
    months = dict.fromkeys(place.month or "?" for place in one.places)
    currencies = dict.fromkeys(place.currency or "?" for place in one.places)
    return " / ".join(months), " / ".join(currencies)


def what_differs(one: VendorDifference) -> str:
    return "; ".join(f"{each.field}: {each.source} there: {each.target or 'nothing'}" for each in one.fields)


def could_be(one: VendorDifference) -> str:
    return ", ".join(f"{each.id} {each.name} ({each.score:.2f})" for each in one.candidates)


def _documents(one: Reconciliation, *, strict: bool) -> Iterator[str]:
    period = " ".join(part for part in (one.month or "all months", one.currency or "") if part)
    yield heading(f"{one.flow.flow} ({one.flow.source} to {one.flow.target}), {period}")
    yield paragraph(verdict(one, strict=strict), tone="good" if one.matches(strict=strict) else "bad")
    read = f"{one.source_records:,} documents listed by {one.flow.source}, {one.target_records:,} by {one.flow.target}"
    yield paragraph(f"{read}; read from {one.began:%Y-%m-%d %H:%M} UTC on", tone="fact")
    for line in one.lines:
        yield paragraph(f"{line.month or 'no month'} {line.currency or 'no currency'}: {equation(line)}", tone="fact")
    if one.lines:
        yield heading("Control totals", level=3)
        yield table(_LINE, [row for line in one.lines for row in _line(line)], numbers=("Documents", "Amount"))
    if one.differences:
        yield heading("Differences", level=3)
        yield table(_DIFFERENCE, [_difference(each) for each in one.differences])


def _line(line: Line) -> Iterator[TableRow]:
    yield _counted(line, "in the source", line.source, bad=not line.adds_up)
    for name, some in line.states.items():
        yield _counted(line, name.replace("_", " "), some)
    yield _counted(line, "approved in the source", line.approved, bad=not line.approved_adds_up)
    yield _counted(line, "of it in the target", line.in_target)


def _counted(line: Line, name: str, some: Sum, *, bad: bool = False) -> TableRow:
    cells = (line.month or "", line.currency or "", name, f"{some.records:,}", amount_of(some, line.currency))
    return TableRow(cells=cells, tone="bad" if bad else "")


def _difference(one: Difference) -> TableRow:
    month, currency = place_of(one)
    return TableRow(
        cells=(
            one.kind.replace("_", " "),
            one.number or "",
            month,
            currency,
            one.source,
            one.target,
            one.target_id or "",
            one.record.external_id if one.record else "",
            one.next,
        ),
        tone=_tone(one.weight),
    )


def _vendors(one: VendorComparison, *, strict: bool) -> Iterator[str]:
    yield heading(f"Vendors of {one.flow.source} and {one.flow.target}")
    yield paragraph(vendor_verdict(one, strict=strict), tone="good" if one.matches(strict=strict) else "bad")
    yield paragraph(f"{one.source_vendors:,} and {one.target_vendors:,} vendors, {one.same:,} alike", tone="fact")
    if one.differences:
        yield table(_VENDOR, [_vendor(each) for each in one.differences])


def _vendor(one: VendorDifference) -> TableRow:
    cells = (
        one.kind.replace("_", " "),
        one.number or "",
        one.name,
        ", ".join(one.ids),
        what_differs(one),
        could_be(one),
        one.text,
    )
    return TableRow(cells=cells, tone=_tone(one.weight))


def _tone(weight: Weight) -> str:
    tones: Mapping[Weight, str] = {Weight.MISMATCH: "bad", Weight.NOTE: "note"}
    return tones[weight]


def _shown(some: Sum, line: Line) -> str:
    money = amount_of(some, line.currency)
    return f"{some.records:,}{f' ({money} {line.currency})' if money else ''}"


def _many(number: int, thing: str, things: str | None = None) -> str:
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"
