"""The line between us and one vendor's simulator: every call on it is a crash point, and may go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import httpx

from tests.fakes.clock import FakeClock
from tests.fakes.hooks import Hooks
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.serving import Simulator, transport

LATE = "late"
"""No answer in time, and the vendor does the work all the same, some time after."""


class Faulty(Simulator, Protocol):
    faults: FaultPlan


@dataclass(kw_only=True)
class VendorLine:
    """`next` is how the next call ends: a fault of the simulator's, or LATE. `watched` sees each call being made."""

    name: str
    simulator: Faulty
    clock: FakeClock = field(default_factory=FakeClock)
    late_by: timedelta = timedelta()
    hooks: Hooks = field(default_factory=Hooks)
    next: Fault | str = Fault.NONE
    watched: Callable[[Callable[[], httpx.Response]], httpx.Response] = lambda made: made()
    _late: list[tuple[datetime, httpx.Request]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._wire = transport(self.simulator)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        call = call_of(self.name, request)
        self.hooks.before(call)
        fault, self.next = self.next, Fault.NONE
        self.settle()
        if fault == LATE:
            request.read()
            self._late.append((self.clock.now() + self.late_by, request))
            raise httpx.ReadTimeout("no answer in time", request=request)
        answer = self._made(request, Fault(fault))
        self.hooks.after(call)
        return answer

    def settle(self) -> None:
        """What is late by now takes effect, at its own moment."""
        now = self.clock.now()
        due = [pair for pair in self._late if pair[0] <= now]
        self._late = [pair for pair in self._late if pair[0] > now]
        for moment, request in due:
            self.clock.set_to(moment)
            self._made(request, Fault.NONE)
        self.clock.set_to(now)

    def _made(self, request: httpx.Request, fault: Fault) -> httpx.Response:
        self.simulator.faults = FaultPlan([fault])
        return self.watched(lambda: self._wire.handle_request(request))


def call_of(name: str, request: httpx.Request) -> str:
    """`freshbooks.PUT bills/bills/{id}`: the call without the ids in it."""
    parts = [part for part in request.url.path.split("/") if part]
    words = [part for part in parts if not any(letter.isdigit() for letter in part)][-2:]
    has_id = any(letter.isdigit() for letter in parts[-1])
    return f"{name}.{request.method} {'/'.join(words)}{'/{id}' * has_id}"
