"""The frame of every page, and tables in it: plain HTML, no script, nothing loaded from elsewhere.

Whatever comes from a system or a person is escaped here, once: callers pass text, never markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
p.fact { color: #666; margin: .2rem 0; } p.good { color: #1b7a3d; } p.bad { color: #b3261e; }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1.4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8884; }
th { font-weight: 600; white-space: nowrap; } .number { text-align: right; font-variant-numeric: tabular-nums; }
tr.bad td:first-child { border-left: 3px solid #b3261e; } tr.note td:first-child { border-left: 3px solid #8888; }
@media print { body { margin: 0; max-width: none; } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """`tone` colours the row's edge: "bad", "note" or nothing."""

    cells: Sequence[str]
    tone: str = ""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole document. The policy in it forbids scripts, should a mistake ever let one in."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def heading(text: str, *, level: int = 2) -> str:
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, *, tone: str = "") -> str:
    return f"<p{_classed(tone)}>{escape(text)}</p>"


def table(headers: Sequence[str], rows: Iterable[TableRow], *, numbers: Sequence[str] = ()) -> str:
    """`numbers` names the headers of columns that are aligned to the right."""
    tones = ["number" if header in numbers else "" for header in headers]
    head = "".join(
        f'<th scope="col"{_classed(tone)}>{escape(header)}</th>' for header, tone in zip(headers, tones, strict=True)
    )
    body = "\n".join(_row(row, tones) for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _row(row: TableRow, tones: Sequence[str]) -> str:
    cells = "".join(f"<td{_classed(tone)}>{escape(cell)}</td>" for cell, tone in zip(row.cells, tones, strict=True))
    return f"<tr{_classed(row.tone)}>{cells}</tr>"


def _classed(tone: str) -> str:
    return f' class="{escape(tone)}"' if tone else ""
