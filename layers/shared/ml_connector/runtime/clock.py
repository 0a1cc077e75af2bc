"""The one room where time, ids and chance come from."""

from __future__ import annotations

import random
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class RandomIds:
    def new(self) -> str:
        """128 random bits, all of them: a registration's address rests on them."""
        return secrets.token_hex(16)


class LambdaDeadline:
    """How long Lambda lets this invocation run."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def remaining(self) -> timedelta:
        return timedelta(milliseconds=self._context.get_remaining_time_in_millis())


class Turn:
    """The invocation that this process is at; without one, as in a command, nothing ends it."""

    def __init__(self) -> None:
        self._deadline: LambdaDeadline | None = None

    def begin(self, context: Any) -> None:
        self._deadline = LambdaDeadline(context)

    def remaining(self) -> timedelta:
        return self._deadline.remaining() if self._deadline is not None else timedelta.max


class TimeLimit:
    """A limit that we set ourselves, for work outside Lambda."""

    def __init__(self, limit: timedelta) -> None:
        self._ends = time.monotonic() + limit.total_seconds()

    def remaining(self) -> timedelta:
        return timedelta(seconds=max(0.0, self._ends - time.monotonic()))


def sleep(by: timedelta) -> None:
    time.sleep(by.total_seconds())


def chance() -> random.Random:
    return random.SystemRandom()
