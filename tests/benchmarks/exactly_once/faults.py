"""What goes wrong at the target, by lot: the same seed gives the same document the same trouble, whoever sends it.

The lot falls on a document's k-th send, or on the k-th read of one address, and not on the k-th call of all: so the
order in which a client works does not change what it meets.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass

from tests.benchmarks.exactly_once.clock import Counter as Shared
from tests.simulators.faults import Fault
from tests.simulators.serving import AnswerLost, Request, Response, Simulator

RETRY_AFTER_SECONDS = 2
_API = "/accounting/"
_BROKEN = Response(status=500, headers={"content-type": "application/json"}, body=b'{"message": "Internal error"}')
_REFUSED = Response(
    status=429,
    headers={"content-type": "application/json", "retry-after": str(RETRY_AFTER_SECONDS)},
    body=b'{"message": "Too many requests."}',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Of a hundred calls, how many end so. Of those that break, half have done the work."""

    lost: float = 2
    refused: float = 5
    broken: float = 2

    def times(self, factor: float) -> Shares:
        return Shares(lost=self.lost * factor, refused=self.refused * factor, broken=self.broken * factor)


SHARES = Shares()


class SeededFaults:
    def __init__(self, seed: int, shares: Shares) -> None:
        self._seed = seed
        self._tries: Counter[str] = Counter()
        self._ladder = (
            (shares.lost, Fault.LOSE_ANSWER),
            (shares.refused, Fault.REFUSE),
            (shares.broken / 2, Fault.BREAK),
            (shares.broken / 2, Fault.BREAK_AFTER),
        )

    def next(self, request: Request) -> Fault:
        name = _name_of(request)
        self._tries[name] += 1
        drawn = _lot(f"{self._seed} {name} {self._tries[name]}") * 100
        for share, fault in self._ladder:
            if drawn < share:
                return fault
            drawn -= share
        return Fault.NONE


class FaultyTarget:
    """A simulator behind its troubles. A 500 looks the same whether the work was done or not."""

    def __init__(self, inner: Simulator, faults: SeededFaults, calls: Shared) -> None:
        self._inner = inner
        self._faults = faults
        self._calls = calls

    def handle(self, request: Request) -> Response:
        """Raises: AnswerLost, which closes the connection without an answer."""
        self._calls.raise_by_one()
        if not request.path.startswith(_API):
            return self._inner.handle(request)
        fault = self._faults.next(request)
        if fault is Fault.REFUSE:
            return _REFUSED
        if fault is Fault.BREAK:
            return _BROKEN
        response = self._inner.handle(request)
        if fault is Fault.LOSE_ANSWER:
            raise AnswerLost
        return _BROKEN if fault is Fault.BREAK_AFTER else response


def _name_of(request: Request) -> str:
    """The document that is sent, or the address that is read."""
    if request.method == "POST":
        return f"send {json.loads(request.body)['bill']['bill_number']}"
    return f"{request.method} {request.path} {sorted(request.query)}"


def _lot(text: str) -> float:
    """Evenly from 0 to 1, and the same for the same text on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64
