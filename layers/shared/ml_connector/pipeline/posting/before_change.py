"""Before an update or a void: what does the target hold now? A person's hand on it is never overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import CrossReference, Kept
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.identity import posting_id
from ml_connector.domain.posting import Action, Write
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.record import Record, digest
from ml_connector.pipeline.planning.conflicts import ON_CONFLICT, SOURCE_WINS, TARGET_WINS, kept_of
from ml_connector.pipeline.posting.lookup import is_deleted
from ml_connector.pipeline.posting.results import ACTOR, Ending, already_void, held
from ml_connector.pipeline.system import System

_NOT_OPEN = {
    BillStatus.PAID: "paid",
    BillStatus.PARTLY_PAID: "partly paid",
    BillStatus.CLOSED: "closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """The write may go on; `events` tell what it overwrites."""

    events: tuple[AuditEvent, ...] = ()
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeps:
    """What a person entered stays, field by field; the rest of the change is planned again around it."""

    kept: tuple[Kept, ...]
    event: AuditEvent


def before_change(
    row: CrossReference,
    found: Record,
    *,
    last: Record | None,
    meant: Record,
    differs: Callable[[Record, Record], tuple[str, ...]],
    settings: Mapping[str, Any],
    now: datetime,
) -> Cleared | Keeps | Ending:
    assert row.planned is not None
    action = row.planned.action
    if is_deleted(found) and action is Action.VOID:
        return already_void(row, now=now, why="a person deleted it in the target")
    if is_deleted(found):
        text = f"a person deleted it in the target; it cannot be brought to {action}, and is not made again by itself"
        return held(row, Reason(code="target_gone", text=text), now=now, settled=True)
    changed = differs(last or meant, found)
    if isinstance(found, Bill) and found.status in _NOT_OPEN and (changed or not _is_written(action, last, meant)):
        text = f"it is {_NOT_OPEN[found.status]} in the target, so it was left alone: settle the {action} by hand"
        return held(row, Reason(code="target_paid", text=text), now=now, settled=True)
    if not changed:
        return Cleared(revision=found.revision)
    both = _both(last, found, meant)
    policy = settings.get(ON_CONFLICT) if action is Action.UPDATE and not row.planned.undo else None
    if policy == SOURCE_WINS or row.planned.insists:
        text = f"overwrites a change that a person made in the target: {', '.join(changed)}"
        return Cleared(events=(_conflict(text, both, now),), revision=found.revision)
    if policy == TARGET_WINS:
        text = f"keeps a change that a person made in the target: {', '.join(changed)}"
        return Keeps(kept=kept_of(found, changed, row.kept), event=_conflict(text, both, now))
    return _held_against(row, changed, both, now)


def _is_written(action: Action, last: Record | None, meant: Record) -> bool:
    """Whether the update is the one that we made last: it only asks whether it still stands, and paid it does."""
    return action is Action.UPDATE and last is not None and digest(last) == digest(meant)


def shows_it(system: System, row: CrossReference, *, last: Record | None, meant: Record, found: Record) -> bool:
    """Whether an update would write nothing new: the target has every value, and the request would be the last one's.

    Asked where the values are equal alone: texts that are not compared may differ still.
    """
    if system.differs(meant, found):
        return False
    if last is None or digest(last) == digest(meant):
        return True
    try:
        return system.preview(_write(row, last)) == system.preview(_write(row, meant))
    except ConnectorError:
        return False


def _held_against(row: CrossReference, changed: Sequence[str], both: Mapping[str, Any], now: datetime) -> Ending:
    text = f"a person changed it in the target since it was posted ({', '.join(changed)}): choose which side is right"
    detail = {"fields": list(changed), **both}
    return held(row, Reason(code="target_conflict", text=text), now=now, settled=True, detail=detail)


def _both(last: Record | None, found: Record, meant: Record) -> dict[str, Any]:
    """What a person entered, and what we would write or have written. A linked object was never posted by us."""
    return {"posted": encode(last), "found": encode(found), "writes": encode(meant)}


def _conflict(text: str, both: Mapping[str, Any], now: datetime) -> AuditEvent:
    return AuditEvent(step=Step.CONFLICT, at=now, actor=ACTOR, text=text, detail=both)


def _write(row: CrossReference, record: Record) -> Write:
    assert row.confirmed is not None
    return Write(
        posting_id=posting_id(row.record, n=row.n, epoch=row.epoch),
        action=Action.UPDATE,
        record=record,
        marker=row.record.marker,
        target_id=row.confirmed.target_id,
    )
