"""The arithmetic of a token bucket: pure, in thousandths of a request, so that nothing is rounded away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ml_connector.domain.posting import Limits

MILLI = 1000
_SPAN_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    tokens: int
    at: datetime
    blocked_until: datetime | None = None
    holder: str = ""
    held_until: datetime | None = None
    """Until then the holder alone is granted anything: it is in the middle of a long read."""


def full(limits: Limits, now: datetime) -> Bucket:
    return Bucket(tokens=capacity(limits), at=now)


def capacity(limits: Limits) -> int:
    """Ten seconds' worth of requests, and at least one for each that may run at once."""
    return max(limits.requests_per_minute * MILLI * _SPAN_SECONDS // 60, max(limits.parallel, 1) * MILLI)


def wait_of(bucket: Bucket, limits: Limits, now: datetime, *, holder: str) -> timedelta | None:
    """How long until one request of this holder's may go; None where it may go now."""
    if bucket.blocked_until is not None and now < bucket.blocked_until:
        return bucket.blocked_until - now
    if bucket.held_until is not None and is_held(bucket, now, holder=holder):
        return bucket.held_until - now
    missing = MILLI - _filled(bucket, limits, now).tokens
    return None if missing <= 0 else timedelta(seconds=missing * 60 / (limits.requests_per_minute * MILLI))


def taken(bucket: Bucket, limits: Limits, *, wanted: int, now: datetime) -> tuple[Bucket, int]:
    filled = _filled(bucket, limits, now)
    granted = min(wanted, filled.tokens // MILLI)
    return replace(filled, tokens=filled.tokens - granted * MILLI), granted


def blocked(bucket: Bucket, until: datetime) -> Bucket:
    """Only ever lengthens."""
    return replace(bucket, blocked_until=max(until, bucket.blocked_until or until))


def is_held(bucket: Bucket, now: datetime, *, holder: str) -> bool:
    """Whether somebody else holds it."""
    return bucket.held_until is not None and now < bucket.held_until and bucket.holder != holder


def held(bucket: Bucket, until: datetime, *, holder: str) -> Bucket:
    return replace(bucket, holder=holder, held_until=until)


def _filled(bucket: Bucket, limits: Limits, now: datetime) -> Bucket:
    """Clocks of two workers may differ: time never runs backwards here."""
    passed = max(now - bucket.at, timedelta())
    gained = int(passed.total_seconds() * limits.requests_per_minute * MILLI / 60)
    return replace(bucket, tokens=min(capacity(limits), bucket.tokens + gained), at=max(now, bucket.at))
