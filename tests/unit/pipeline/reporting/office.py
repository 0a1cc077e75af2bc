"""A tenant with a few records in a ledger: what reports and commands are tested over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.matching import Candidate
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.reference import Cause, ReferenceItem, ReferenceList
from ml_connector.pairs.freshbooks_jaggaer import FLOWS
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.ports import Change, Ports
from tests.fakes.world import FakeWorld

INVOICES = "jaggaer_invoice_to_freshbooks_bill"
CATALOG = Catalog(flows={flow.name: flow for flow in FLOWS})


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def missing_account(code: str, *candidates: Candidate) -> Reason:
    return Reason(
        code="account_missing",
        text=f"account {code} is not in FreshBooks and not mapped",
        cause=Cause(kind=ReferenceKind.ACCOUNT, code=code),
        candidates=candidates,
    )


@dataclass(kw_only=True)
class Office:
    """One tenant's JAGGAER and FreshBooks on fakes; `world` may be shared with another tenant's office."""

    tenant: str = "acme"
    world: FakeWorld = field(default_factory=FakeWorld)
    flow: FlowId = field(init=False)

    def __post_init__(self) -> None:
        self.flow = FlowId(tenant=self.tenant, flow=INVOICES, source="jaggaer", target="freshbooks")
        for name in ("freshbooks", "jaggaer"):
            connection = Connection(id=self.connection(name), system=name, account=f"{name}-1")
            self.world.connections.save(connection)
        self.world.connections.save_flow(FlowSettings(id=self.flow, cadence="rate(15 minutes)"))

    @property
    def ports(self) -> Ports:
        return self.world.ports

    def connection(self, name: str) -> ConnectionId:
        return ConnectionId(tenant=self.tenant, name=name)

    def record(
        self,
        external_id: str,
        state: State,
        *,
        amount: Money | None = None,
        month: str = "2026-03",
        reasons: Sequence[Reason] = (),
        events: Sequence[AuditEvent] = (),
        **facts: Any,
    ) -> CrossReference:
        """A record numbered INV-<external id>, JAGGAER's AP-<external id>, a minute after the last one."""
        now = self.world.clock.advance(timedelta(minutes=1))
        row = CrossReference(
            record=RecordId(flow=self.flow, external_id=external_id),
            kind=RecordKind.BILL,
            source_kind=RecordKind.BILL,
            state=state,
            number=f"INV-{external_id}",
            other_number=f"AP-{external_id}",
            amount=amount,
            month=month,
            first_seen_at=now,
            state_since=now,
            reasons=tuple(reasons),
        )
        return self.world.ledger.commit(Change(before=None, after=replace(row, **facts), events=tuple(events)))

    def event(self, step: Step, text: str, *, actor: str = "ml-connector", **detail: Any) -> AuditEvent:
        return AuditEvent(step=step, at=self.world.clock.now(), actor=actor, text=text, detail=detail)

    def list_accounts(self, *items: ReferenceItem) -> None:
        read = ReferenceList(
            kind=ReferenceKind.ACCOUNT, generation="g1", read_at=self.world.clock.now(), items=tuple(items)
        )
        self.world.references.replace(self.connection("freshbooks"), read)
