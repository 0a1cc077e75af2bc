"""Endings of a write that is not sent: the target shows it, a person's values stay in its place, or it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, Kept, Origin, State
from ml_connector.pipeline.posting.results import ACTOR, Ending, in_state


def unneeded(row: CrossReference, *, now: datetime, stamp: str | None) -> Ending:
    """The target shows already what the update would write: nothing is sent."""
    assert row.confirmed is not None
    assert row.planned is not None
    sure = replace(
        row.confirmed,
        n=row.n,
        digest=row.planned.digest,
        source_digest=row.planned.source_digest,
        at=now,
        stamp=stamp,
    )
    event = AuditEvent(step=Step.LOOKED_UP, at=now, actor=ACTOR, text="nothing to update: the target shows it already")
    state = State.LINKED if sure.origin is Origin.ADOPTED else State.POSTED
    done = replace(row, confirmed=sure, planned=None, attempts=0)
    return Ending(row=in_state(done, state, now), events=(event,))


def keeps(
    row: CrossReference, kept: tuple[Kept, ...], event: AuditEvent, *, digest: str, now: datetime, stamp: str | None
) -> Ending:
    """What a person entered counts as what we mean from now on; `digest` names that payload. Planned again."""
    assert row.confirmed is not None
    sure = replace(row.confirmed, digest=digest, stamp=stamp)
    anew = replace(row, confirmed=sure, kept=kept, planned=None, attempts=0)
    return Ending(row=in_state(anew, State.PLANNED, now, due_at=now), events=(event,), again=True)


def plan_lost(row: CrossReference, *, now: datetime) -> Ending:
    """What was planned is not stored any more, and nothing was sent: planned again from the source's version."""
    anew = replace(row, planned=None, in_flight=None)
    return Ending(row=in_state(anew, State.PLANNED, now, due_at=now), again=True)
