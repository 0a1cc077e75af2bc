"""What goes wrong, and when: a plan of faults that a simulator obeys, one step for each matching request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from threading import Lock

from tests.simulators.serving import Request


class Fault(StrEnum):
    """`*_AFTER`, LOSE_ANSWER and GARBLE happen once the work is done: the caller cannot know that it was."""

    NONE = "none"
    REFUSE = "refuse"  # 429 with Retry-After, nothing done
    REFUSE_BARE = "refuse without a wait"  # 429 without Retry-After, nothing done
    REFUSE_AFTER = "refuse after the work"  # 429 although the work was done: only under a named switch
    BREAK = "break"  # 503, nothing done
    BREAK_AFTER = "break after the work"  # 500 although the work was done
    LOSE_REQUEST = "lose the request"  # no connection, nothing done
    LOSE_ANSWER = "lose the answer"  # the work was done, the answer never comes
    GARBLE = "garble the answer"  # the work was done, 200 with an HTML page
    STALE_TOKEN = "stale token"  # 401, nothing done


class FaultPlan:
    """Faults in order, each used up by one request that `only` lets through; then all is well."""

    def __init__(self, faults: Iterable[Fault | str] = (), *, only: Callable[[Request], bool] = lambda _: True) -> None:
        self._faults = deque(Fault(fault) for fault in faults)
        self._only = only
        self._lock = Lock()

    def next(self, request: Request) -> Fault:
        with self._lock:
            if not self._faults or not self._only(request):
                return Fault.NONE
            return self._faults.popleft()

    @property
    def left(self) -> int:
        return len(self._faults)
