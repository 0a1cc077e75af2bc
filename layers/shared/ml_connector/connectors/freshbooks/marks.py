"""What we leave in FreshBooks' free texts to know our own records again: `[ml:<marker>]`, `[supplier:<number>]`.

A supplier's own words never pass for one of ours: a bracket that looks like a mark is opened before it is sent.
"""

from __future__ import annotations

import re

_MARKER = re.compile(r"\s*\[ml:([0-9A-Za-z_-]{1,64})\]\s*$")
_MARKERS = re.compile(r"\s*\[ml:([0-9A-Za-z_-]{1,64})\]")
_NUMBER = re.compile(r"\s*\[supplier:([^\]]{1,64})\]")
_LOOKS_LIKE_ONE = re.compile(r"\[(ml|supplier):", re.IGNORECASE)


def marked(text: str, marker: str | None) -> str:
    """The text with our marker at its end."""
    return f"{text} {_mark(marker)}".lstrip() if marker else text


def mark_length(marker: str | None) -> int:
    return len(_mark(marker)) + 1 if marker else 0


def without_marker(text: str | None) -> tuple[str, str | None]:
    """The text, and the marker that stood at its end."""
    found = _MARKER.search(text or "")
    return ((text or "")[: found.start()].rstrip(), found[1]) if found else (text or "", None)


def harmless(text: str) -> str:
    """Somebody else's words on one line, in which nothing looks like a mark of ours."""
    return _LOOKS_LIKE_ONE.sub(r"[\1 ", " ".join(text.split()))


def note_with(note: str | None, *, number: str | None, marker: str | None) -> str | None:
    """A vendor's note with our marks at its end; what people wrote there stays."""
    own = " ".join(part for part in (f"[supplier:{number}]" if number else "", _mark(marker) if marker else "") if part)
    return "\n".join(part for part in (note_of_people(note), own) if part) or None


def note_of_people(note: str | None) -> str:
    return _NUMBER.sub("", _MARKERS.sub("", note or "")).strip()


def marker_in(note: str | None) -> str | None:
    """Our marker in a vendor's note, wherever people left it."""
    found = _MARKERS.findall(note or "")
    return found[-1] if found else None


def number_in(note: str | None) -> str | None:
    found = _NUMBER.findall(note or "")
    return found[-1] if found else None


def _mark(marker: str | None) -> str:
    return f"[ml:{marker}]"
