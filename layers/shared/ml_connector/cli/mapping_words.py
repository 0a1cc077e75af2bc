"""What the mapping commands print: mappings, their history, what a change touches, what is broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ml_connector.cli.tables import table
from ml_connector.cli.words import amount, count, hint, suggestions, when
from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.mapping import MappingChange

if TYPE_CHECKING:
    from ml_connector.pipeline.connections.mapping_check import Broken
    from ml_connector.pipeline.connections.mapping_reach import Touched

_SHOWN = 50


def days(entry: MappingEntry) -> str:
    """` from 2026-07-01 to 2026-12-31`; nothing where it is for all days."""
    first = f" from {entry.valid_from}" if entry.valid_from else ""
    return f"{first} to {entry.valid_to}" if entry.valid_to else first


def listed(entries: Iterable[MappingEntry], *, width: int | None) -> str:
    headers = ["CONNECTION", "KIND", "CODE", "TARGET", "NAME", "DAYS", "SET BY", "AT (UTC)"]
    rows = [
        [
            *(entry.connection.name, str(entry.kind), entry.code, entry.target_id or "", entry.target_name or ""),
            *(days(entry).strip() or "all", entry.set_by, when(entry.set_at)),
        ]
        for entry in entries
    ]
    return table(headers, rows, width=width)


def history_text(changes: Iterable[MappingChange], *, width: int | None) -> str:
    headers = ["CONNECTION", "KIND", "CODE", "VERSION", "AT (UTC)", "BY", "BEFORE", "AFTER"]
    rows = [
        [
            *(change.entry.connection.name, str(change.entry.kind), change.entry.code, str(change.entry.version)),
            *(when(change.entry.set_at), change.entry.set_by, _all_of(change.before), _all_of(change.after)),
        ]
        for change in changes
    ]
    return table(headers, rows, width=width)


def told_touched(touched: Sequence[Touched], *, width: int | None) -> str:
    """Nothing where no open document names one of the codes."""
    if not touched:
        return ""
    rows = [
        [
            *(one.number or one.record.external_id, str(one.state), amount(one.amount), ", ".join(one.codes)),
            "yes" if one.waits else "no",
        ]
        for one in touched[:_SHOWN]
    ]
    shown = table(["NUMBER", "STATE", "AMOUNT", "NAMES", "WAITS FOR IT"], rows, width=width, right=["AMOUNT"])
    more = f"\n... and {len(touched) - _SHOWN:,} more: see --json" if len(touched) > _SHOWN else ""
    return f"It touches {count(len(touched), 'open document')}:\n{shown}{more}"


def told_check(found: Sequence[Broken], *, width: int | None) -> str:
    if not found:
        return "Every mapping leads to an entry that can be used."
    rows = [
        [
            *(one.entry.connection.name, str(one.entry.kind), one.entry.code, days(one.entry).strip() or "all"),
            *(one.text, suggestions(one.candidates)),
        ]
        for one in found
    ]
    shown = table(["CONNECTION", "KIND", "CODE", "DAYS", "WHAT IS WRONG", "COULD BE"], rows, width=width)
    return f"{shown}\n\nMap each anew: {hint('map', '<kind>', '<code>', '<target>')}; the same one, if it is right."


def _all_of(entries: Sequence[MappingEntry]) -> str:
    return "; ".join(f"{one.target_name or ''} ({one.target_id}){days(one)}".strip() for one in entries) or "none"
