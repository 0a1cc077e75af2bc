"""Ports to plan on without a trace: what is read is real, what is written stays in memory and is read back from there.

The planner itself runs on them, so that a dry run cannot decide otherwise than the run would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn, cast

from ml_connector.domain.crossreference import CrossReference, Guard, GuardKind
from ml_connector.domain.identity import ConnectionId, RecordId
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.reference import ReferenceList
from ml_connector.pipeline.ports import (
    Change,
    Epoch,
    GuardTakenError,
    Ledger,
    PayloadKey,
    Payloads,
    Ports,
    References,
)

type GuardKey = tuple[ConnectionId, GuardKind, RecordKind, str]


@dataclass(kw_only=True)
class ShadowLedger:
    """`rows` are those that the plan would write. Guards that it would take are taken here."""

    real: Ledger
    rows: dict[RecordId, CrossReference] = field(default_factory=dict)
    _guards: dict[GuardKey, str] = field(default_factory=dict)

    def get(self, record: RecordId) -> CrossReference | None:
        return self.rows.get(record) or self.real.get(record)

    def get_many(self, records: Sequence[RecordId]) -> dict[RecordId, CrossReference]:
        asked = [record for record in records if record not in self.rows]
        known = self.real.get_many(asked) if asked else {}
        return known | {record: self.rows[record] for record in records if record in self.rows}

    def commit(self, change: Change) -> CrossReference:
        self.take(change.take)
        self.rows[change.after.record] = change.after
        return change.after

    def take(self, guards: Iterable[Guard]) -> None:
        """Raises: GuardTakenError."""
        for guard in guards:
            owner = self.guard_owner(guard)
            if owner not in (None, guard.owner):
                raise GuardTakenError(guard, owner or "")
            self._guards[_key(guard)] = guard.owner

    def guard_owner(self, guard: Guard) -> str | None:
        return self._guards.get(_key(guard)) or self.real.guard_owner(guard)

    def by_number(self, tenant: str, number: str) -> list[RecordId]:
        return self.real.by_number(tenant, number)

    def made(self, connection: ConnectionId, kind: ReferenceKind, codes: Sequence[str]) -> dict[str, str]:
        return self.real.made(connection, kind, codes)


@dataclass(kw_only=True)
class ShadowPayloads:
    """Only what is planned is kept here; versions of the source pass through."""

    real: Payloads
    kept: dict[PayloadKey, bytes] = field(default_factory=dict)

    def put_many(self, payloads: Mapping[PayloadKey, bytes]) -> None:
        self.kept.update(payloads)

    def get(self, key: PayloadKey) -> bytes:
        return self.kept[key] if key in self.kept else self.real.get(key)

    def get_many(self, keys: Sequence[PayloadKey]) -> dict[PayloadKey, bytes]:
        found = {key: self.kept[key] for key in keys if key in self.kept}
        return found | self.real.get_many([key for key in keys if key not in found])


@dataclass(kw_only=True)
class ShadowReferences:
    """Lists that were read anew for the plan; `fresh` can be stored where the plan is carried out."""

    real: References
    fresh: dict[tuple[ConnectionId, ReferenceKind], ReferenceList] = field(default_factory=dict)
    _known: dict[tuple[ConnectionId, ReferenceKind], ReferenceList | None] = field(default_factory=dict)

    def current(self, connection: ConnectionId, kind: ReferenceKind) -> ReferenceList | None:
        key = (connection, kind)
        if key in self.fresh:
            return self.fresh[key]
        if key not in self._known:
            self._known[key] = self.real.current(connection, kind)
        return self._known[key]

    def replace(self, connection: ConnectionId, items: ReferenceList) -> None:
        self.fresh[(connection, items.kind)] = items


@dataclass(kw_only=True)
class OneEpoch:
    """A plan is made in one epoch."""

    epoch: Epoch

    def current(self, *, thorough: bool = False) -> Epoch:
        return self.epoch

    def raise_epoch(self) -> NoReturn:
        raise ReadOnlyError("epochs.raise_epoch")


class ReadOnlyError(AssertionError):
    """A dry run was about to write: a defect."""


class _Silent:
    """Queues and metrics: what is sent goes nowhere."""

    def send(self, bodies: Sequence[Any], *, delay: timedelta = timedelta()) -> None:
        return

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        return


class _Reading:
    """Passes on the calls that only read."""

    def __init__(self, real: object, *names: str) -> None:
        self._real, self._names = real, names

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise ReadOnlyError(name)
        return getattr(self._real, name)


class _Clock:
    """One moment for the whole plan, so that it is the same however long it takes."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """The ports, and what collects behind them."""

    ports: Ports
    ledger: ShadowLedger
    payloads: ShadowPayloads
    references: ShadowReferences
    epoch: Epoch


def shadow_of(ports: Ports) -> Shadow:
    """Secrets, grants and budgets are not among what a plan asks: systems are opened with the real ports."""
    ledger, payloads = ShadowLedger(real=ports.ledger), ShadowPayloads(real=ports.payloads)
    references, epoch = ShadowReferences(real=ports.references), ports.epochs.current()
    silent = cast(Any, _Silent())
    shadowed = replace(
        ports,
        clock=_Clock(ports.clock.now()),
        ledger=cast(Any, ledger),
        payloads=payloads,
        references=references,
        epochs=cast(Any, OneEpoch(epoch=epoch)),
        notices=silent,
        postings=silent,
        metrics=silent,
        mappings=cast(Any, _Reading(ports.mappings, "get_many")),
        connections=cast(Any, _Reading(ports.connections, "get", "flow", "flows", "list", "tenants")),
        polls=cast(Any, _Reading(ports.polls, "load")),
        secrets=cast(Any, _Reading(ports.secrets)),
        grants=cast(Any, _Reading(ports.grants)),
        budgets=cast(Any, _Reading(ports.budgets)),
        schedules=cast(Any, _Reading(ports.schedules)),
        runs=cast(Any, _Reading(ports.runs)),
    )
    return Shadow(ports=shadowed, ledger=ledger, payloads=payloads, references=references, epoch=epoch)


def _key(guard: Guard) -> GuardKey:
    return (guard.connection, guard.kind, guard.record_kind, guard.key)
