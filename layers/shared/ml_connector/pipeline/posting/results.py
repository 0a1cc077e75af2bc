"""What an ended write leaves on its row. Pure: each function is one ending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import Confirmed, CrossReference, Guard, InFlight, Origin, State, Unsettled
from ml_connector.domain.decision import Reason
from ml_connector.domain.posting import Action
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.planning.guards import reserved_by
from ml_connector.pipeline.planning.settle import TARGET_DIFFERS
from ml_connector.pipeline.planning.standing import is_found_deleted, rolled_back
from ml_connector.pipeline.ports import Made

ACTOR = "ml-connector"

_STEPS = {Action.CREATE: Step.POSTED, Action.UPDATE: Step.UPDATED, Action.VOID: Step.VOIDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A row after a write ended. `again` asks for a new plan; `hint_in` for another go at the queue."""

    row: CrossReference
    events: tuple[AuditEvent, ...] = ()
    take: tuple[Guard, ...] = ()
    release: tuple[Guard, ...] = ()
    made: tuple[Made, ...] = ()
    again: bool = False
    hint_in: timedelta | None = None


def confirmed(
    row: CrossReference,
    *,
    target_id: str,
    origin: Origin,
    now: datetime,
    step: Step | None = None,
    differing: tuple[str, ...] = (),
    detail: dict[str, object] | None = None,
    stamp: str | None = None,
) -> Ending:
    """It is in the target. A difference between what we meant and what is there is a Hold *with* the reference."""
    flight = row.in_flight
    assert flight is not None
    if row.confirmed is not None and flight.action is not Action.CREATE:
        origin = row.confirmed.origin
    sure = Confirmed(
        n=flight.n,
        target_id=target_id,
        digest=flight.digest,
        source_digest=flight.source_digest,
        origin=origin,
        at=now,
        stamp=stamp,
        run=flight.run,
        updates=_updates(row, flight),
    )
    event = _confirmation(row, flight, sure, step, detail or {})
    done = replace(row, confirmed=sure, in_flight=None, unsettled=None, planned=None, attempts=0)
    if flight.action is Action.VOID:
        return _reversed(done, event, now, undo=flight.undo)
    if flight.undo:
        return _restored(done, event, differing, now)
    if row.wanted is not None and row.wanted.digest != flight.source_digest:
        return Ending(row=in_state(done, State.PLANNED, now, due_at=now), events=(event,), again=True)
    if differing:
        return _held_with_reference(done, event, differing, now)
    state = State.LINKED if sure.origin is Origin.ADOPTED else State.POSTED
    return Ending(row=in_state(done, state, now), events=(event,))


def _updates(row: CrossReference, flight: InFlight) -> int:
    before = row.confirmed.updates if row.confirmed else 0
    return before + 1 if flight.action is Action.UPDATE else before


def numbered(ending: Ending, found: Record | None, *, moved: bool = False) -> Ending:
    """The number that the target gave it, where it is not the source's own: people look for it by either.

    `moved`: it is another object of the target's by now, so that the former number says nothing any more.
    """
    row = ending.row
    if found is None or not found.number or found.number in (row.number, row.other_number):
        return ending
    return ending if row.other_number and not moved else replace(ending, row=replace(row, other_number=found.number))


def _confirmation(
    row: CrossReference, flight: InFlight, sure: Confirmed, step: Step | None, detail: dict[str, object]
) -> AuditEvent:
    told = {
        "target_id": sure.target_id,
        "n": flight.n,
        "posting": flight.posting_id,
        "digest": flight.digest,
        "source": flight.source_digest,
        "run": flight.run,
        "action": flight.action.value,
        **detail,
    }
    step = Step.ROLLED_BACK if flight.undo else step or _STEPS[flight.action]
    text = f"{flight.action} confirmed: {row.kind} {sure.target_id}"
    return AuditEvent(step=step, at=sure.at, actor=ACTOR, text=text, detail=told)


def already_void(row: CrossReference, *, now: datetime, why: str) -> Ending:
    """A void of what is gone by now is done: that is all that was meant."""
    done = replace(row, in_flight=None, unsettled=None, planned=None, attempts=0)
    intended = row.in_flight or row.unsettled or row.planned
    undo = intended is not None and intended.undo
    step = Step.ROLLED_BACK if undo else Step.VOIDED
    detail = {"action": Action.VOID.value}
    event = AuditEvent(step=step, at=now, actor=ACTOR, text=f"nothing left to void: {why}", detail=detail)
    return _reversed(done, event, now, undo=undo)


def _reversed(row: CrossReference, event: AuditEvent, now: datetime, *, undo: bool) -> Ending:
    """The natural key is free again: another document with this number is no duplicate."""
    free = replace(row, reservation=None)
    reasons = (rolled_back(),) if undo else row.reasons
    return Ending(row=in_state(free, State.REVERSED, now, reasons=reasons), events=(event,), release=reserved_by(row))


def _restored(row: CrossReference, event: AuditEvent, differing: tuple[str, ...], now: datetime) -> Ending:
    """It holds its former values again, and no cycle brings the newer ones back: that is a person's to ask."""
    reasons = [rolled_back()]
    if differing:
        reasons.append(Reason(code=TARGET_DIFFERS, text=f"the target holds other values: {', '.join(differing)}"))
    return Ending(row=in_state(row, State.HELD, now, reasons=tuple(reasons)), events=(event,))


