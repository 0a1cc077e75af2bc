"""What a benchmark found: a table for people, and the same as JSON where BENCHMARK_JSON is set."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).parent / "results"

type Cell = str | int | float


@dataclass(kw_only=True)
class Table:
    """One measurement's rows. Notes say what a reader must know beside the numbers."""

    name: str
    title: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        self.rows.append(cells)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def show(self) -> None:
        print(f"\n\n{self.title}\n")
        texts = [list(self.columns), *([shown(cell) for cell in row] for row in self.rows)]
        widths = [max(len(line[place]) for line in texts) for place in range(len(self.columns))]
        print(_line(texts[0], widths))
        print(_line(["-" * width for width in widths], widths))
        for text in texts[1:]:
            print(_line(text, widths))
        for note in self.notes:
            print(f"  * {note}")
        self._write()

    def _write(self) -> None:
        if not os.environ.get("BENCHMARK_JSON"):
            return
        RESULTS.mkdir(exist_ok=True)
        found = {**asdict(self), "machine": {"cores": os.cpu_count(), "python": platform.python_version()}}
        (RESULTS / f"{self.name}.json").write_text(json.dumps(found, indent=2) + "\n")


def shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:,.3g}" if abs(cell) < 1 else f"{cell:,.2f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def middle(values: Sequence[float]) -> float:
    return float(median(values))


def sizes(default: str) -> list[int]:
    """How many documents: BENCHMARK_SIZES=100,1000 makes a shorter run."""
    return [int(text) for text in os.environ.get("BENCHMARK_SIZES", default).split(",")]


def runs(default: int) -> int:
    return int(os.environ.get("BENCHMARK_RUNS", default))


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    """The first column to the left, the others to the right."""
    first, *others = zip(texts, widths, strict=True)
    return "  ".join(["  " + first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]).rstrip()
