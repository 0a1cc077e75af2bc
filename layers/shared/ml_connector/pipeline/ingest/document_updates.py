"""Tell a partner how far we are with an invoice that they sent: after the fact, beside the posting, never in its way.

By level: what the sender was last told is compared with where the record stands now. An update whose outcome is unknown
is sent again under the same id with the same content, which the receiver knows again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.connection import Connection
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.document import Document, Standing
from ml_connector.domain.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.domain.identity import ConnectionId, fingerprint
from ml_connector.pipeline.catalog import Systems
from ml_connector.pipeline.documents import StatusUpdate, Telling
from ml_connector.pipeline.ingest.trail_notes import noted
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_documents import Documents

MOST_TRIES = 12
"""Looks are five minutes apart or more: an hour at least."""

LEFT_ALONE = timedelta(minutes=5)
"""A partner that does not answer now: each further update would wait as long for it as the first one did."""

_STANDINGS: Mapping[State, Standing] = {
    State.POSTED: Standing.POSTED,
    State.LINKED: Standing.POSTED,
    State.HELD: Standing.HELD,
    State.REJECTED: Standing.REJECTED,
}
_OVER = frozenset({State.SKIPPED, State.REVERSED})


class DocumentUpdates:
    def __init__(self, ports: Ports, systems: Systems, documents: Documents) -> None:
        self._ports = ports
        self._systems = systems
        self._documents = documents
        self._left_alone: dict[ConnectionId, datetime] = {}

    def must_wait(self, connection: ConnectionId) -> bool:
        """Whether its partner gave no answer a short while ago, as far as this process knows."""
        until = self._left_alone.get(connection)
        return until is not None and self._ports.clock.now() < until

    def tell(self, document: Document, connection: Connection, wanted: frozenset[Standing]) -> bool:
        """Whether something went on. A connection that stands still tells nobody; it does so when it goes on."""
        row = self._ports.ledger.get(document.records[0])
        if row is None or row.is_busy or not connection.is_running:
            return False
        standing = _STANDINGS.get(row.state)
        if row.state in _OVER:
            return self._documents.put(replace(document, tells=False), expected=document)
        if standing is None or standing is document.told:
            return False
        if standing not in wanted:
            over = standing is Standing.POSTED or not wanted
            return over and self._documents.put(replace(document, tells=False), expected=document)
        return self._send(document, connection, row, standing)

    def _send(self, document: Document, connection: Connection, row: CrossReference, standing: Standing) -> bool:
        update = _update(document, row, standing)
        try:
            system = self._systems.open(connection)
            updates = system.status_updates if isinstance(system, Telling) else None
            if updates is None:
                raise RejectedError("there is no secret to send status updates with: ml-connector replace-secret")
            updates.send(update)
        except (TransientError, RateLimitedError, OutcomeUnknownError) as error:
            self._left_alone[connection.id] = self._ports.clock.now() + LEFT_ALONE
            return self._again(document, row, update, error)
        except (RejectedError, AuthError) as error:
            return self._settled(document, row, update, f"could not be told: {error.detail}")
        return self._settled(document, row, update, None)

    def _again(self, document: Document, row: CrossReference, update: StatusUpdate, error: ConnectorError) -> bool:
        if document.tries + 1 >= MOST_TRIES:
            return self._settled(document, row, update, f"may not know: {error.detail}")
        return self._documents.put(replace(document, tries=document.tries + 1, why=error.detail), expected=document)

    def _settled(self, document: Document, row: CrossReference, update: StatusUpdate, why: str | None) -> bool:
        """First the history, then the document: a crash between the two sends the same once more, and notes it once."""
        if why is not None:
            self._ports.metrics.count("StatusUpdatesFailed")
        text = f"{document.sender} {why or 'was told'}: {update.standing.value}"
        detail = {"update": update.payload_id, "payload_id": document.payload_id}
        event = AuditEvent(step=Step.TOLD, at=self._ports.clock.now(), actor="ml-connector", text=text, detail=detail)
        noted(self._ports, row, event, key="update")
        goes_on = update.standing is not Standing.POSTED
        after = replace(document, tells=goes_on, told=update.standing, tellings=document.tellings + 1, tries=0, why=why)
        return self._documents.put(after, expected=document)


def _update(document: Document, row: CrossReference, standing: Standing) -> StatusUpdate:
    """All of it follows from what is stored, so that a repeat is the same to the byte."""
    since = row.state_since or document.received_at
    name = fingerprint(str(document.connection), document.id, standing, str(document.tellings), since.isoformat())
    return StatusUpdate(
        payload_id=f"{name}@ml-connector",
        at=since,
        standing=standing,
        refers_to=document.payload_id,
        invoice=document.numbers[0],
    )
