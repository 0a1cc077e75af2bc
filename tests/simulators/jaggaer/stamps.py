"""JAGGAER's three spellings of time. Indirect: instants with milliseconds and midnights. Advantage: digits only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_DIGITS = "%Y%m%d%H%M%S"
_TICK = timedelta(milliseconds=1)


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def digits(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_DIGITS)


def read_instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no zone in {text}")
    return moment


def read_digits(text: str) -> datetime:
    """`YYYYMMDD` or `YYYYMMDDHHMMSS`."""
    if not text.isdigit() or len(text) not in (8, 14):
        raise ValueError(f"not a time: {text}")
    return datetime.strptime(text.ljust(14, "0"), _DIGITS).replace(tzinfo=UTC)


def later_instant(now: datetime, previous: str) -> str:
    """A change always moves the stamp, even while the clock stands still."""
    return instant(max(now, read_instant(previous) + _TICK))


def later_digits(now: datetime, previous: str) -> str:
    return digits(max(now, read_digits(previous) + timedelta(seconds=1)))
