"""When a flow runs next, as EventBridge Scheduler will start it. Told to people; nothing waits for it."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ml_connector.pipeline.connections.cadence import due_every

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LOOK_AHEAD = 366 * 5
_CRON = re.compile(r"cron\((.*)\)")


def next_run(cadence: str, zone: str, *, now: datetime, last: datetime | None) -> datetime | None:
    """UTC. Of a rate the latest moment it can be: it counts from a start that only the scheduler knows.

    None where a cron never comes again, and for a rate that has not run yet: that may be at any moment.
    """
    cron = _CRON.fullmatch(cadence)
    if cron is not None:
        return _Cron(cron[1]).after(now, ZoneInfo(zone))
    return None if last is None else max(last + due_every(cadence), now)


class _Cron:
    """Six fields: minutes, hours, day of the month, month, day of the week (1 is Sunday), year."""

    def __init__(self, text: str) -> None:
        minutes, hours, self._day, months, self._weekday, years = text.upper().split()
        times = [(hour, minute) for hour in _numbers(hours, 0, 23) for minute in _numbers(minutes, 0, 59)]
        self._times = [time(hour, minute) for hour, minute in sorted(times)]
        self._months = _numbers(months, 1, 12, _MONTHS)
        self._years = _numbers(years, 1970, 2199)

    def after(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        today = now.astimezone(zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(_LOOK_AHEAD)):
            if not self._is_on(day):
                continue
            moments = (datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for at in self._times)
            if (found := next((moment for moment in moments if moment > now), None)) is not None:
                return found
        return None

    def _is_on(self, day: date) -> bool:
        if day.year not in self._years or day.month not in self._months:
            return False
        return _is_weekday(self._weekday, day) if self._day == "?" else day.day in _days(self._day, day)


def _numbers(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """`*`, `5`, `1-5`, `0/15`, `MON-FRI`, and lists of them; a range may go round the end."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = least if first in ("*", "?") else _number(first, least, names)
        is_open = first in ("*", "?") or (step and not last)
        end = most if is_open else _number(last or first, least, names)
        reach = end - begin if end >= begin else end - begin + (most - least + 1)
        found |= {
            (begin - least + offset) % (most - least + 1) + least for offset in range(0, reach + 1, int(step or 1))
        }
    return frozenset(found)


def _number(text: str, least: int, names: tuple[str, ...]) -> int:
    return names.index(text) + least if text in names else int(text)


def _days(field: str, day: date) -> frozenset[int]:
    """Also `L` (the last), `L-2`, `15W` (the working day nearest to it) and `LW`."""
    last = monthrange(day.year, day.month)[1]
    found: set[int] = set()
    for part in field.split(","):
        if part.endswith("W"):
            found.add(_working_day(day, last if part == "LW" else int(part[:-1]), last))
        elif part.startswith("L"):
            found.add(last - int(part[2:] or 0))
        else:
            found |= _numbers(part, 1, 31)
    return frozenset(found)


def _working_day(day: date, number: int, last: int) -> int:
    """The nearest one in the same month."""
    number = min(number, last)
    weekday = day.replace(day=number).weekday()
    if weekday == 5:
        return number - 1 if number > 1 else number + 2
    if weekday == 6:
        return number + 1 if number < last else number - 2
    return number


def _is_weekday(field: str, day: date) -> bool:
    """Also `6L` (the month's last Friday) and `FRI#2` (its second)."""
    number, last = (day.weekday() + 1) % 7 + 1, monthrange(day.year, day.month)[1]
    for part in field.split(","):
        if "#" in part:
            name, _, nth = part.partition("#")
            hit = _number(name, 1, _DAYS) == number and (day.day - 1) // 7 + 1 == int(nth)
        elif part.endswith("L"):
            hit = number == (_number(part[:-1], 1, _DAYS) if part != "L" else 7) and (part == "L" or day.day > last - 7)
        else:
            hit = number in _numbers(part, 1, 7, _DAYS)
        if hit:
            return True
    return False
