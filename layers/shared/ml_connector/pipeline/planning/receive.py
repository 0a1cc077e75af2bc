"""The first half of a plan's step: what a newly read version of a record changes on its row, before any decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, State, Wanted
from ml_connector.domain.difference import CHANGES, differences
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.contract import Contract
from ml_connector.domain.records.purchase_order import PurchaseOrder
from ml_connector.domain.records.record import Document, Record, digest
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.planning.mentions import mentions_of, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One version of a source record, as it was read for a reason; `again` marks a stored one that is planned anew."""

    id: RecordId
    record: Record
    stamp: str | None
    fetched_at: datetime
    cause: NoticeCause
    run_id: str
    actor: str = "ml-connector"
    again: bool = False

    @property
    def by_person(self) -> bool:
        return self.cause in (NoticeCause.REPLAYED, NoticeCause.REDRIVEN)

    @property
    def checks(self) -> bool:
        """The target's record bears another hand: what it should hold is to be compared with what it does."""
        return self.cause is NoticeCause.CHECKED


def new_row(flow: Flow, record: RecordId, *, now: datetime, epoch: int) -> CrossReference:
    return CrossReference(
        record=record,
        kind=flow.target.kind,
        source_kind=flow.source.kind,
        state=State.PLANNED,
        epoch=epoch,
        month=f"{now:%Y-%m}",
        first_seen_at=now,
        state_since=now,
    )


def is_stale(row: CrossReference, received: Received) -> bool:
    """A version whose read began before the stored one's must not replace it."""
    if row.wanted is None:
        return False
    if received.again:
        return row.wanted.digest != digest(received.record)
    return received.fetched_at < row.wanted.fetched_at


def with_version(
    row: CrossReference, received: Received, former: Mapping[str, Record] | None = None, *, now: datetime
) -> tuple[CrossReference, list[AuditEvent]]:
    """The row with this version wanted; an event where the content is new to us.

    `former` has earlier versions by their digest: what changed since is told field by field.
    """
    before = (former or {}).get(row.wanted.digest) if row.wanted else None
    content = digest(received.record)
    if received.again and row.wanted is not None:
        return row, []
    is_new = row.wanted is None or row.wanted.digest != content
    run = received.run_id if is_new or row.wanted is None else row.wanted.run
    row = _with_facts(
        replace(
            row,
            wanted=Wanted(digest=content, fetched_at=received.fetched_at, stamp=received.stamp, run=run),
            stamp=received.stamp,
            number=received.record.number or row.number,
        ),
        received.record,
    )
    return row, [_received(received, content, before, now)] if is_new else []


def _received(received: Received, content: str, before: Record | None, now: datetime) -> AuditEvent:
    """Dated `now`: a version may have waited in the queue since it was read, and an old date is told as backdated."""
    text = f"{received.record.kind} {received.record.number or received.id.external_id} received ({received.cause})"
    beside = told(received.record, mentions_of(received.record))
    changes = {} if before is None else {CHANGES: differences(before, received.record)}
    read = received.fetched_at.isoformat()
    detail = {"digest": content, "stamp": received.stamp, "read": read, "run": received.run_id, **beside, **changes}
    return AuditEvent(step=Step.RECEIVED, at=now, actor=received.actor, text=text, detail=detail)


def _with_facts(row: CrossReference, record: Record) -> CrossReference:
    """What lists and reports show: a document's other number, amount and month; the status of what bills name."""
    if isinstance(record, PurchaseOrder | Contract):
        return replace(row, status_text=record.status)
    if not isinstance(record, Document):
        return row
    month = f"{record.issued_on:%Y-%m}" if record.issued_on else row.month
    other = record.buyer_number if isinstance(record, Bill) and record.buyer_number else row.other_number
    return replace(row, other_number=other, amount=record.total, month=month)
