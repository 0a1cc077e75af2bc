"""The rate limits: a burst for each endpoint, the writes to one issue, and an hour's points; and how a 429 looks."""

from __future__ import annotations

import math
import re
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta

from tests.simulators.jira.answers import Refusal, answer, page, refused
from tests.simulators.jira.switches import BURST, ISSUE_WRITES, RateLimit, Reason, Switches, TooMany
from tests.simulators.serving import Request, Response

ISSUE = re.compile(r".*/rest/api/3/issue/([^/]+)(?:/.*)?")
NOT_AN_ISSUE = ("bulk", "createmeta")
HOUR_SECONDS = 3_600


class Throttle:
    """So many requests in any window of so many seconds; a refused one does not count."""

    def __init__(self) -> None:
        self._passed: dict[tuple[str, ...], deque[datetime]] = defaultdict(deque)
        self._hour: tuple[datetime, int] | None = None

    def refusal(self, request: Request, switches: Switches, now: datetime, *, is_app: bool) -> Response | None:
        """Each limit that the call falls under is asked; only if all let it pass does it count."""
        places = [place for place in self._places(request, switches) if not _free(self._kept(place, now), place[1])]
        if places:
            place, limit, reason = places[0]
            waits = (self._kept(each, now)[0] + timedelta(seconds=each[1].window_seconds) - now for each in places)
            return too_many(reason, switches.too_many, wait=max(waits), now=now, limit=limit.requests)
        if is_app and switches.hourly_points is not None and not self._hour_left(now, switches.hourly_points):
            wait = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) - now
            return too_many(Reason.HOURLY, switches.too_many, wait=wait, now=now, limit=switches.hourly_points)
        for place, limit, _ in self._places(request, switches):
            self._passed[(*place, str(limit))].append(now)
        return None

    def _places(self, request: Request, switches: Switches) -> list[tuple[tuple[str, ...], RateLimit, Reason]]:
        burst = switches.burst or (BURST.get(request.method) if switches.documented_limits else None)
        found: list[tuple[tuple[str, ...], RateLimit, Reason]] = []
        if burst is not None:
            found.append(((request.method, _endpoint(request.path)), burst, Reason.BURST))
        match = ISSUE.fullmatch(request.path)
        if switches.documented_limits and match and request.method != "GET" and match[1] not in NOT_AN_ISSUE:
            found += [(("issue", match[1]), limit, Reason.ISSUE_WRITES) for limit in ISSUE_WRITES]
        return found

    def _kept(self, place: tuple[tuple[str, ...], RateLimit, Reason], now: datetime) -> deque[datetime]:
        name, limit, _ = place
        passed = self._passed[(*name, str(limit))]
        while passed and now - passed[0] >= timedelta(seconds=limit.window_seconds):
            passed.popleft()
        return passed

    def _hour_left(self, now: datetime, points: int) -> bool:
        """A point a call; the hour begins at the top of the clock's."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        used = self._hour[1] if self._hour is not None and self._hour[0] == hour else 0
        if used >= points:
            return False
        self._hour = (hour, used + 1)
        return True


def too_many(reason: Reason, form: TooMany, *, wait: timedelta | None, now: datetime, limit: int = 100) -> Response:
    """Without a wait nothing is said of when to come again."""
    headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": "0", "x-ratelimit-nearlimit": "true"}
    headers["ratelimit-reason"] = reason
    if wait is not None:
        headers["retry-after"] = str(max(1, math.ceil(wait.total_seconds())))
        headers["x-ratelimit-reset"] = f"{(now + wait).astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    if form is TooMany.HTML:
        return page(429, headers=headers)
    if form is TooMany.EMPTY:
        return answer(429, headers=headers)
    made = refused(Refusal(429, "Rate limit exceeded."))
    return Response(status=429, headers={**made.headers, **headers}, body=made.body)


def _free(passed: deque[datetime], limit: RateLimit) -> bool:
    return len(passed) < limit.requests


def _endpoint(path: str) -> str:
    """The path with its ids and keys taken out."""
    return re.sub(r"/(?:[A-Z][A-Z0-9]*-)?\d+(?=/|$)", "/_", path)
