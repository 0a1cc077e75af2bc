"""Every key of every table, built here and nowhere else, and none without a tenant.

A partition key reads `tenant#what#...`, or begins with a FlowId (`tenant/flow/source/target`). Free text is escaped,
so that two different things never share a key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ml_connector.domain.crossreference import Guard, State
from ml_connector.domain.identity import BadNameError, ConnectionId, FlowId, RecordId, checked_name, fingerprint
from ml_connector.domain.matching import normalised_number
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.ports import PayloadKey

SHARDS = 8
_REGISTRATION = re.compile(r"[0-9a-f]{32}")
_FLOW = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+){3}")


@dataclass(frozen=True, slots=True)
class TableKey:
    pk: str
    sk: str

    @property
    def item(self) -> dict[str, Any]:
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


# CrossReferenceTable


def row(record: RecordId) -> TableKey:
    return TableKey(f"{flow_text(record.flow)}/{record.external_id}", "row")


def guard(guard: Guard) -> TableKey:
    place = guard.connection
    return TableKey(_joined(place.tenant, "guard", place.name, guard.kind, guard.record_kind, guard.key), "guard")


def made(connection: ConnectionId, kind: ReferenceKind, code: str) -> TableKey:
    return TableKey(_joined(connection.tenant, "made", connection.name, kind, code), "made")


def number(record: RecordId, text: str) -> TableKey:
    return TableKey(numbers(record.flow.tenant, text), row(record).pk)


def numbers(tenant: str, text: str) -> str:
    return _joined(tenant, "number", normalised_number(text))


def month(flow: FlowId, text: str) -> TableKey:
    return TableKey(months(flow), text)


def months(flow: FlowId) -> str:
    return _joined(flow.tenant, "months", flow_text(flow))


def waiting(record: RecordId, cause: Cause) -> TableKey:
    """All causes of a flow stand together, in the order of kind and code: distinct ones are had by skipping ahead."""
    return TableKey(causes(record.flow), f"{cause_part(cause)}{record.external_id}")


def causes(flow: FlowId) -> str:
    return _joined(flow.tenant, "waiting", flow_text(flow))


def cause_part(cause: Cause) -> str:
    """Hashed: a code and a name can be longer than a sort key."""
    return f"{code_part(cause)}{fingerprint(cause.name or '', length=12) if cause.name else '-'}#"


def code_part(cause: Cause) -> str:
    return f"{cause.kind}#{fingerprint(cause.code, length=24)}#"


def open_work(flow: FlowId, state: State, shard: int) -> str:
    return f"{flow_text(flow)}#{state}#{shard}"


def period(flow: FlowId, month: str, shard: int) -> str:
    return f"{flow_text(flow)}#{month}#{shard}"


def shard_of(record: RecordId) -> int:
    return int(fingerprint(str(record), length=8), 16) % SHARDS


# AuditTrailTable


def entry(record: RecordId, sequence: int) -> TableKey:
    return TableKey(row(record).pk, f"{sequence:010d}")


def journal_entry(tenant: str, sequence: int) -> TableKey:
    return TableKey(journal(tenant), f"{sequence:010d}")


def journal(tenant: str) -> str:
    """What people did to the tenant's connections and flows."""
    return _joined(tenant, "journal")


def touched(record: RecordId, at: datetime) -> TableKey:
    """What a seal reads: which records were touched that day."""
    day = at.astimezone(UTC).date().isoformat()
    return TableKey(touched_on(record.flow.tenant, day, shard_of(record)), row(record).pk)


def touched_on(tenant: str, day: str, shard: int) -> str:
    return _joined(tenant, "day", day, str(shard))


def last_seal(tenant: str) -> TableKey:
    return TableKey(_joined(tenant, "seal"), "last")


# PayloadTable


def payload(key: PayloadKey) -> TableKey:
    place = key.connection
    return TableKey(_joined(place.tenant, "payload", place.name, key.kind, key.external_id), key.version)


def payload_object(key: PayloadKey) -> str:
    """The name of an object in PayloadBucket: the tenant in front, the rest hashed."""
    stored = payload(key)
    return f"{checked_name(key.connection.tenant, 'tenant')}/payloads/{fingerprint(stored.pk, stored.sk, length=64)}"


