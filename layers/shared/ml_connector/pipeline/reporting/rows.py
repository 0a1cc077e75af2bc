"""Rows by state, read twice: the index finds them and may lag, the rows themselves decide."""

from __future__ import annotations

from ml_connector.domain.crossreference import OPEN_STATES, CrossReference, State
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.pipeline.ports import Ports


def rows_in(ports: Ports, flow: FlowId, state: State, *, limit: int) -> list[CrossReference]:
    """Rows of one state, at most `limit`. A final state is found month by month, an open one in the work list."""
    ids = ports.ledger.open_work(flow, [state], limit=limit) if state in OPEN_STATES else _final(ports, flow, state)
    rows = ports.ledger.get_many(ids[:limit])
    return [rows[record] for record in ids[:limit] if record in rows and rows[record].state is state]


def _final(ports: Ports, flow: FlowId, state: State) -> list[RecordId]:
    return [
        summary.record
        for month in sorted(ports.ledger.months(flow), reverse=True)
        for summary in ports.ledger.summaries(flow, month)
        if summary.state is state
    ]
