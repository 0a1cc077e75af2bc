"""Before an update or a void: what does the target hold now? A person's hand on it is never overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.decision import Reason
from ml_connector.domain.posting import Action
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.posting.lookup import is_deleted
from ml_connector.pipeline.posting.results import ACTOR, Ending, already_void, held

ON_CONFLICT = "on_conflict"
SOURCE_WINS = "source_wins"

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


def before_change(
    row: CrossReference,
    found: Record,
    *,
    last: Record | None,
    meant: Record,
    differs: Callable[[Record, Record], tuple[str, ...]],
    settings: Mapping[str, Any],
    now: datetime,
) -> Cleared | Ending:
    assert row.planned is not None
    action = row.planned.action
    if is_deleted(found) and action is Action.VOID:
        return already_void(row, now=now, why="a person deleted it in the target")
    if is_deleted(found):
        text = f"a person deleted it in the target; it cannot be brought to {action}, and is not made again by itself"
        return held(row, Reason(code="target_gone", text=text), now=now, settled=True)
    if isinstance(found, Bill) and found.status in _NOT_OPEN:
        text = f"it is {_NOT_OPEN[found.status]} in the target, so it was left alone: settle the {action} by hand"
        return held(row, Reason(code="target_paid", text=text), now=now, settled=True)
    changed = differs(last or meant, found)
    if not changed:
        return Cleared(revision=found.revision)
    if action is Action.UPDATE and settings.get(ON_CONFLICT) == SOURCE_WINS:
        return Cleared(events=(_conflict(changed, last, found, meant, now),), revision=found.revision)
    text = f"a person changed it in the target since it was posted ({', '.join(changed)}): choose which side is right"
    return held(row, Reason(code="target_conflict", text=text), now=now, settled=True, detail={"fields": list(changed)})


def _conflict(changed: tuple[str, ...], last: Record | None, found: Record, meant: Record, now: datetime) -> AuditEvent:
    """Both values are kept: what a person entered, and what replaces it. A linked object was never posted by us."""
    text = f"overwrites a change that a person made in the target: {', '.join(changed)}"
    detail = {"posted": encode(last), "found": encode(found), "writes": encode(meant)}
    return AuditEvent(step=Step.CONFLICT, at=now, actor=ACTOR, text=text, detail=detail)
