"""Plain tables: aligned columns, two blanks between them, the widest ones wrapped where the screen is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

GAP = "  "
NARROWEST = 14


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None, right: Sequence[str] = ()
) -> str:
    """`right` names the headers of columns that are aligned to the right. Without a width nothing is wrapped."""
    cells = [list(headers), *([one or "-" for one in row] for row in rows)]
    widths = _fitted([max(len(row[place]) for row in cells) for place in range(len(headers))], width)
    to_right = [header in right for header in headers]
    return "\n".join(line for row in cells for line in _lines(row, widths, to_right))


def pairs(rows: Sequence[tuple[str, str]], *, width: int | None, indent: str = "  ") -> str:
    """Names and what they are, one below the other; an empty value leaves its line out."""
    shown = [(name, text) for name, text in rows if text]
    margin = max((len(name) for name, _ in shown), default=0)
    room = None if width is None else max(NARROWEST, width - margin - len(indent) - len(GAP))
    lines = []
    for name, text in shown:
        first, *more = _wrapped(text, room)
        lines.append(f"{indent}{name:<{margin}}{GAP}{first}")
        lines.extend(f"{indent}{'':<{margin}}{GAP}{line}" for line in more)
    return "\n".join(lines)


def _fitted(widths: list[int], width: int | None) -> list[int]:
    """Take from the widest column until the row fits, but leave each something to be read in."""
    while width is not None and sum(widths) + len(GAP) * (len(widths) - 1) > width:
        widest = max(range(len(widths)), key=lambda place: widths[place])
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], to_right: Sequence[bool]) -> list[str]:
    columns = [_wrapped(text, room) for text, room in zip(row, widths, strict=True)]
    return [
        GAP.join(
            part.rjust(room) if right else part.ljust(room)
            for part, room, right in zip(parts, widths, to_right, strict=True)
        ).rstrip()
        for parts in zip_longest(*columns, fillvalue="")
    ]


def _wrapped(text: str, room: int | None) -> list[str]:
    return [text] if room is None else wrap(text, max(room, 1), break_on_hyphens=False) or [""]
