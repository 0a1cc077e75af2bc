"""A write of which nobody knows the outcome, and what look-ups leave of the doubt. Pure, as every ending."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, State, Unsettled
from ml_connector.domain.decision import Reason
from ml_connector.pipeline.posting.results import ACTOR, Ending, in_state


def in_doubt(row: CrossReference, *, now: datetime, wait: timedelta, why: str) -> Ending:
    """Sent, and nobody knows. The last moment it can have left us is now."""
    assert row.in_flight is not None
    flight = row.in_flight
    doubt = Unsettled(
        n=flight.n,
        action=flight.action,
        digest=flight.digest,
        source_digest=flight.source_digest,
        since=now,
        run=flight.run,
        undo=flight.undo,
    )
    free = replace(row, in_flight=None, unsettled=doubt, attempts=row.attempts + 1)
    event = AuditEvent(step=Step.IN_DOUBT, at=now, actor=ACTOR, text=f"outcome unknown: {why}", detail={"n": flight.n})
    reason = Reason(code="in_doubt", text=f"sent at {now:%H:%M:%S} UTC and not answered: {why}")
    return Ending(
        row=in_state(free, State.IN_DOUBT, now, reasons=(reason,), due_at=now + wait), events=(event,), hint_in=wait
    )


def looked_in_vain(row: CrossReference) -> CrossReference:
    """A look-up could not tell: the next one waits longer."""
    assert row.unsettled is not None
    return replace(row, unsettled=replace(row.unsettled, looks=row.unsettled.looks + 1))


def still_in_doubt(row: CrossReference, *, now: datetime, wait: timedelta, absences: int) -> Ending:
    """Looked, and not sure yet. Rows keep their reason; no event, since nothing changed."""
    assert row.unsettled is not None
    free = replace(row, in_flight=None, unsettled=replace(row.unsettled, absences=absences))
    return Ending(row=in_state(free, State.IN_DOUBT, now, reasons=row.reasons, due_at=now + wait), hint_in=wait)


def create_failed(row: CrossReference, *, now: datetime) -> Ending:
    """Not in the target, and not to be tried again by itself. It stays unsettled: a person's word looks once more."""
    assert row.unsettled is not None
    free = replace(row, in_flight=None, unsettled=replace(row.unsettled, absences=0))
    text = "its create was not answered, and the target does not have it: it waits for a person's word"
    event = AuditEvent(step=Step.FAILED, at=now, actor=ACTOR, text=text)
    reason = Reason(code="create_failed", text=text)
    return Ending(row=in_state(free, State.DEAD, now, reasons=(reason,)), events=(event,))


TOOK_NO_EFFECT = "not in the target: the earlier write took no effect"
DOES_NOT_SHOW = "whether the earlier write took effect does not show in the target, and it does no harm twice"


def shown_absent(row: CrossReference, *, now: datetime, text: str = TOOK_NO_EFFECT) -> Ending:
    """Two complete look-ups after the settle time found nothing: settled, and free to be written."""
    free = replace(row, in_flight=None, unsettled=None)
    event = AuditEvent(step=Step.LOOKED_UP, at=now, actor=ACTOR, text=text)
    return Ending(row=in_state(free, State.PLANNED, now, due_at=now), events=(event,), hint_in=timedelta())
