"""An event in a record's history that changes nothing about the record: written once, however often it is tried."""

from __future__ import annotations

from ml_connector.domain.audit import AuditEvent
from ml_connector.domain.crossreference import CrossReference
from ml_connector.pipeline.ports import Change, Ports


def noted(ports: Ports, row: CrossReference, event: AuditEvent, *, key: str) -> None:
    """`key` names the part of the detail that makes the event this one and no other. Raises: MovedError."""
    mark = event.detail[key]
    if any(entry.event.detail.get(key) == mark for entry in ports.ledger.trail(row.record)):
        return
    ports.ledger.commit(Change(before=row, after=row, events=(event,)))
