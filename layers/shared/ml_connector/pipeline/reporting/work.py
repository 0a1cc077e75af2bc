"""What a person should look at besides holds: writes in doubt, records given up, records refused by a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import codes_of
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.money import Money
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.rows import rows_in

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """`next_look` is when we ourselves look again; None where only a person goes on."""

    record: RecordId
    state: State
    number: str | None
    amount: Money | None
    since: datetime | None
    codes: tuple[str, ...]
    why: str
    attempts: int
    next_look: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Each list oldest first, at most 1000 of a flow."""

    in_doubt: tuple[WorkItem, ...]
    dead: tuple[WorkItem, ...]
    rejected: tuple[WorkItem, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.in_doubt or self.dead or self.rejected)


def flow_work(ports: Ports, flow: FlowId) -> Work:
    return _work(ports, [flow])


def tenant_work(ports: Ports, tenant: str) -> Work:
    return _work(ports, [settings.id for settings in ports.connections.flows(tenant)])


def _work(ports: Ports, flows: Sequence[FlowId]) -> Work:
    return Work(
        in_doubt=_items(ports, flows, State.IN_DOUBT),
        dead=_items(ports, flows, State.DEAD),
        rejected=_items(ports, flows, State.REJECTED),
    )


def _items(ports: Ports, flows: Sequence[FlowId], state: State) -> tuple[WorkItem, ...]:
    items = [_item(row) for flow in flows for row in rows_in(ports, flow, state, limit=MOST)]
    return tuple(sorted(items, key=lambda item: (item.since.isoformat() if item.since else "", item.record)))


def _item(row: CrossReference) -> WorkItem:
    return WorkItem(
        record=row.record,
        state=row.state,
        number=row.number,
        amount=row.amount,
        since=row.state_since,
        codes=codes_of(row.reasons),
        why="; ".join(reason.text for reason in row.reasons),
        attempts=row.attempts,
        next_look=row.due_at if row.state is State.IN_DOUBT else None,
    )
