"""One clock for vendors, stores and clients, in several processes: it runs as time does, and is moved past waits.

Nobody waits a quarter of an hour for a message to show again. Where nobody has anything to do, the clock jumps to the
next thing that is due; while anybody works it runs no faster than the machine's own. So the distances that a design
rests on (settle time, leases, a vendor's lag) are to the work what they are in life.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from multiprocessing.sharedctypes import RawValue
from typing import Any

from tests.fakes.clock import START


class SharedClock:
    """Made before the processes are forked; they share it from then on. Its one number needs no lock to be read."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._jumped: Any = RawValue("d", 0.0)

    def now(self) -> datetime:
        return START + timedelta(seconds=time.monotonic() - self._began + self._jumped.value)

    def jump(self, by: timedelta) -> None:
        self._jumped.value += max(by.total_seconds(), 0.0)


class Counter:
    """A number that one process raises and others read."""

    def __init__(self) -> None:
        self._value: Any = RawValue("l", 0)

    def raise_by_one(self) -> None:
        self._value.value += 1

    @property
    def value(self) -> int:
        return int(self._value.value)
