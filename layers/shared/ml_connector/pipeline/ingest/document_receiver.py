"""Receive a business document that a partner sends: know the sender, keep the document once, and answer. No system is
called, and no record is touched: upkeep finds the record that it is about.

Nothing is stored before the secret was right. An address that is nobody's is answered as a wrong secret is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from ml_connector.domain.document import Document, DocumentState
from ml_connector.domain.identity import BadNameError, ConnectionId, fingerprint
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.documents import (
    BAD_REQUEST,
    CONFLICT,
    FORBIDDEN,
    LONGEST_PAYLOAD_ID,
    NOT_IMPLEMENTED,
    SIGNATURE_UNACCEPTABLE,
    UNAUTHORIZED,
    Arrived,
    DocumentDoor,
    DocumentRefusedError,
    DoorRules,
    Envelope,
)
from ml_connector.pipeline.ports import Clock, Connections, IdSource, Log, Metrics, PayloadKey, Payloads, Secrets
from ml_connector.pipeline.ports_documents import Documents
from ml_connector.pipeline.webhook import Delivery

KEPT_FOR = timedelta(minutes=5)
TEST_DOCUMENT = "it is marked as a test"
_MOST_KEPT = 1000
_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPorts:
    connections: Connections
    secrets: Secrets
    payloads: Payloads
    documents: Documents
    ids: IdSource
    clock: Clock
    metrics: Metrics
    log: Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    code: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Host:
    """Whose door it is; without `rules` it is nobody's."""

    connection: ConnectionId | None = None
    rules: DoorRules | None = None
    secret: Mapping[str, str]


_NOBODY = _Host(secret={})
_NO_RULES = DoorRules(identity="", senders=frozenset(), kinds=frozenset())


