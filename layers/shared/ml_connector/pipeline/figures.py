"""The health figures that the alarms read: how many grants are dead, flows overdue, holds old, writes in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings, GrantRow, GrantState
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.pipeline.connections.cadence import due_every
from ml_connector.pipeline.ports import Metrics, Ports
from ml_connector.pipeline.reporting.expiries import NOTICE_DAYS, due_within, expiries

IN_DOUBT_TOO_LONG = timedelta(minutes=15)
OVERDUE_SLACK = timedelta(minutes=10)
_MOST = 1000
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

_METRICS = {
    "dead_grants": "DeadGrants",
    "flows_overdue": "FlowsOverdue",
    "old_holds": "OldHolds",
    "in_doubt": "RecordsInDoubt",
    "dead": "RecordsDead",
    "seals_late": "SealsLate",
}
_EXPIRING = dict(zip(("expiring_in_14_days", "expiring_in_7_days", "expiring_in_1_day"), NOTICE_DAYS, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of records stop at 1000 a flow: beyond that nobody counts."""

    dead_grants: int = 0
    flows_overdue: int = 0
    old_holds: int = 0
    in_doubt: int = 0
    dead: int = 0
    seals_late: int = 0
    expiring_in_14_days: int = 0
    expiring_in_7_days: int = 0
    expiring_in_1_day: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @classmethod
    def of_tenant(cls, ports: Ports, tenant: str, *, hold_age: timedelta) -> Figures:
        now = ports.clock.now()
        connections = {connection.id: connection for connection in ports.connections.list(tenant)}
        flows = ports.connections.flows(tenant)
        ids = [settings.id for settings in flows]
        return cls(
            dead_grants=sum(row.state is GrantState.DEAD for row, _ in grants_of(ports, tenant)),
            flows_overdue=sum(_is_overdue(ports, settings, connections, now) for settings in flows),
            old_holds=sum(_open(ports, flow, State.HELD, due_before=now - hold_age) for flow in ids),
            in_doubt=sum(_long_in_doubt(ports, flow, now) for flow in ids),
            dead=sum(_open(ports, flow, State.DEAD) for flow in ids),
            **_expiring(ports, tenant, now),
        )

    def emit(self, metrics: Metrics) -> None:
        """Zeros too: an alarm that hears nothing cannot tell health from silence."""
        for name, metric in _METRICS.items():
            metrics.count(metric, getattr(self, name))
        for name, days in _EXPIRING.items():
            metrics.count("ExpiringSoon", getattr(self, name), Days=str(days))


def grants_of(ports: Ports, tenant: str) -> Iterator[tuple[GrantRow, Sequence[Connection]]]:
    """Each grant of the tenant once, with the connections that share it. One that was never authorised is left out."""
    sharing: dict[str, list[Connection]] = {}
    for connection in ports.connections.list(tenant):
        if connection.grant is not None:
            sharing.setdefault(connection.grant, []).append(connection)
    for grant, connections in sharing.items():
        try:
            yield ports.grants.load(tenant, grant), connections
        except KeyError:
            continue


def _expiring(ports: Ports, tenant: str, now: datetime) -> dict[str, int]:
    """Each of the three is an alarm of its own, so that there are three notices before anything ends."""
    found = expiries(ports, tenant)
    return {name: due_within(found, days, now=now) for name, days in _EXPIRING.items()}


def _is_overdue(
    ports: Ports, settings: FlowSettings, connections: dict[ConnectionId, Connection], now: datetime
) -> bool:
    """A flow that a person switched off or paused, on either side, is not late."""
    if not settings.enabled or settings.paused or not settings.cadence:
        return False
    ends = [connections.get(settings.id.source_connection), connections.get(settings.id.target_connection)]
    if any(end is None or end.state is ConnectionState.PAUSED for end in ends):
        return False
    since = ports.polls.load(settings.id).last_finished
    if since is None:
        since = max(end.created_at or _LONG_AGO for end in ends if end is not None)
    return now - since > 2 * due_every(settings.cadence) + OVERDUE_SLACK


def _long_in_doubt(ports: Ports, flow: FlowId, now: datetime) -> int:
    """By the moment of the send: looking moves a row's state to and fro, and its age with it."""
    records = ports.ledger.open_work(flow, (State.IN_DOUBT, State.POSTING), limit=_MOST)
    rows = ports.ledger.get_many(records).values() if records else ()
    return sum(row.unsettled is not None and row.unsettled.since < now - IN_DOUBT_TOO_LONG for row in rows)


def _open(ports: Ports, flow: FlowId, state: State, *, due_before: datetime | None = None) -> int:
    """A held or dead row stands in the index by the moment that its state began."""
    return len(ports.ledger.open_work(flow, (state,), due_before=due_before, limit=_MOST))
