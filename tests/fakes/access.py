"""Secrets, grants and rate budgets in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ml_connector.domain.connection import GrantRow
from ml_connector.domain.identity import fingerprint
from ml_connector.domain.posting import Limits

MOST_BYTES = 60_000


class FakeSecrets:
    """Versions are kept in the order in which they were first written; the last is current."""

    def __init__(self) -> None:
        self.versions: dict[str, dict[str, dict[str, str]]] = {}

    def read(self, name: str, *, version: str | None = None) -> Mapping[str, str]:
        versions = self.versions[name]
        return dict(versions[version or [*versions][-1]])

    def write(self, name: str, value: Mapping[str, str], *, token: str) -> str:
        if sum(len(key) + len(text) for key, text in value.items()) > MOST_BYTES:
            raise ValueError(f"secret {name} is larger than {MOST_BYTES} bytes")
        version = str(UUID(hex=fingerprint(name, token)))
        self.versions.setdefault(name, {}).setdefault(version, dict(value))
        return version

    def delete(self, name: str) -> None:
        self.versions.pop(name, None)


class FakeGrants:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], GrantRow] = {}

    def load(self, tenant: str, grant: str) -> GrantRow:
        return self.rows[(tenant, grant)]

    def put(self, row: GrantRow, *, expected: GrantRow | None) -> bool:
        """Finding exactly `row` there already is our own earlier success."""
        stored = self.rows.get((row.tenant, row.grant))
        if stored not in (expected, row):
            return False
        self.rows[(row.tenant, row.grant)] = row
        return True


@dataclass(slots=True, kw_only=True)
class _Bucket:
    tokens: float
    at: datetime
    blocked_until: datetime | None = None
    holder: str = ""
    held_until: datetime | None = None

    def is_held(self, now: datetime, *, holder: str) -> bool:
        return self.held_until is not None and now < self.held_until and self.holder != holder


class FakeBudgets:
    """A token bucket an account; never empty by itself where `unlimited` is set."""

    def __init__(self, *, unlimited: bool = False) -> None:
        self.unlimited = unlimited
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(
        self, tenant: str, account: str, limits: Limits, *, wanted: int, now: datetime, holder: str = ""
    ) -> tuple[int, timedelta]:
        rate = limits.requests_per_minute / 60
        capacity = max(rate * 10, limits.parallel, 1)
        bucket = self._buckets.setdefault((tenant, account), _Bucket(tokens=capacity, at=now))
        if bucket.blocked_until is not None and now < bucket.blocked_until:
            return 0, bucket.blocked_until - now
        if bucket.held_until is not None and bucket.is_held(now, holder=holder):
            return 0, bucket.held_until - now
        if self.unlimited:
            return wanted, timedelta()
        passed = max((now - bucket.at).total_seconds(), 0.0)
        bucket.tokens = min(capacity, bucket.tokens + passed * rate)
        bucket.at = max(now, bucket.at)
        granted = min(wanted, int(bucket.tokens + 1e-6))
        if granted == 0 and wanted > 0:
            return 0, timedelta(seconds=(1 - bucket.tokens) / rate)
        bucket.tokens -= granted
        return granted, timedelta()

    def hold(self, tenant: str, account: str, *, holder: str, until: datetime, now: datetime) -> bool:
        bucket = self._buckets.setdefault((tenant, account), _Bucket(tokens=0.0, at=now))
        if bucket.is_held(now, holder=holder):
            return False
        bucket.holder, bucket.held_until = holder, until
        return True

    def pause(self, tenant: str, account: str, *, until: datetime, now: datetime) -> None:
        """Only ever lengthens."""
        bucket = self._buckets.setdefault((tenant, account), _Bucket(tokens=0.0, at=now))
        bucket.blocked_until = max(until, bucket.blocked_until or until)
