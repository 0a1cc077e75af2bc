"""The network of a ping, and doing things at the same time, as a test decides them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ml_connector.domain.registration import door_mark
from ml_connector.pipeline.connections.ping_network import Answered, UnreachableError, Visit
from tests.fakes.clock import START, FakeClock

STACK = "the-stack"


@dataclass(kw_only=True)
class FakeNetwork:
    """Every host is there, with a good certificate and the right time, unless it is said otherwise."""

    clock: FakeClock
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
    unreachable: dict[str, UnreachableError] = field(default_factory=dict)
    certificate_until: datetime = START + timedelta(days=90)
    ahead: timedelta = timedelta()
    tells_time: bool = True
    door: Answered | None = None
    takes: timedelta = timedelta()
    knocked: list[tuple[str, str]] = field(default_factory=list)

    def resolve(self, host: str) -> tuple[str, ...]:
        if host in self.addresses and not self.addresses[host]:
            raise UnreachableError(f"there is no such name: {host}", fix="check the address")
        return self.addresses.get(host, ("203.0.113.7",))

    def is_allowed(self, address: str) -> bool:
        return address not in self.inside

    def visit(self, url: str) -> Visit:
        self.clock.advance(self.takes)
        self._fail(url)
        date = self.clock.now() + self.ahead if self.tells_time else None
        return Visit(certificate_until=self.certificate_until if url.startswith("https") else None, date=date)

    def knock(self, url: str, *, content_type: str) -> Answered:
        self.knocked.append((url, content_type))
        self._fail(url)
        return self.door or Answered(status=404, mark=door_mark(STACK, url.rpartition("/")[2]))

    def _fail(self, url: str) -> None:
        for begin, error in self.unreachable.items():
            if url.startswith(begin):
                raise error


@dataclass(kw_only=True)
class FakeTogether:
    """One after the other, each from the same moment of the clock on; at the end as much is over as the longest took.

    `limits` are those it was given. What takes longer than its limit is not waited for.
    """

    clock: FakeClock
    limits: list[timedelta] = field(default_factory=list)

    def run[Result](self, works: Sequence[Callable[[], Result]], *, limit: timedelta) -> list[Result | None]:
        self.limits.append(limit)
        began, longest = self.clock.now(), timedelta()
        results: list[Result | None] = []
        for work in works:
            self.clock.set_to(began)
            result = work()
            took = self.clock.now() - began
            results.append(result if took <= limit else None)
            longest = max(longest, min(took, limit))
        self.clock.set_to(began + longest)
        return results
