"""The comparison, side by side, between two markers of a document. A run replaces the rows that it measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.benchmarks.exactly_once.scenarios import Result
from tests.benchmarks.report import shown

DOCUMENT = Path(__file__).parents[3] / "docs" / "exactly-once.md"
BEGIN, END = "<!-- make exactly-once writes from here -->", "<!-- to here -->"
COLUMNS = (
    "documents",
    "scenario",
    "client",
    "extra bills",
    "missing bills",
    "in doubt",
    "target calls a document",
    "source calls a document",
    "wall s",
    "CPU s",
    "clock min",
)
type Cells = tuple[str, ...]


def cells(result: Result) -> Cells:
    scenario = f"{result.scenario}, {result.kills} times" if result.kills else result.scenario
    counts = (result.extra, result.missing, result.in_doubt)
    measured = (result.target_calls, result.source_calls, result.wall_seconds, result.cpu_seconds, result.clock_minutes)
    return (shown(result.documents), scenario, result.client, *map(shown, counts), *map(shown, measured))


def write(results: Sequence[Result], *, order: Sequence[str]) -> None:
    """Raises: ValueError where the document has lost its markers."""
    text = DOCUMENT.read_text()
    before, begin, rest = text.partition(BEGIN)
    former, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} has no place for the table: {BEGIN} ... {END}")
    rows = {_key(row): row for row in (*_rows(former), *map(cells, results))}
    ranked = sorted(rows.values(), key=lambda row: (int(row[0].replace(",", "")), _rank(row, order)))
    lines = [_line(COLUMNS), _line(["---"] * len(COLUMNS)), *map(_line, ranked), "", _machine()]
    DOCUMENT.write_text("\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"]))


def _rows(table: str) -> list[Cells]:
    lines = [line for line in table.splitlines() if line.startswith("| ")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def _key(row: Cells) -> Cells:
    """How often a client was killed is a finding, as the rest is."""
    return row[0], row[1].partition(",")[0], row[2]


def _rank(row: Cells, order: Sequence[str]) -> tuple[int, str]:
    return next((place for place, name in enumerate(order) if row[1].startswith(name)), len(order)), row[2]


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _machine() -> str:
    load, python = os.getloadavg()[0], platform.python_version()
    return f"Last run on {os.cpu_count()} cores, Python {python}, load {load:.1f} when this was written."
