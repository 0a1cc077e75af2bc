"""What a ping asks of the network itself: names, certificates, clocks, and whether our own door answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class UnreachableError(Exception):
    """Why it cannot be reached, in words, and what to do about it."""

    def __init__(self, text: str, *, fix: str) -> None:
        super().__init__(text)
        self.text = text
        self.fix = fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`certificate_until` is None without TLS, `date` where the answer does not say what time it is there."""

    certificate_until: datetime | None
    date: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`mark` is what only our own door says, empty from anybody else."""

    status: int
    mark: str


class Network(Protocol):
    """Raises: UnreachableError."""

    def resolve(self, host: str) -> Sequence[str]:
        """Its addresses, at least one."""
        ...

    def is_allowed(self, address: str) -> bool:
        """Whether a connection may end there; see `transport/guard.py`."""
        ...

    def visit(self, url: str) -> Visit: ...

    def knock(self, url: str, *, content_type: str) -> Answered: ...


class Together(Protocol):
    """Runs all of `works` at the same time."""

    def run[Result](self, works: Sequence[Callable[[], Result]], *, limit: timedelta) -> Sequence[Result | None]:
        """What each came to, in order; None for one that was not done within `limit`. What it began goes on."""
        ...