class DocumentReceiver:
    """A connection's settings and secret are kept for five minutes, and so is that an address is nobody's."""

    def __init__(self, door: DocumentDoor, system: str, ports: DoorPorts) -> None:
        self._door = door
        self._system = system
        self._ports = ports
        self._kept: dict[tuple[str, str], tuple[datetime, _Host]] = {}

    def receive(self, tenant: str, connection: str, delivery: Delivery) -> Reply:
        """Raises only what its stores raise."""
        try:
            document = self._taken(tenant, connection, delivery)
        except DocumentRefusedError as error:
            self._ports.metrics.count("DocumentsRefused", system=self._system, code=str(error.code))
            self._ports.log.warning("document refused", system=self._system, code=error.code, why=error.why)
            return self.reply(error.code)
        self._ports.metrics.count("DocumentsTaken", system=self._system, kind=document.kind.value)
        return self._reply(document.code, document.id, document.received_at)

    def reply(self, code: int) -> Reply:
        return self._reply(code, self._ports.ids.new(), self._ports.clock.now())

    def _reply(self, code: int, name: str, at: datetime) -> Reply:
        """The same document is answered with the same bytes, however often it comes."""
        return Reply(code=code, body=self._door.answer(code, payload_id=f"{name}@ml-connector", at=at))

    def _taken(self, tenant: str, name: str, delivery: Delivery) -> Document:
        envelope = self._door.open(delivery)
        host = self._host(tenant, name)
        allowed = self._door.is_from(envelope, host.rules or _NO_RULES, host.secret)
        if not allowed or host.rules is None or host.connection is None:
            if envelope.signed and not envelope.secrets:
                raise DocumentRefusedError(SIGNATURE_UNACCEPTABLE, "a signature, and no shared secret")
            raise DocumentRefusedError(UNAUTHORIZED, "unknown sender, wrong secret, or no door there")
        if _folded(host.rules.identity) not in envelope.recipients:
            raise DocumentRefusedError(FORBIDDEN, "it is for somebody else")
        sender = min(host.rules.senders & set(envelope.senders))
        arrived = self._door.read(envelope)
        _check(host.rules, envelope, arrived)
        document = self._document(host.connection, host.rules, envelope, arrived, sender)
        return self._kept_once(document, arrived)

    def _document(
        self,
        connection: ConnectionId,
        rules: DoorRules,
        envelope: Envelope,
        arrived: Arrived,
        sender: str,
    ) -> Document:
        body_hash = sha256(envelope.body).hexdigest()
        same = () if rules.ids_are_unique else (body_hash,)
        return Document(
            connection=connection,
            id=fingerprint(sender, envelope.payload_id, *same),
            kind=arrived.kind,
            sender=sender,
            payload_id=envelope.payload_id,
            body_hash=body_hash,
            received_at=self._ports.clock.now(),
            code=rules.accepted,
            about=arrived.about,
            numbers=arrived.numbers,
            orders=arrived.orders,
            state=DocumentState.KEPT if envelope.is_test else DocumentState.WAITING,
            why=TEST_DOCUMENT if envelope.is_test else None,
            tells=bool(rules.tell) and arrived.about is RecordKind.BILL and not envelope.is_test,
        )

    def _kept_once(self, document: Document, arrived: Arrived) -> Document:
        """The content first: a document that is there has one. Raises: DocumentRefusedError where the id was used."""
        for _ in range(_TRIES):
            stored = self._ports.documents.find(document.connection, document.id)
            if stored is None:
                self._ports.payloads.put_many({payload_key(document): _content(arrived)})
                if self._ports.documents.put(document, expected=None):
                    return document
            elif stored.body_hash == document.body_hash:
                return stored
            else:
                noted = replace(stored, reused_at=self._ports.clock.now())
                if self._ports.documents.put(noted, expected=stored):
                    raise DocumentRefusedError(CONFLICT, "its payloadID was used for another document")
        raise DocumentRefusedError(CONFLICT, "the same document came several times at once")

    def _host(self, tenant: str, name: str) -> _Host:
        now = self._ports.clock.now()
        kept = self._kept.get((tenant, name))
        if kept is not None and now - kept[0] < KEPT_FOR:
            return kept[1]
        host = self._read(tenant, name)
        self._kept.pop((tenant, name), None)
        while len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[tenant, name] = (now, host)
        return host

    def _read(self, tenant: str, name: str) -> _Host:
        try:
            connection = self._ports.connections.get(ConnectionId(tenant=tenant, name=name))
        except (BadNameError, KeyError):
            return _NOBODY
        rules = self._door.rules(connection.settings) if connection.system == self._system else None
        if rules is None:
            return _NOBODY
        try:
            secret = self._ports.secrets.read(connection.secret)
        except KeyError:
            secret = {}
        return _Host(connection=connection.id, rules=rules, secret=secret)


def _check(rules: DoorRules, envelope: Envelope, arrived: Arrived) -> None:
    """Raises: DocumentRefusedError."""
    if arrived.kind not in rules.kinds:
        raise DocumentRefusedError(NOT_IMPLEMENTED, "a kind of document that this connection does not take")
    if len(envelope.payload_id) > LONGEST_PAYLOAD_ID or (rules.ids_are_unique and not envelope.payload_id):
        raise DocumentRefusedError(BAD_REQUEST, "no payloadID, or one that is too long")


def payload_key(document: Document) -> PayloadKey:
    return PayloadKey(
        connection=document.connection,
        kind=RecordKind.DOCUMENT,
        external_id=document.id,
        version=document.body_hash[:32],
    )


def _content(arrived: Arrived) -> bytes:
    total = arrived.total
    told = {"amount": str(total.amount), "currency": total.currency} if total else None
    return canonical(
        {
            "document": arrived.clean.decode(),
            "facts": dict(arrived.facts),
            "refers_to": arrived.refers_to,
            "total": told,
        }
    )


def _folded(identity: str) -> str:
    domain, _, name = identity.partition(":")
    return f"{domain.lower()}:{name}"