# MappingTable


def mapping(connection: ConnectionId, kind: ReferenceKind, code: str) -> TableKey:
    return TableKey(mappings(connection), f"{kind}#{code}")


def mappings(connection: ConnectionId) -> str:
    return _joined(connection.tenant, "mapping", connection.name)


def mapping_version(connection: ConnectionId, kind: ReferenceKind, code: str, version: int) -> TableKey:
    return TableKey(mapping_versions(connection, kind, code), f"{version:010d}")


def mapping_versions(connection: ConnectionId, kind: ReferenceKind, code: str) -> str:
    return _joined(connection.tenant, "mapping-history", connection.name, kind, code)


def reference(connection: ConnectionId, kind: ReferenceKind) -> TableKey:
    return TableKey(_joined(connection.tenant, "reference", connection.name, kind), "head")


def reference_chunk(connection: ConnectionId, kind: ReferenceKind, generation: str, chunk: int) -> TableKey:
    return TableKey(reference_chunks(connection, kind, generation), f"{chunk:06d}")


def reference_chunks(connection: ConnectionId, kind: ReferenceKind, generation: str) -> str:
    return _joined(connection.tenant, "reference", connection.name, kind, generation)


# ConnectionTable


def connection(connection: ConnectionId) -> TableKey:
    return TableKey(connections(connection.tenant), connection.name)


def connections(tenant: str) -> str:
    return _joined(tenant, "connection")


def flow(flow: FlowId) -> TableKey:
    return TableKey(flows(flow.tenant), flow_text(flow))


def flows(tenant: str) -> str:
    return _joined(tenant, "flow")


def poll(flow: FlowId) -> TableKey:
    return TableKey(_joined(flow.tenant, "poll", flow_text(flow)), "poll")


def grant(tenant: str, grant: str) -> TableKey:
    return TableKey(_joined(tenant, "grant", grant), "grant")


def budget(tenant: str, account: str) -> TableKey:
    return TableKey(_joined(tenant, "budget", account), "budget")


def data_key(tenant: str, day: str) -> TableKey:
    return TableKey(_joined(tenant, "data-key"), day)


def consent(tenant: str, mark: str) -> TableKey:
    return TableKey(consents(tenant), mark)


def consents(tenant: str) -> str:
    return _joined(tenant, "consent")


def registered(connection: ConnectionId, registration_id: str) -> TableKey:
    return TableKey(registrations(connection), registration_id)


def registrations(connection: ConnectionId) -> str:
    return _joined(connection.tenant, "registration", connection.name)


def document(connection: ConnectionId, document_id: str) -> TableKey:
    return TableKey(documents(connection), document_id)


def documents(connection: ConnectionId) -> str:
    return _joined(connection.tenant, "document", connection.name)


def open_document(connection: ConnectionId, document_id: str) -> TableKey:
    return TableKey(open_documents(connection), document_id)


def open_documents(connection: ConnectionId) -> str:
    return _joined(connection.tenant, "document-open", connection.name)


# What is nobody's: which tenants there are, the epoch of the whole stack, which identities are taken (hashes only), and
# whose a registration is (a push comes with its id alone).

TENANTS = "#tenants"
EPOCH = TableKey("#epoch", "epoch")


def claimed(identity: str) -> TableKey:
    return TableKey("#identity", identity)


def registration(registration_id: str) -> TableKey:
    """Its partition is named apart: the receiver may read these items and no others."""
    if not _REGISTRATION.fullmatch(registration_id):
        raise BadNameError("a registration's id is 32 hexadecimal characters")
    return TableKey(f"#registration#{registration_id}", "registration")


def tenant(name: str) -> TableKey:
    return TableKey(TENANTS, checked_name(name, "tenant"))


def flow_text(flow: FlowId) -> str:
    """The flow's text, once it is sure that it holds neither `#` nor a slash too many."""
    text = str(flow)
    if not _FLOW.fullmatch(text):
        raise BadNameError(f"{text!r} cannot be a flow")
    return text


def _joined(tenant: str, what: str, *parts: str) -> str:
    return "#".join((checked_name(tenant, "tenant"), what, *(_escaped(part) for part in parts)))


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("#", "%23")
