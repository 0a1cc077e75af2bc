"""A vendor account's allowance, taken in bulk: one write to the shared bucket for many requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import RateLimitedError
from ml_connector.domain.posting import Limits
from ml_connector.pipeline.ports import Budgets, Clock

_KEPT_FOR = timedelta(seconds=10)
_MOST_AT_ONCE = 10


class SharedBudget:
    """Safe to use from several threads. What is left of a handful is not kept for longer than ten seconds."""

    def __init__(self, budgets: Budgets, clock: Clock, connection: Connection, limits: Limits) -> None:
        self._budgets = budgets
        self._clock = clock
        self._connection = connection
        self._limits = limits
        self._handful = max(1, min(_MOST_AT_ONCE, limits.requests_per_minute // 30))
        self._left = 0
        self._taken_at: datetime | None = None
        self._lock = Lock()

    def take(self) -> None:
        with self._lock:
            now = self._clock.now()
            if self._left == 0 or self._taken_at is None or now - self._taken_at > _KEPT_FOR:
                self._fill(now)
            self._left -= 1

    def _fill(self, now: datetime) -> None:
        granted, wait = self._budgets.take(
            self._connection.id.tenant, self._connection.account, self._limits, wanted=self._handful, now=now
        )
        if granted < 1:
            raise RateLimitedError(
                "this account's allowance is used up for the moment",
                retry_after=wait,
                system=self._connection.system,
                operation="wait for allowance",
                code="budget",
            )
        self._left, self._taken_at = granted, now
