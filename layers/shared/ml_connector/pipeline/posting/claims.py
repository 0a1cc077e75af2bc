"""Claim a write just before it is sent. The lease outlives the function, so that no two workers hold one record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ml_connector.domain.crossreference import CrossReference, Guard, InFlight, Planned, State, Unsettled
from ml_connector.domain.identity import posting_id
from ml_connector.domain.posting import Action
from ml_connector.pipeline.planning.guards import reservation

LEASE_MARGIN = timedelta(seconds=60)


def is_due(row: CrossReference, now: datetime) -> bool:
    """Whether a worker may take the row now: planned or in doubt and due, or left behind by a worker that died."""
    if row.state is State.POSTING:
        return row.in_flight is not None and row.in_flight.lease_until <= now
    if row.state not in (State.PLANNED, State.IN_DOUBT):
        return False
    return row.planned is not None and (row.due_at is None or row.due_at <= now)


def claimed(row: CrossReference, *, claim: str, now: datetime, remaining: timedelta, sends: bool) -> CrossReference:
    """The row in this worker's hands. With `sends` it is unsettled from here on: the write may leave at any moment.

    Every go at one intended write has the same n, so that look-ups and sends speak of one posting.
    """
    planned = row.planned
    assert planned is not None
    flight = InFlight(
        n=row.n,
        posting_id=posting_id(row.record, n=row.n, epoch=row.epoch),
        action=planned.action,
        digest=planned.digest,
        source_digest=planned.source_digest,
        attempt=row.attempts + 1,
        claim=claim,
        lease_until=now + remaining + LEASE_MARGIN,
        run=planned.run,
        undo=planned.undo,
    )
    unsettled = _unsettled(planned, n=row.n, since=now + remaining) if sends else row.unsettled
    return replace(
        row,
        state=State.POSTING,
        state_since=row.state_since if row.state is State.POSTING else now,
        in_flight=flight,
        unsettled=unsettled,
        due_at=flight.lease_until,
    )


def _unsettled(planned: Planned, *, n: int, since: datetime) -> Unsettled:
    return Unsettled(
        n=n,
        action=planned.action,
        digest=planned.digest,
        source_digest=planned.source_digest,
        since=since,
        run=planned.run,
        undo=planned.undo,
    )


def is_mine(row: CrossReference | None, claim: str) -> bool:
    """The one fence of every confirmation: the claim, and nothing else about the row."""
    return row is not None and row.in_flight is not None and row.in_flight.claim == claim


def reserved(row: CrossReference, key: str | None) -> tuple[CrossReference, tuple[Guard, ...], tuple[Guard, ...]]:
    """The natural key in the target is this record's alone from now on: the row, guards to take, guards to give back.

    A key that the target may still hold under our reference is given back only when the change is confirmed.
    """
    assert row.in_flight is not None
    if key is None or key == row.reservation or row.in_flight.action is Action.VOID:
        return row, (), ()
    take = (reservation(row, key),)
    if row.confirmed is not None:
        return row, take, ()
    given_back = (reservation(row, row.reservation),) if row.reservation else ()
    return replace(row, reservation=key), take, given_back
