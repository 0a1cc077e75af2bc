"""Turn a decision into the row it leaves behind. Pure: what may follow what is written here and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import (
    Confirmed,
    CrossReference,
    Origin,
    Planned,
    State,
)
from ml_connector.domain.decision import Decision, Hold, Link, Post, Reason, Skip, Void
from ml_connector.domain.posting import Action
from ml_connector.domain.records.record import digest
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.planning.caution import ASKED_AGAIN, NO_CAUTION, Caution, is_failed_create, looks_first
from ml_connector.pipeline.planning.guards import made_by, name_guards, ownership
from ml_connector.pipeline.planning.holding import Settled, held, in_state, left_deleted, skipped, without_target
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.planning.standing import is_found_deleted, stands, taken_up
from ml_connector.pipeline.ports import Epoch

ADOPTED_CHANGED = "adopted_changed"
TARGET_DIFFERS = "target_differs"
TARGET_CONFLICT = "target_conflict"
TARGET_GONE = "target_gone"
_HOLDS_ELSE = frozenset({TARGET_DIFFERS, TARGET_GONE})


def settle(
    flow: Flow,
    row: CrossReference,
    decision: Decision,
    received: Received,
    *,
    now: datetime,
    epoch: Epoch,
    caution: Caution = NO_CAUTION,
) -> Settled:
    """A busy row keeps its state: what is wanted by then is planned again when the write in flight has settled."""
    if stands(row, by_person=received.by_person):
        return Settled(row=row)
    if row.is_busy or row.state is State.HANDED_OVER:
        return _looked_at_again(row, received, now=now, caution=caution)
    if is_found_deleted(row) and not (received.by_person or isinstance(decision, Link)):
        return left_deleted(row, decision, now=now, actor=received.actor)
    if received.by_person:
        row = taken_up(row)
    if row.state is State.REVERSED:
        if not received.by_person or isinstance(decision, Void | Skip):
            return Settled(row=row)
        row = without_target(row)
    match decision:
        case Post():
            if caution.only_audits and is_failed_create(row) and not received.by_person:
                return Settled(row=row)
            why = caution.why_look_first(row, epoch, by_person=received.by_person)
            return _post(flow, row, decision, received, now=now, epoch=epoch, look_first=why)
        case Void(reason):
            return _void(flow, row, reason, received, now=now)
        case Link():
            return _link(flow, row, decision, received, now=now)
        case Skip(reason):
            return _skip(row, reason, received, now=now)
        case Hold(reasons):
            return held(row, reasons, now=now, actor=received.actor)


def _looked_at_again(row: CrossReference, received: Received, *, now: datetime, caution: Caution) -> Settled:
    """A person may send a held or dead row with an unsettled write back to the look-up; nothing else moves it."""
    if not received.by_person or row.in_flight is not None or row.state not in (State.HELD, State.DEAD):
        return Settled(row=row)
    event = AuditEvent(
        step=Step.RELEASED, at=now, actor=received.actor, text="to be looked up again before anything is written"
    )
    reasons = (ASKED_AGAIN,) if caution.only_audits else ()
    again = in_state(replace(row, attempts=0), State.PLANNED, now, reasons=reasons, due_at=now)
    return Settled(row=again, events=(event,))


def _post(
    flow: Flow,
    row: CrossReference,
    post: Post,
    received: Received,
    *,
    now: datetime,
    epoch: Epoch,
    look_first: Reason | None,
) -> Settled:
    post = replace(post, record=replace(post.record, marker=row.record.marker))  # type: ignore[type-var]
    planned = Planned(
        action=Action.CREATE if row.confirmed is None else Action.UPDATE,
        digest=digest(post.record),
        source_digest=row.wanted.digest if row.wanted else "",
        run=received.run_id,
    )
    if _holds_already(row.confirmed, planned) and not (received.checks or _has_to_be_seen(row, planned)):
        return _unchanged(row, received, now=now)
    if post.held_if_changed is not None and row.confirmed is not None:
        return held(row, (post.held_if_changed,), now=now, actor=received.actor)
    if _is_anothers(flow, row):
        return _adopted_changed(row, received, now)
    if _stands(row, planned, received):
        return Settled(row=row, target=post.record if row.state is State.PLANNED else None)
    was_held = row.state is State.HELD
    row = _planned(row, planned, now, epoch, look_first)
    events = (
        *_released(received, now, was_held=was_held),
        _event(Step.PLANNED, f"to {planned.action} in {flow.target.system}", post, received, now),
    )
    return Settled(row=row, events=events, take=name_guards(row, post.names), target=post.record)


def _holds_already(confirmed: Confirmed | None, planned: Planned) -> bool:
    """What a person made, or chose to keep, holds as long as the source stays as it was then."""
    if confirmed is None:
        return False
    by_person = confirmed.kept or not confirmed.digest
    return planned.digest == confirmed.digest or (by_person and planned.source_digest == confirmed.source_digest)


def _has_to_be_seen(row: CrossReference, planned: Planned) -> bool:
    """What left its place for a change comes back by a look: a person may have been at it, and we may have known.

    Not so where we cannot compare, since a person made it or chose it, nor where it is known to differ from what was
    sent.
    """
    sure = row.confirmed
    ours = sure is not None and not sure.kept and sure.digest == planned.digest
    return ours and row.state not in (State.POSTED, State.LINKED) and not _is_held_for(row, frozenset({TARGET_DIFFERS}))


def _is_held_for(row: CrossReference, codes: frozenset[str]) -> bool:
    return row.state is State.HELD and any(reason.code in codes for reason in row.reasons)


def _is_anothers(flow: Flow, row: CrossReference) -> bool:
    adopted = row.confirmed is not None and row.confirmed.origin is Origin.ADOPTED
    return adopted and not flow.update_adopted


def _adopted_changed(row: CrossReference, received: Received, now: datetime) -> Settled:
    text = "it changed at the source after it was linked to a document that a person keyed: compare the two"
    return held(row, (Reason(code=ADOPTED_CHANGED, text=text),), now=now, actor=received.actor)


def _stands(row: CrossReference, planned: Planned, received: Received) -> bool:
    """Whether this very write is planned already, or was given up and only a person may ask for it again."""
    if row.planned != planned:
        return False
    given_up = row.state in (State.REJECTED, State.DEAD, State.HELD)
    again = received.by_person or (received.checks and row.state is State.HELD)
    return row.state is State.PLANNED or (given_up and not again)


def _planned(
    row: CrossReference, planned: Planned, now: datetime, epoch: Epoch, look_first: Reason | None
) -> CrossReference:
    """A create looks first as long as the target may hold what our tables do not know."""
    anew = replace(row, planned=planned, n=row.n + 1, epoch=epoch.number, attempts=0)
    if planned.action is Action.CREATE and look_first is not None:
        anew = looks_first(anew, now=now, why=look_first)
    return in_state(anew, State.PLANNED, now, reasons=anew.reasons if anew.unsettled else (), due_at=now)


def _unchanged(row: CrossReference, received: Received, *, now: datetime) -> Settled:
    """Nothing to write. A row that was held or planned for a change that is gone again goes back to where it stood.

    One of which we know that the target holds something else stays held, until a person says so.
    """
    assert row.confirmed is not None
    ours = row.confirmed.digest and not row.confirmed.kept
    differs = _is_held_for(row, _HOLDS_ELSE | {TARGET_CONFLICT} if ours else _HOLDS_ELSE)
    if row.state in (State.POSTED, State.LINKED) or (differs and not received.by_person):
        return Settled(row=row)
    state = State.LINKED if row.confirmed.origin is Origin.ADOPTED else State.POSTED
    text = "nothing left to do: the target already holds it"
    event = AuditEvent(step=Step.RELEASED, at=now, actor=received.actor, text=text)
    return Settled(row=in_state(replace(row, planned=None), state, now, reasons=(), due_at=None), events=(event,))


def _void(flow: Flow, row: CrossReference, reason: Reason, received: Received, *, now: datetime) -> Settled:
    if row.confirmed is None:
        return _skip(row, reason, received, now=now)
    if row.confirmed.kept and row.wanted is not None and row.confirmed.source_digest == row.wanted.digest:
        return _unchanged(row, received, now=now)
    if _is_anothers(flow, row):
        return _adopted_changed(row, received, now)
    planned = Planned(
        action=Action.VOID,
        digest=row.confirmed.digest,
        source_digest=row.wanted.digest if row.wanted else "",
        run=received.run_id,
    )
    if _stands(row, planned, received):
        return Settled(row=row)
    event = AuditEvent(
        step=Step.PLANNED, at=now, actor=received.actor, text=f"to void: {reason.text}", detail={"code": reason.code}
    )
    row = in_state(
        replace(row, planned=planned, n=row.n + 1, attempts=0), State.PLANNED, now, reasons=(reason,), due_at=now
    )
    return Settled(row=row, events=(event,))


def _link(flow: Flow, row: CrossReference, link: Link, received: Received, *, now: datetime) -> Settled:
    if row.confirmed is not None:
        return Settled(row=row)
    source_digest = row.wanted.digest if row.wanted else ""
    confirmed = Confirmed(
        n=row.n,
        target_id=link.target_id,
        digest="",
        source_digest=source_digest,
        origin=Origin.ADOPTED,
        at=now,
        run=received.run_id,
    )
    event = AuditEvent(
        step=Step.LINKED, at=now, actor=received.actor, text=link.reason.text, detail={"target_id": link.target_id}
    )
    row = replace(row, confirmed=confirmed, planned=None)
    return Settled(
        row=in_state(row, State.LINKED, now, reasons=(link.reason,), due_at=None),
        events=(event,),
        take=(ownership(row, link.target_id),),
        made=made_by(flow, row, received.record, link.target_id),
    )


def _skip(row: CrossReference, reason: Reason, received: Received, *, now: datetime) -> Settled:
    if row.confirmed is not None:
        return _unchanged(row, received, now=now)
    return skipped(row, (reason,), now=now, actor=received.actor)


def _released(received: Received, now: datetime, *, was_held: bool) -> tuple[AuditEvent, ...]:
    if not was_held:
        return ()
    return (AuditEvent(step=Step.RELEASED, at=now, actor=received.actor, text="what it waited for is there"),)


def _event(step: Step, text: str, post: Post, received: Received, now: datetime) -> AuditEvent:
    detail = {"notes": list(post.notes), "run": received.run_id, "cause": received.cause.value}
    return AuditEvent(step=step, at=now, actor=received.actor, text=text, detail=detail)
