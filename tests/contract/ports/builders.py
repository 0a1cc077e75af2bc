"""Equal names under two tenants, one source with two targets, and rows that say only what matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, Guard, GuardKind, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.ports import Change, PayloadKey
from tests.fakes.clock import START

ACME = FlowId(tenant="acme", flow="invoice_to_bill", source="jaggaer", target="books")
ACME_SECOND_TARGET = replace(ACME, target="ledger")
GLOBEX = replace(ACME, tenant="globex")
THREE_FLOWS = (ACME, ACME_SECOND_TARGET, GLOBEX)

ACCOUNT = Cause(kind=ReferenceKind.ACCOUNT, code="600100", name="Paper")
VENDOR = Cause(kind=ReferenceKind.VENDOR, code="V#1/2")


def a_record(external_id: str = "inv/1#a", flow: FlowId = ACME) -> RecordId:
    return RecordId(flow=flow, external_id=external_id)


def a_row(record: RecordId | None = None, state: State = State.PLANNED, **changes: Any) -> CrossReference:
    return CrossReference(
        record=record or a_record(), kind=RecordKind.BILL, source_kind=RecordKind.BILL, state=state, **changes
    )


def held_for(*causes: Cause) -> dict[str, Any]:
    return {
        "state": State.HELD,
        "reasons": tuple(Reason(code="missing", text="is missing", cause=cause) for cause in causes),
    }


def an_event(text: str = "received", *, at: datetime = START, **detail: Any) -> AuditEvent:
    return AuditEvent(step=Step.RECEIVED, at=at, actor="ml-connector", text=text, detail=detail)


def a_first(row: CrossReference, **parts: Any) -> Change:
    return Change(before=None, after=row, **{"events": (an_event(),), **parts})


def a_next(before: CrossReference, *, changes: dict[str, Any] | None = None, **parts: Any) -> Change:
    return Change(before=before, after=replace(before, **(changes or {})), **{"events": (an_event(),), **parts})


def a_guard(key: str = "INV-1", *, owner: RecordId | None = None, connection: ConnectionId | None = None) -> Guard:
    return Guard(
        connection=connection or ACME.target_connection,
        kind=GuardKind.RESERVATION,
        record_kind=RecordKind.BILL,
        key=key,
        owner=str(owner or a_record()),
    )


def a_payload_key(flow: FlowId = ACME, *, external_id: str = "inv/1#a", version: str = "v1") -> PayloadKey:
    return PayloadKey(connection=flow.source_connection, kind=RecordKind.BILL, external_id=external_id, version=version)
