"""Dates and instants in the patterns that a profile names: yyyy MM dd HH mm ss SSS and quoted text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

_TOKEN = re.compile(r"yyyy|MM|dd|HH|mm|ss|SSS|'[^']*'|[^A-Za-z']")
_WIDTHS = {"yyyy": 4, "MM": 2, "dd": 2, "HH": 2, "mm": 2, "ss": 2, "SSS": 3}
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Pattern:
    """One pattern, both ways."""

    __slots__ = ("_regex", "_tokens", "text")

    def __init__(self, text: str) -> None:
        """Raises: ValueError for a letter that is none of the pattern's."""
        self.text = text
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != text or not {"yyyy", "MM", "dd"} <= set(self._tokens):
            raise ValueError(f"{text!r} is not a pattern of yyyy MM dd HH mm ss SSS and 'quoted text'")
        self._regex = re.compile("".join(_part(token) for token in self._tokens))

    def write(self, moment: datetime) -> str:
        values = {
            "yyyy": moment.year,
            "MM": moment.month,
            "dd": moment.day,
            "HH": moment.hour,
            "mm": moment.minute,
            "ss": moment.second,
            "SSS": moment.microsecond // 1000,
        }
        return "".join(
            f"{values[token]:0{_WIDTHS[token]}d}" if token in values else token.strip("'") for token in self._tokens
        )

    def read(self, text: str, zone: tzinfo = UTC) -> datetime:
        """Raises: ValueError."""
        found = self._regex.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not like {self.text}")
        part = {name: int(value) for name, value in found.groupdict().items()}
        return datetime(
            part["yyyy"],
            part["MM"],
            part["dd"],
            part.get("HH", 0),
            part.get("mm", 0),
            part.get("ss", 0),
            part.get("SSS", 0) * 1000,
            tzinfo=zone,
        ).astimezone(UTC)


def read_date(text: str, pattern: Pattern | None) -> date:
    """The date as it is written: midnight Z is a date's spelling here, never a moment to shift into another zone.

    Raises: ValueError.
    """
    if pattern is not None:
        return pattern.read(text).date()
    if not _ISO_DATE.match(text):
        raise ValueError(f"{text!r} is not an ISO 8601 date")
    return date.fromisoformat(text[:10])


def read_instant(text: str, pattern: Pattern | None, zone: tzinfo = UTC) -> datetime:
    """In UTC. `zone` is for a text that names none. Raises: ValueError."""
    if pattern is not None:
        return pattern.read(text, zone)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def read_duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes and seconds: PT2H. Raises: ValueError."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError(f"{text!r} is not a duration like PT2H or P1D")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def read_zone(text: str) -> tzinfo:
    """UTC, or an offset such as +01:00. Raises: ValueError."""
    found = _OFFSET.fullmatch(text)
    if text == "UTC":
        return UTC
    if found is None:
        raise ValueError(f"{text!r} is neither UTC nor an offset such as +01:00")
    sign = -1 if found[1] == "-" else 1
    return timezone(sign * timedelta(hours=int(found[2]), minutes=int(found[3])))


def _part(token: str) -> str:
    return rf"(?P<{token}>\d{{{_WIDTHS[token]}}})" if token in _WIDTHS else re.escape(token.strip("'"))
