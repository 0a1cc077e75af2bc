"""Times, amounts and counts as people write them. All times are UTC, and say so in the heading above them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from datetime import datetime, timedelta

from ml_connector.cli.failures import UsageError
from ml_connector.domain.matching import Candidate
from ml_connector.domain.money import Money

_LONGEST = timedelta(days=3650)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def amount(money: Money | None) -> str:
    return "" if money is None else str(money)


def amounts(sums: Iterable[Money]) -> str:
    return ", ".join(str(money) for money in sums)


def suggestions(candidates: Iterable[Candidate]) -> str:
    """Each with the id that a mapping needs, how near it is and why, and why it could not be used if so."""
    return ", ".join(f"{one.id} ({'; '.join(_told(one))})" for one in candidates)


def _told(one: Candidate) -> list[str]:
    return [one.name, *([one.likeness] if one.why and one.score < 1 else []), *([one.note] if one.note else [])]


def hint(*words: str) -> str:
    """A command to run next; what is to be filled in stands in angle brackets."""
    shown = " ".join(word if word.startswith("<") else shlex.quote(word) for word in words)
    return f"ml-connector {shown}"


def paused_text(flow: str) -> str:
    """Said where something was sent on its way for a flow that stands still."""
    return f"Flow {flow} is paused: it waits until {hint('resume', flow)}"


def duration(text: str) -> timedelta:
    """30m, 12h, 7d."""
    found = re.fullmatch(r"(\d+)\s*([smhdw])", text.strip())
    if found is None:
        raise UsageError(f"{text!r} is not a length of time: write 30m, 12h or 7d")
    try:
        length = timedelta(**{_UNITS[found[2]]: int(found[1])})
    except (OverflowError, ValueError):  # more than a timedelta holds, or than a number has digits
        length = timedelta.max
    if length > _LONGEST:
        raise UsageError(f"{text!r} is too long a time: {_LONGEST.days}d at most")
    return length


def month(text: str | None, option: str = "--month") -> str | None:
    if text is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise UsageError(f"{option}: {text!r} is not a month: write it as 2026-03")
    return text
