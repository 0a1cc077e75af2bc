"""One record's story, and where a document is: the row, its trail in sentences, and what it was matched to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import AuditEntry, Step
from ml_connector.domain.crossreference import FED_STATES, CrossReference, Origin, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import BadNameError, RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.matches import Became, what_became
from ml_connector.pipeline.reporting.sentences import Moment, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class InTarget:
    """What the target holds for it, and the run that wrote it last."""

    id: str
    kind: RecordKind
    origin: Origin
    at: datetime
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the newest version of the document says of itself and of the purchase orders that it bills."""

    status: str | None = None
    numbers: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`attempts` counts tries at the write that is wanted now; `doubt` says that one of them may have taken effect.

    `waits` says why nothing is written for it now, though something is wanted: a pause, or a blackout and its end.
    """

    record: RecordId
    kind: RecordKind
    state: State
    since: datetime | None
    number: str | None
    other_number: str | None
    amount: Money | None
    month: str | None
    first_seen_at: datetime | None
    target: InTarget | None
    orders: Orders
    became: tuple[Became, ...]
    reasons: tuple[Reason, ...]
    attempts: int
    doubt: str | None
    due_at: datetime | None
    moments: tuple[Moment, ...]
    waits: str | None = None

    @property
    def tries(self) -> tuple[Moment, ...]:
        """The moments at which the target was written to or asked."""
        return tuple(one for one in self.moments if one.is_attempt)


def story(ports: Ports, record: RecordId) -> Story | None:
    row = ports.ledger.get(record)
    return None if row is None else _told(ports, row)


def where_is(ports: Ports, tenant: str, number: str) -> tuple[Story, ...]:
    """Every record of the tenant with this number in either system, or with this record id. Empty: nobody knows it."""
    found = {*ports.ledger.by_number(tenant, number), *_by_id(tenant, number)}
    stories = [story(ports, record) for record in sorted(found) if record.flow.tenant == tenant]
    return tuple(told for told in stories if told is not None)


def _by_id(tenant: str, text: str) -> Sequence[RecordId]:
    try:
        record = RecordId.parse(text)
    except BadNameError:
        return ()
    return (record,) if record.flow.tenant == tenant else ()


def _told(ports: Ports, row: CrossReference) -> Story:
    trail = ports.ledger.trail(row.record)
    return Story(
        record=row.record,
        kind=row.source_kind,
        state=row.state,
        since=row.state_since,
        number=row.number,
        other_number=row.other_number,
        amount=row.amount,
        month=row.month,
        first_seen_at=row.first_seen_at,
        target=_in_target(row),
        orders=_orders(trail),
        became=what_became(ports, row),
        reasons=row.reasons,
        attempts=row.attempts,
        doubt=_doubt(row),
        due_at=row.due_at,
        moments=tuple(moment(entry) for entry in trail),
        waits=_waits(ports, row),
    )


def _waits(ports: Ports, row: CrossReference) -> str | None:
    if row.state not in FED_STATES:
        return None
    try:
        settings = ports.connections.flow(row.record.flow)
    except KeyError:
        return None
    if not settings.is_running:
        return "the flow is paused" if settings.paused else "the flow is switched off"
    until = settings.closed_until(ports.clock.now())
    return f"a blackout until {until:%Y-%m-%d %H:%M} UTC; it goes on by itself then" if until else None


def _in_target(row: CrossReference) -> InTarget | None:
    sure = row.confirmed
    return (
        None
        if sure is None
        else InTarget(id=sure.target_id, kind=row.kind, origin=sure.origin, at=sure.at, run=sure.run)
    )


def _doubt(row: CrossReference) -> str | None:
    if row.unsettled is None:
        return None
    return f"a {row.unsettled.action} sent by {row.unsettled.since:%Y-%m-%d %H:%M:%S} UTC has no sure outcome yet"


def _orders(trail: Sequence[AuditEntry]) -> Orders:
    received = [entry.event.detail for entry in trail if entry.event.step is Step.RECEIVED]
    detail = received[-1] if received else {}
    return Orders(
        status=detail.get("status"),
        numbers=_texts(detail.get("purchase_orders")),
        states=_texts(detail.get("purchase_order_status")),
    )


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in values or ())
