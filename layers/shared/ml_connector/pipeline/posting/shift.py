"""One worker's turn at one connection: what it works with, and what it must stop for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ml_connector.domain.audit import AuditEvent
from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import CrossReference, Unsettled
from ml_connector.domain.errors import AuthError, BudgetSpentError, ConnectorError, RateLimitedError
from ml_connector.domain.identity import FlowId
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.planning.known import settings_of
from ml_connector.pipeline.ports import Change, Deadline, GuardTakenError, MovedError, Ports
from ml_connector.pipeline.posting.claims import claimed, reserved
from ml_connector.pipeline.posting.desk import Desk
from ml_connector.pipeline.posting.recovery import after_read_error
from ml_connector.pipeline.posting.results import Ending, duplicate
from ml_connector.pipeline.system import System

_MARGIN = timedelta(seconds=5)
_BRIEFLY = timedelta(seconds=1)
_UNNAMED_WAIT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A claimed row with what stood there before the claim."""

    row: CrossReference
    meant: Record
    before: Unsettled | None

    @property
    def claim(self) -> str:
        assert self.row.in_flight is not None
        return self.row.in_flight.claim


@dataclass(kw_only=True)
class Shift:
    """`halted_until` is set where an error spoke of the whole connection: nobody else needs to run into it."""

    ports: Ports
    catalog: Catalog
    desk: Desk
    chance: random.Random
    connection: Connection
    system: System
    deadline: Deadline
    flows: Mapping[FlowId, FlowSettings] = field(default_factory=dict)
    halted_until: datetime | None = None

    def is_over(self, *, requests: int = 1) -> bool:
        """Whether nothing may be begun any more that takes this many requests."""
        needed = self.system.limits.request_timeout * requests + _MARGIN
        return self.halted_until is not None or self.deadline.remaining() < needed

    def is_closed(self, flow: FlowId) -> bool:
        """Whether a blackout has begun since this turn did: nothing more is written for the flow."""
        settings = self.flows.get(flow)
        return settings is not None and settings.closed_until(self.ports.clock.now()) is not None

    @property
    def wait(self) -> timedelta:
        """How long the rows that were not begun should wait: as long as the vendor said, where it did."""
        if self.halted_until is None:
            return _BRIEFLY
        return max(self.halted_until - self.ports.clock.now(), _BRIEFLY)

    def halt(self, until: datetime) -> None:
        self.halted_until = max(until, self.halted_until or until)

    def note(self, error: ConnectorError) -> None:
        now = self.ports.clock.now()
        if isinstance(error, AuthError):
            self.halt(now)
            stop_connection(self.ports, self.connection, error)
        if isinstance(error, RateLimitedError):
            until = now + (error.retry_after or _UNNAMED_WAIT)
            self.halt(until)
        if isinstance(error, RateLimitedError) and not isinstance(error, BudgetSpentError):
            self.ports.budgets.pause(self.connection.id.tenant, self.connection.account, until=until, now=now)

    def claim(
        self, row: CrossReference, *, meant: Record, sends: bool, events: tuple[AuditEvent, ...] = ()
    ) -> InHand | None:
        """None where the row is not ours to have: it moved, or another record has its natural key."""
        mine = claimed(
            row,
            claim=self.ports.ids.new(),
            now=self.ports.clock.now(),
            remaining=self.deadline.remaining(),
            sends=sends,
        )
        key = self.catalog.flow(row.record.flow.flow).natural_key(meant) if sends else None
        mine, take, release = reserved(mine, key)
        try:
            stored = self.ports.ledger.commit(Change(before=row, after=mine, events=events, take=take, release=release))
        except MovedError:
            return None
        except GuardTakenError as taken:
            guard, owner = taken.guard, taken.owner
            self.desk.end(row, lambda row: duplicate(row, guard, owner, now=self.ports.clock.now()), claim=None)
            return None
        return InHand(row=stored, meant=meant, before=row.unsettled)

    def read_failed(self, hand: InHand, error: ConnectorError) -> CrossReference | None:
        return self.reads_failed([hand], error)[0]

    def reads_failed(self, hands: Iterable[InHand], error: ConnectorError) -> list[CrossReference | None]:
        """One read failed for all of them."""
        self.note(error)
        return [
            self.desk.end(hand.row, self.after_read(error, hand.before), claim=hand.claim, meant=hand.meant)
            for hand in hands
        ]

    def after_read(self, error: ConnectorError, before: Unsettled | None) -> Callable[[CrossReference], Ending]:
        return lambda row: after_read_error(row, before, error, now=self.ports.clock.now(), chance=self.chance)

    def last(self, row: CrossReference) -> Record | None:
        """What we last meant the target to hold; None for what a person made, or chose to keep."""
        if row.confirmed is None or row.confirmed.kept or not row.confirmed.digest:
            return None
        return self.desk.payload(row, row.confirmed.digest)

    def only_audits(self, row: CrossReference) -> bool:
        return self.catalog.flow(row.record.flow.flow).only_audits(self.settings(row))

    def settings(self, row: CrossReference) -> Mapping[str, Any]:
        flow = self.catalog.flow(row.record.flow.flow)
        return settings_of(flow, self.ports.connections.flow(row.record.flow).settings)
