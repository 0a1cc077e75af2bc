"""Times at which nothing is written, such as the close of a period: written by a person, kept as written.

    2026-12-30..2027-01-04              days, both included
    2026-12-30 18:00..2027-01-02 08:00  moments, the last one excluded
    day 28..3, day last 18:00..2 08:00  every month; a day that a month does not have is its last one
    FRI 18:00..MON 06:00, SAT..SUN      every week

All of it by the flow's own clock on the wall.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ml_connector.domain.errors import SettingsError

_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_POINT = re.compile(
    r"(?:(?P<date>\d{4}-\d{2}-\d{2})|(?:day )?(?P<day>\d{1,2}|last)|(?P<weekday>[A-Z]{3}))"
    r"(?:[ T](?P<time>\d{2}:\d{2}))?"
)
_LAST = 31
_LONGEST = 62
"""Days in which one that comes round has begun, and has ended again."""

_HOW = "write 2026-12-30..2027-01-04, 'day 28..3' or 'FRI 18:00..MON 06:00'"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """One of `on`, `day` (of the month) and `weekday` is set. Without `at` it is the whole day."""

    on: date | None = None
    day: int | None = None
    weekday: int | None = None
    at: time | None = None

    @property
    def sort(self) -> str:
        return "date" if self.on else "day" if self.day else "weekday"

    def is_on(self, day: date) -> bool:
        if self.on is not None:
            return day == self.on
        if self.day is not None:
            return day.day == min(self.day, monthrange(day.year, day.month)[1])
        return day.weekday() == self.weekday

    def begin(self, day: date) -> datetime:
        return datetime.combine(day, self.at or time())

    def end(self, day: date) -> datetime:
        return datetime.combine(day, self.at) if self.at else datetime.combine(day + timedelta(days=1), time())


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """`covering` speaks in times of the wall clock, without a zone."""

    begins: _Point
    ends: _Point

    def covering(self, moment: datetime) -> datetime | None:
        """The end of the one that `moment` lies in; None where it lies in none."""
        begun = self._begun(moment)
        end = None if begun is None else self._ended(begun)
        return end if end is not None and moment < end else None

    def _begun(self, moment: datetime) -> datetime | None:
        if self.begins.on is not None:
            start = self.begins.begin(self.begins.on)
            return start if start <= moment else None
        days = (moment.date() - timedelta(days=back) for back in range(_LONGEST))
        starts = (self.begins.begin(day) for day in days if self.begins.is_on(day))
        return next((start for start in starts if start <= moment), None)

    def _ended(self, begun: datetime) -> datetime | None:
        if self.ends.on is not None:
            return self.ends.end(self.ends.on)
        days = (begun.date() + timedelta(days=on) for on in range(_LONGEST))
        ends = (self.ends.end(day) for day in days if self.ends.is_on(day))
        return next((end for end in ends if end > begun), None)


@lru_cache(maxsize=512)
def parse_blackout(text: str, *, setting: str = "blackout") -> Blackout:
    """Raises: SettingsError that says how to write it."""
    first, _, second = text.strip().partition("..")
    begins = _point(first.strip(), text, setting)
    ends = _point(second.strip(), text, setting) if second else begins
    if begins.sort != ends.sort or (not second and begins.at):
        raise SettingsError(f"{text!r} has two ends that do not fit: {_HOW}", setting=setting)
    found = Blackout(begins=begins, ends=ends)
    start = begins.begin(begins.on or date(2026, 1, 1))
    if begins.on and ends.on and ends.end(ends.on) <= start:
        raise SettingsError(f"{text!r} ends before it begins", setting=setting)
    if begins.on is None and closed_until((text,), "UTC", start.replace(tzinfo=UTC), parsed=(found,)) == _NEVER:
        raise SettingsError(f"{text!r} leaves no time at all", setting=setting)
    return found


_NEVER = datetime.max.replace(tzinfo=UTC)
_MOST = 24


def closed_until(
    texts: Iterable[str], zone: str, now: datetime, *, parsed: Iterable[Blackout] | None = None
) -> datetime | None:
    """When the blackout that `now` lies in is over, UTC, with those that follow without a gap; None outside of any."""
    windows = [*(parsed or map(parse_blackout, texts))]
    if not windows:
        return None
    local = end = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    for _ in range(_MOST):
        ends = [found for one in windows if (found := one.covering(end)) is not None]
        if not ends:
            return None if end == local else end.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        end = max(ends)
    return _NEVER


def _point(text: str, whole: str, setting: str) -> _Point:
    found = _POINT.fullmatch(text)
    if found is None or (found["weekday"] and found["weekday"] not in _WEEKDAYS):
        raise SettingsError(f"{whole!r} is no blackout: {_HOW}", setting=setting)
    try:
        at = time.fromisoformat(found["time"]) if found["time"] else None
        if found["date"]:
            return _Point(on=date.fromisoformat(found["date"]), at=at)
        if found["weekday"]:
            return _Point(weekday=_WEEKDAYS.index(found["weekday"]), at=at)
        day = _LAST if found["day"] == "last" else int(found["day"])
        date(2026, 1, day)
    except ValueError as error:
        raise SettingsError(f"{whole!r} names a day or a time that does not exist: {_HOW}", setting=setting) from error
    return _Point(day=day, at=at)
