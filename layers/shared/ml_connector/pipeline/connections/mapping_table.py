"""A table of mappings, as `import-mappings` takes it and `export-mappings` writes it: comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.connections.problems import Problems

COLUMNS = ("kind", "code", "target")
PERIOD_COLUMNS = ("valid_from", "valid_to")
"""May be left out: a mapping without days is for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a table of mappings."""

    kind: ReferenceKind
    code: str
    target: str
    place: str
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def has_period(self) -> bool:
        return self.valid_from is not None or self.valid_to is not None

    def contradicts(self, other: Line) -> bool:
        """Both are for one day of one code, and say different things."""
        return (
            (self.valid_from or date.min) <= (other.valid_to or date.max)
            and (other.valid_from or date.min) <= (self.valid_to or date.max)
            and (self.target, self.valid_from, self.valid_to) != (other.target, other.valid_from, other.valid_to)
        )


def read_table(text: str, problems: Problems, *, name: str = "") -> list[Line]:
    """A code that stands there twice for one day is a problem unless both lines say the same."""
    lines: dict[tuple[ReferenceKind, str], list[Line]] = {}
    for place, row in _rows(text, problems, name):
        line = _line(row, place, problems)
        if line is None:
            continue
        others = lines.setdefault((line.kind, line.code), [])
        if any(line.contradicts(other) for other in others):
            problems.add(place, f"{line.kind} {line.code} is there twice, with different targets for the same days")
        elif line not in others:
            others.append(line)
    return [line for some in lines.values() for line in some]


def written_table(entries: Iterable[MappingEntry]) -> str:
    """A column more than is taken back: the name, for the reader."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow([*COLUMNS, *PERIOD_COLUMNS, "name"])
    for entry in entries:
        days = [day.isoformat() if day else "" for day in (entry.valid_from, entry.valid_to)]
        rows.writerow([str(entry.kind), entry.code, entry.target_id or "", *days, entry.target_name or ""])
    return written.getvalue()


def day_of(text: str) -> date | None:
    """A day as 2026-03-31, None where there is no text. Raises ValueError that says so."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day such as 2026-03-31") from error


def _line(row: dict[str, str | None], place: str, problems: Problems) -> Line | None:
    kind, code, target, first, last = ((row.get(column) or "").strip() for column in (*COLUMNS, *PERIOD_COLUMNS))
    if kind not in set(ReferenceKind) or not code or not target:
        problems.add(place, f"kind (one of {', '.join(ReferenceKind)}), code and target are needed")
        return None
    try:
        valid_from, valid_to = day_of(first), day_of(last)
    except ValueError as error:
        problems.add(place, str(error))
        return None
    if valid_from and valid_to and valid_to < valid_from:
        problems.add(place, f"valid_to {valid_to} is before valid_from {valid_from}")
        return None
    return Line(
        kind=ReferenceKind(kind), code=code, target=target, place=place, valid_from=valid_from, valid_to=valid_to
    )


def _rows(text: str, problems: Problems, name: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Each row with its place; none where the columns are others."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    place = f"{name} line".lstrip()
    try:
        if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
            told = f"the columns are {', '.join(COLUMNS)}; missing: {', '.join(missing)} (commas stand between them)"
            problems.add(f"{place} 1", told)
            return
        for row in rows:
            yield f"{place} {rows.line_num}", row
    except csv.Error as error:
        problems.add(f"{place} {rows.line_num + 1}", f"this is no table of comma-separated values: {error}")
