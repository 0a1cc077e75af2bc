"""Rows in the states that tests begin with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ml_connector.domain.crossreference import (
    Confirmed,
    CrossReference,
    InFlight,
    Origin,
    Planned,
    State,
    Unsettled,
    Wanted,
)
from ml_connector.domain.identity import FlowId, RecordId, posting_id
from ml_connector.domain.posting import Action
from ml_connector.domain.records.kinds import RecordKind
from tests.fakes.clock import START

FLOW = FlowId(tenant="acme", flow="jaggaer_invoice_to_freshbooks_bill", source="jaggaer", target="freshbooks")
RECORD = RecordId(flow=FLOW, external_id="1")


def a_row(state: State = State.PLANNED, **changes: Any) -> CrossReference:
    """Wanted in version "source"; nothing planned, nothing sent."""
    row = CrossReference(
        record=RECORD,
        kind=RecordKind.BILL,
        source_kind=RecordKind.BILL,
        state=state,
        number="INV-1",
        first_seen_at=START,
        state_since=START,
        wanted=Wanted(digest="source", fetched_at=START, stamp="s1"),
    )
    return replace(row, **changes)


def a_planned_row(action: Action = Action.CREATE, **changes: Any) -> CrossReference:
    planned = Planned(action=action, digest="target", source_digest="source")
    return a_row(**{"n": 1, "planned": planned, "due_at": START, **changes})


def a_row_in_flight(action: Action = Action.CREATE, **changes: Any) -> CrossReference:
    """Claimed and about to be sent; a change is one of bill B1, which holds "former"."""
    flight = InFlight(
        n=1,
        posting_id=posting_id(RECORD, n=1, epoch=1),
        action=action,
        digest="target",
        source_digest="source",
        attempt=1,
        claim="mine",
        lease_until=START + timedelta(minutes=3),
    )
    doubt = Unsettled(n=1, action=action, digest="target", source_digest="source", since=START)
    confirmed = None if action is Action.CREATE else a_confirmation(digest="former")
    values = {"state": State.POSTING, "in_flight": flight, "unsettled": doubt, "confirmed": confirmed}
    return a_planned_row(action, **{**values, **changes})


def a_row_in_doubt(action: Action = Action.CREATE, **changes: Any) -> CrossReference:
    """Claimed again, to be looked up."""
    return a_row_in_flight(action, **changes)


def a_posted_row(**changes: Any) -> CrossReference:
    return a_row(**{"state": State.POSTED, "n": 1, "confirmed": a_confirmation(), "reservation": "V1:inv-1", **changes})


def a_confirmation(digest: str = "target", *, origin: Origin = Origin.CREATED, source: str = "source") -> Confirmed:
    return Confirmed(n=1, target_id="B1", digest=digest, source_digest=source, origin=origin, at=START)
