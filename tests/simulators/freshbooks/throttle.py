"""The rate limit, and the forms its refusal may take."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

from tests.simulators.freshbooks.answers import answer, page
from tests.simulators.freshbooks.switches import RateLimit, TooMany
from tests.simulators.serving import Response

TOO_MANY = 429


class Throttle:
    """So many requests in any window of so many seconds; a refused one does not count."""

    def __init__(self) -> None:
        self._passed: deque[datetime] = deque()

    def refusal(self, limit: RateLimit | None, now: datetime) -> Response | None:
        if limit is None:
            return None
        window = timedelta(seconds=limit.window_seconds)
        while self._passed and now - self._passed[0] >= window:
            self._passed.popleft()
        if len(self._passed) < limit.requests:
            self._passed.append(now)
            return None
        wait = self._passed[0] + window - now if self._passed else window
        return too_many(limit.answer, wait_seconds=math.ceil(wait.total_seconds()))


def too_many(form: TooMany, *, wait_seconds: int) -> Response:
    if form == TooMany.HTML:
        return page(TOO_MANY)
    if form == TooMany.SHAPE_A:
        error = {"errno": TOO_MANY, "field": "", "message": "Too many requests.", "object": "", "value": ""}
        return answer(TOO_MANY, {"response": {"errors": [error]}})
    headers = {"retry-after": str(wait_seconds)} if form == TooMany.WITH_HEADER else {}
    return answer(TOO_MANY, {"message": "Too many requests."}, headers=headers)
