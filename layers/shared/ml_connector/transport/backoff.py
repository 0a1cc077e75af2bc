"""How long to wait before another attempt: exponential with full jitter, so that many do not come back together."""

from __future__ import annotations

import random
from datetime import timedelta

_MOST_DOUBLINGS = 32


def delay(
    attempt: int,
    *,
    base: timedelta,
    cap: timedelta,
    chance: random.Random,
    floor: timedelta = timedelta(0),
) -> timedelta:
    """Between `floor` and `floor` + min(cap, base * 2^(attempt - 1)); the first attempt is 1.

    `floor` is the vendor's Retry-After. The jitter comes on top of it, or all that were told the same wait would
    return in the same second.
    """
    doublings = min(max(attempt - 1, 0), _MOST_DOUBLINGS)
    widest = min(cap.total_seconds(), base.total_seconds() * 2**doublings)
    return floor + timedelta(seconds=chance.uniform(0, widest))
