"""What partners sent, attached to the history of the record that it is about, as soon as that record is there.

A document is evidence: it changes no record's state and posts nothing. By level, as holds are lifted: each look asks of
every open document what is to be done now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.connection import Connection
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.document import Document, DocumentKind, DocumentState
from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.identity import ConnectionId, RecordId, fingerprint
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import load
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.documents import LONGEST_TELLING, DoorRules
from ml_connector.pipeline.ingest.document_matching import Candidate, differences, fitting
from ml_connector.pipeline.ingest.document_receiver import payload_key
from ml_connector.pipeline.ingest.document_updates import DocumentUpdates
from ml_connector.pipeline.ingest.trail_notes import noted
from ml_connector.pipeline.ports import Deadline, MovedError, PayloadKey, Ports
from ml_connector.pipeline.ports_documents import Documents

LOOK_AGAIN_AFTER = timedelta(minutes=5)
_MARGIN = timedelta(seconds=15)
MOST_LOOKS = 100
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    total: Money | None
    facts: Mapping[str, str]
    refers_to: str | None


class DocumentDesk:
    """What was looked at when is remembered in this process only: after a restart a document is looked at once more."""

    def __init__(self, ports: Ports, catalog: Catalog, systems: Systems, documents: Documents) -> None:
        self._ports = ports
        self._catalog = catalog
        self._documents = documents
        self._updates = DocumentUpdates(ports, systems, documents)
        self._looked: dict[tuple[ConnectionId, str], datetime] = {}

    def attend(self, connection: Connection, deadline: Deadline | None = None) -> int:
        """Look at the connection's open documents; answers how many went on.

        Those that were never looked at come first, then the one whose last look is the longest ago: however many wait
        for good, each has its turn.

        None that could last beyond `deadline` is begun, and none for a partner that gave no answer a short while ago:
        they are looked at as soon as there is time for them.
        """
        rules = self._rules(connection)
        if rules is None:
            return 0
        now, done = self._ports.clock.now(), 0
        for document in self._due(connection, now)[:MOST_LOOKS]:
            if deadline is not None and deadline.remaining() < LONGEST_TELLING + _MARGIN:
                break
            if self._must_wait(document):
                continue
            self._looked[document.connection, document.id] = now
            done += self._one_alone(document, lambda one: self._look(one, connection, rules))
        return done

    def _due(self, connection: Connection, now: datetime) -> list[Document]:
        found = self._documents.open(connection.id)
        there = {(one.connection, one.id) for one in found}
        self._looked = {key: at for key, at in self._looked.items() if key in there or key[0] != connection.id}
        due = [one for one in found if self._looked_at(one) <= now - LOOK_AGAIN_AFTER and not self._must_wait(one)]
        return sorted(due, key=self._looked_at)

    def _looked_at(self, document: Document) -> datetime:
        return self._looked.get((document.connection, document.id), _LONG_AGO)

    def _must_wait(self, document: Document) -> bool:
        return _is_to_be_told(document) and self._updates.must_wait(document.connection)

    def old(self, connection: Connection, *, before: datetime) -> int:
        """How many have waited since then for the record that they are about."""
        if self._rules(connection) is None:
            return 0
        waiting = (one for one in self._documents.open(connection.id) if one.state is DocumentState.WAITING)
        return sum(one.received_at < before for one in waiting)

    def _rules(self, connection: Connection) -> DoorRules | None:
        door = self._catalog.doors.get(connection.system)
        return door.rules(connection.settings) if door is not None else None

    def _one_alone(self, document: Document, look: Callable[[Document], bool]) -> bool:
        """One that cannot be read, or whose record just moved, spoils no other: it is looked at again."""
        try:
            return look(document)
        except (ConnectorError, MovedError, KeyError, ValueError) as error:
            self._ports.metrics.count("DocumentsNotAttended", kind=document.kind.value)
            self._ports.log.warning("document not attended", document=document.id, why=repr(error))
            return False

    def _look(self, document: Document, connection: Connection, rules: DoorRules) -> bool:
        if document.state is DocumentState.WAITING:
            return self._attach(document, rules)
        if not _is_to_be_told(document):
            return self._tell_of_reuse(document)
        return self._updates.tell(document, connection, rules.tell)

    def _attach(self, document: Document, rules: DoorRules) -> bool:
        content = self._content(document)
        kind, numbers = self._named(document, content.refers_to, rules)
        if not self._is_read(document.connection, kind):
            return self._waits(document, f"no flow of this connection reads {kind.value.replace('_', ' ')}s")
        found: list[RecordId] = list(document.records)
        why = None if numbers else "the document that it refers to has not come yet"
        for number in numbers:
            candidates = self._candidates(document, kind, number)
            match = fitting(document, content.total, candidates)
            if _is_one(match) and not any(one.row.is_busy for one in match):
                found += [self._noted_at(one, document, content) for one in match]
            else:
                why = _why(number, candidates, match)
        state = DocumentState.WAITING if why else DocumentState.ATTACHED
        tells = document.tells and document.kind is DocumentKind.INVOICE
        after = replace(document, records=tuple(dict.fromkeys(found)), state=state, why=why, tells=tells)
        return after != document and self._documents.put(after, expected=document)

    def _waits(self, document: Document, why: str) -> bool:
        if document.why != why:
            self._documents.put(replace(document, why=why), expected=document)
        return False

    def _named(self, document: Document, refers_to: str | None, rules: DoorRules) -> tuple[RecordKind, tuple[str, ...]]:
        """An update that gives no number is about whatever the document is about that it refers to."""
        if document.numbers or refers_to is None:
            return document.about, document.numbers
        for sender in sorted(rules.senders):
            other = self._documents.find(document.connection, fingerprint(sender, refers_to))
            if other is not None:
                return other.about, other.numbers
        return document.about, ()

    def _is_read(self, connection: ConnectionId, kind: RecordKind) -> bool:
        flows = (one.id for one in self._ports.connections.flows(connection.tenant) if one.enabled)
        return any(
            flow.source_connection == connection and self._catalog.flow(flow.flow).source.kind is kind for flow in flows
        )

    def _candidates(self, document: Document, kind: RecordKind, number: str) -> list[Candidate]:
        """Records of this connection alone, whoever else of the tenant has the number."""
        records = [
            record
            for record in self._ports.ledger.by_number(document.connection.tenant, number)
            if record.flow.source_connection == document.connection
        ]
        rows = self._ports.ledger.get_many(records).values()
        return [self._candidate(row) for row in rows if row.source_kind is kind and row.wanted is not None]

    def _candidate(self, row: CrossReference) -> Candidate:
        assert row.wanted is not None
        key = PayloadKey(
            connection=row.record.flow.source_connection,
            kind=row.source_kind,
            external_id=row.record.external_id,
            version=row.wanted.digest,
        )
        return Candidate(row=row, record=load(self._ports.payloads.get(key)))

    def _content(self, document: Document) -> _Content:
        stored: dict[str, Any] = json.loads(self._ports.payloads.get(payload_key(document)))
        total = stored["total"]
        return _Content(
            total=Money(Decimal(total["amount"]), total["currency"]) if total else None,
            facts=stored["facts"],
            refers_to=stored["refers_to"],
        )

    def _noted_at(self, match: Candidate, document: Document, content: _Content) -> RecordId:
        """Once in each history, whatever crashed in between."""
        said = ", ".join(f"{name} {text}" for name, text in content.facts.items())
        wrong = differences(content.total, match.record)
        text = f"{document.kind.value.replace('_', ' ')} received from {document.sender} ({said})"
        text += "".join(f"; it differs: {name} {difference}" for name, difference in wrong.items())
        detail = {
            "document": document.id,
            "payload_id": document.payload_id,
            "body_sha256": document.body_hash,
            "facts": dict(content.facts),
            "differences": dict(wrong),
        }
        event = AuditEvent(
            step=Step.ATTACHED, at=self._ports.clock.now(), actor=document.sender, text=text, detail=detail
        )
        noted(self._ports, match.row, event, key="document")
        if wrong:
            self._ports.metrics.count("DocumentsDiffering", kind=document.kind.value)
        return match.row.record

    def _tell_of_reuse(self, document: Document) -> bool:
        """Somebody who knows the secret used the id again for other content: that belongs into the history.

        Dated now: the document may have waited for days for its record, and entries of days ago are told as backdated.
        """
        assert document.reused_at is not None
        now, reused_at = self._ports.clock.now(), document.reused_at.isoformat()
        text = f"{document.sender} sent another document under the same id; it was refused, and the first one stands"
        detail = {"reuse": f"{document.id} {reused_at}", "reused_at": reused_at, "payload_id": document.payload_id}
        event = AuditEvent(step=Step.CONFLICT, at=now, actor=document.sender, text=text, detail=detail)
        for row in self._ports.ledger.get_many(document.records).values():
            noted(self._ports, row, event, key="reuse")
        return self._documents.put(replace(document, reused_at=None), expected=document)


def _is_to_be_told(document: Document) -> bool:
    """Whether all that is left to do for it is to tell its sender."""
    return document.state is not DocumentState.WAITING and document.reused_at is None


def _is_one(match: list[Candidate]) -> bool:
    """One record of the source, in as many flows as read it."""
    return len({one.row.record.external_id for one in match}) == 1


def _why(number: str, candidates: list[Candidate], match: list[Candidate]) -> str:
    if match and not _is_one(match):
        return f"{len(match)} records have the number {number}: which one it is about, only a person can say"
    if match:
        return f"{number} is being written at this moment"
    if candidates:
        return f"the record with the number {number} is of another order or has another total"
    return f"nothing with the number {number} has been read yet"
