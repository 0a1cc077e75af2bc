"""A row after a decision, and the hold as one: kept back, saying why, until its cause is gone or a person chooses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, Guard, State
from ml_connector.domain.decision import MAX_REASONS, Decision, Hold, Reason, Skip, Void
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.planning.guards import reserved_by
from ml_connector.pipeline.planning.standing import FOUND_DELETED, is_found_deleted, stands
from ml_connector.pipeline.ports import Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A row after a decision, with everything that is written in the same step. `target` is the payload to post."""

    row: CrossReference
    events: tuple[AuditEvent, ...] = ()
    take: tuple[Guard, ...] = ()
    release: tuple[Guard, ...] = ()
    made: tuple[Made, ...] = ()
    target: Record | None = None

    @property
    def wants_posting(self) -> bool:
        return self.row.state is State.PLANNED


def held(row: CrossReference, reasons: tuple[Reason, ...], *, now: datetime, actor: str) -> Settled:
    """Held by a plan: nothing is planned any more, so that the cure plans anew. A hold at posting keeps its plan."""
    row, reasons = replace(row, planned=None), reasons[:MAX_REASONS]
    if row.state is State.HELD and told(row.reasons) == told(reasons):
        return Settled(row=replace(row, reasons=reasons))
    event = AuditEvent(
        step=Step.HELD, at=now, actor=actor, text="; ".join(reason.text for reason in reasons), detail=_detail(reasons)
    )
    return Settled(row=in_state(row, State.HELD, now, reasons=reasons, due_at=None), events=(event,))


def skipped(row: CrossReference, reasons: tuple[Reason, ...], *, now: datetime, actor: str) -> Settled:
    """Passed over, with nothing in the target: its number is free for another document."""
    if row.state is State.SKIPPED and told(row.reasons) == told(reasons):
        return Settled(row=row)
    event = AuditEvent(step=Step.SKIPPED, at=now, actor=actor, text=reasons[0].text, detail={"code": reasons[0].code})
    free = in_state(replace(row, planned=None, reservation=None), State.SKIPPED, now, reasons=reasons, due_at=None)
    return Settled(row=free, events=(event,), release=reserved_by(row))


def unread(row: CrossReference, reason: Reason, *, gone: bool, now: datetime, actor: str) -> Settled:
    """A record that cannot be read: what is posted is held for a person; what was never posted waits or is let go.

    Its stamp is forgotten, so that the next poll that lists it reads it again.
    """
    if row.is_busy or row.state in (State.HANDED_OVER, State.REVERSED) or stands(row, by_person=False):
        return Settled(row=row)
    row = replace(row, stamp=None)
    if is_found_deleted(row):
        return left_deleted(row, Skip(reason) if gone else Hold((reason,)), now=now, actor=actor)
    if gone and row.confirmed is None:
        is_skipped = row.state is State.SKIPPED
        return Settled(row=row) if is_skipped else skipped(row, (reason,), now=now, actor=actor)
    return held(row, (reason,), now=now, actor=actor)


def left_deleted(row: CrossReference, decision: Decision, *, now: datetime, actor: str) -> Settled:
    """What a person deleted in the target is not made again by a plan: passed over it is let go, else it is held.

    Its reason stays beside any other, so that a later plan knows of it.
    """
    deleted = tuple(reason for reason in row.reasons if reason.code == FOUND_DELETED)
    if not isinstance(decision, Void | Skip):
        return Settled(row=row) if row.state is State.HELD else held(row, deleted, now=now, actor=actor)
    return skipped(row, (decision.reason, *deleted), now=now, actor=actor)


def without_target(row: CrossReference) -> CrossReference:
    """The row of a reversed record, free for another object: the one that was taken out is never taken for that."""
    former = (row.confirmed.target_id,) if row.confirmed else ()
    return replace(row, confirmed=None, given_up=(*row.given_up, *former))


def in_state(
    row: CrossReference, state: State, now: datetime, *, reasons: tuple[Reason, ...], due_at: datetime | None
) -> CrossReference:
    since = row.state_since if row.state is state else now
    return replace(row, state=state, state_since=since, reasons=reasons, due_at=due_at)


def told(reasons: tuple[Reason, ...]) -> list[tuple[str, str]]:
    return [(reason.code, reason.text) for reason in reasons]


def _detail(reasons: tuple[Reason, ...]) -> dict[str, object]:
    return {
        "reasons": [
            {
                "code": reason.code,
                "text": reason.text,
                "candidates": [f"{item.id} {item.name} ({item.likeness})" for item in reason.candidates],
            }
            for reason in reasons
        ]
    }
