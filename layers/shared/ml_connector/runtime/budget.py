"""A vendor account's allowance, taken in bulk: one write to the shared bucket for many requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from ml_connector.aws.bucket import MILLI, capacity
from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import BudgetSpentError, RateLimitedError
from ml_connector.domain.posting import Limits
from ml_connector.pipeline.ports import Deadline, Ports

_KEPT_FOR = timedelta(seconds=10)
_MOST_AT_ONCE = 10
_LONGEST_WAIT = timedelta(seconds=30)
_UNNAMED_WAIT = timedelta(seconds=10)
_LEFT_AFTERWARDS = timedelta(seconds=40)
"""Of the function's time: for the request that was waited for, and for what is done with its answer."""
_HELD_BEYOND = timedelta(seconds=5)
"""The wait, and a request: then the account is everybody's again, whatever becomes of the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """`turn`: how long this process may still run."""

    turn: Deadline
    sleep: Callable[[timedelta], object]


class SharedBudget:
    """Safe to use from several threads. What is left of a handful is not kept for longer than ten seconds."""

    def __init__(self, ports: Ports, connection: Connection, limits: Limits, *, waiting: Waiting | None = None) -> None:
        """`waiting`: what a long read may wait with, None where nobody waits."""
        self._budgets = ports.budgets
        self._clock = ports.clock
        self._ids = ports.ids
        self._connection = connection
        self._limits = limits
        self._waiting = waiting
        self._holder = ""
        self._handful = max(1, min(_MOST_AT_ONCE, limits.requests_per_minute // 30))
        self._until_some = _until_some(limits)
        self._left = 0
        self._taken_at: datetime | None = None
        self._lock = Lock()

    def take(self) -> None:
        with self._lock:
            now = self._clock.now()
            if self._left == 0 or self._taken_at is None or now - self._taken_at > _KEPT_FOR:
                self._fill(now)
            self._left -= 1

    def wait(self, error: RateLimitedError) -> bool:
        by = error.retry_after or _UNNAMED_WAIT
        if self._waiting is None or by > _LONGEST_WAIT or self._waiting.turn.remaining() < by + _LEFT_AFTERWARDS:
            return False
        now, account = self._clock.now(), (self._connection.id.tenant, self._connection.account)
        self._holder = self._holder or self._ids.new()
        if not self._budgets.hold(*account, holder=self._holder, until=now + by + _HELD_BEYOND, now=now):
            return False
        if not isinstance(error, BudgetSpentError):
            self._budgets.pause(*account, until=now + by, now=now)
        self._waiting.sleep(by)
        return True

    def _fill(self, now: datetime) -> None:
        granted, wait = self._budgets.take(
            self._connection.id.tenant,
            self._connection.account,
            self._limits,
            wanted=self._handful,
            now=now,
            holder=self._holder,
        )
        if granted < 1:
            raise BudgetSpentError(
                "this account's allowance is used up for the moment",
                retry_after=wait + self._until_some,
                system=self._connection.system,
                operation="wait for allowance",
            )
        self._left, self._taken_at = granted, now


def _until_some(limits: Limits) -> timedelta:
    """From one request to half a bucket, in pairs: a change reads before it writes, and needs both."""
    pairs = max(-(-capacity(limits) // (4 * MILLI)), 1)
    return timedelta(seconds=(2 * pairs - 1) * 60 / limits.requests_per_minute)