def _held_with_reference(row: CrossReference, event: AuditEvent, differing: tuple[str, ...], now: datetime) -> Ending:
    text = f"the target holds it with other values than were sent: {', '.join(differing)}"
    held = AuditEvent(step=Step.HELD, at=now, actor=ACTOR, text=text, detail={"fields": list(differing)})
    reason = Reason(code=TARGET_DIFFERS, text=text)
    return Ending(row=in_state(row, State.HELD, now, reasons=(reason,)), events=(event, held))


def not_sent(row: CrossReference, before: Unsettled | None, *, now: datetime, retry_at: datetime | None) -> Ending:
    """It never left us: no attempt, no look-up, no event; the row is as it was before the claim."""
    due = retry_at or now
    free = replace(row, in_flight=None, unsettled=before)
    state = State.PLANNED if before is None else State.IN_DOUBT
    return Ending(row=in_state(free, state, now, reasons=row.reasons, due_at=due), hint_in=max(due - now, timedelta()))


def tried_in_vain(row: CrossReference, *, now: datetime, wait: timedelta, why: str, counted: bool) -> Ending:
    """It did not take effect, surely: settled, and tried again after the wait."""
    free = replace(row, in_flight=None, unsettled=None, attempts=row.attempts + (1 if counted else 0))
    event = AuditEvent(step=Step.FAILED, at=now, actor=ACTOR, text=f"not done, will be tried again: {why}")
    again = in_state(free, State.PLANNED, now, reasons=row.reasons, due_at=now + wait)
    return Ending(row=again, events=(event,), hint_in=wait)


def used_up(row: CrossReference, *, now: datetime, why: str) -> Ending:
    """Attempts used up: dead, visible, and redrivable."""
    free = replace(row, in_flight=None, unsettled=None)
    reason = Reason(code="attempts_used_up", text=f"given up after {max(row.attempts, 1)} attempts: {why}")
    event = AuditEvent(step=Step.DEAD, at=now, actor=ACTOR, text=reason.text)
    return Ending(row=in_state(free, State.DEAD, now, reasons=(reason,)), events=(event,))


def refused(row: CrossReference, *, now: datetime, why: str, code: str | None) -> Ending:
    """Understood and refused: one call, no retry, their words kept."""
    free = replace(row, in_flight=None, unsettled=None)
    reason = Reason(code=code or "rejected", text=why)
    event = AuditEvent(
        step=Step.REJECTED, at=now, actor=ACTOR, text=f"refused by the target: {why}", detail={"code": code}
    )
    gone = () if row.confirmed is not None else reserved_by(row)
    rejected = replace(free, reservation=None if gone else row.reservation)
    return Ending(row=in_state(rejected, State.REJECTED, now, reasons=(reason,)), events=(event,), release=gone)


def held(
    row: CrossReference, reason: Reason, *, now: datetime, settled: bool, detail: dict[str, object] | None = None
) -> Ending:
    """Only a person may go on. What is unsettled stays unsettled through the hold."""
    free = replace(row, in_flight=None, unsettled=None if settled else row.unsettled)
    event = AuditEvent(
        step=Step.HELD, at=now, actor=ACTOR, text=reason.text, detail={"code": reason.code, **(detail or {})}
    )
    return Ending(row=in_state(free, State.HELD, now, reasons=(reason,)), events=(event,))


def handed_over(row: CrossReference, *, now: datetime, request_id: str) -> Ending:
    """A visited system has it: no lease, no doubt by time; only its session settles it."""
    assert row.in_flight is not None
    event = AuditEvent(
        step=Step.HANDED_OVER,
        at=now,
        actor=ACTOR,
        text="waits for the system's next visit",
        detail={"request": request_id},
    )
    return Ending(row=in_state(row, State.HANDED_OVER, now), events=(event,))


def stopped(row: CrossReference, *, now: datetime) -> Ending:
    """The credentials were refused, so nothing was done: planned as before, and fed again when the connection runs."""
    free = replace(row, in_flight=None, unsettled=None)
    return Ending(row=in_state(free, State.PLANNED, now, reasons=row.reasons, due_at=now))


def duplicate(row: CrossReference, guard: Guard, owner: str, *, now: datetime) -> Ending:
    """Another record has this natural key: the second is held and names the first.

    A former key of its own, under which nothing was posted, is given back.
    """
    text = f"the same {row.kind} ({row.number or guard.key}) already came as {owner}"
    free = row if row.confirmed else replace(row, reservation=None)
    ending = held(free, Reason(code="duplicate", text=text), now=now, settled=True, detail={"owner": owner})
    return ending if row.confirmed else replace(ending, release=reserved_by(row))


def overtaken(ending: Ending, *, now: datetime) -> Ending:
    """Something newer is wanted than what this write was about, and nothing is in doubt: the newer one is planned.

    The older version is not sent any more, and neither its refusal nor its hold stands in the newer one's way: but for
    one, that a person deleted what it had made.
    """
    row = ending.row
    if row.is_busy or row.planned is None or row.wanted is None or row.is_being_undone or is_found_deleted(row):
        return ending
    if row.planned.source_digest == row.wanted.digest:
        return ending
    anew = replace(row, planned=None, attempts=0)
    return replace(ending, row=in_state(anew, State.PLANNED, now, due_at=now), again=True, hint_in=None)


def in_state(
    row: CrossReference,
    state: State,
    now: datetime,
    *,
    reasons: tuple[Reason, ...] = (),
    due_at: datetime | None = None,
) -> CrossReference:
    since = row.state_since if row.state is state else now
    return replace(row, state=state, state_since=since, reasons=reasons, due_at=due_at)
