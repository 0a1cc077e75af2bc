"""A tenant at a glance: its connections and why they stand still, its flows and how far they have read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.watermark import PollProgress
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.consent_scopes import must_authorise
from ml_connector.pipeline.connections.next_run import next_run
from ml_connector.pipeline.flow import Setting
from ml_connector.pipeline.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """`must_authorise` says why a person has to, in words; None where nobody has to."""

    id: ConnectionId
    system: str
    account: str
    state: ConnectionState
    why: str | None
    created_at: datetime | None
    must_authorise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingView:
    name: str
    value: Any
    choices: tuple[Any, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A pass that is under way, or stopped in the middle and about to go on."""

    began: datetime
    full: bool
    pages: int
    seen: int
    passed_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """`stands_still` says in words why no poll of this flow does anything; None where it runs.

    `trouble` says why the last pass failed. `next_run` is None where none will come by itself, or none can be told;
    of a rate it is the latest moment. `waits_until` is the end of the blackout that the flow is in: it reads, and
    writes nothing.
    """

    id: FlowId
    title: str
    enabled: bool
    paused: bool
    cadence: str | None
    time_zone: str
    read_up_to: datetime | None
    last_finished: datetime | None
    last_full: datetime | None
    reading: Reading | None
    stands_still: str | None
    trouble: str | None
    settings: tuple[SettingView, ...]
    next_run: datetime | None = None
    blackouts: tuple[str, ...] = ()
    waits_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    tenant: str
    connections: tuple[ConnectionView, ...]
    flows: tuple[FlowView, ...]


def overview(ports: Ports, catalog: Catalog, tenant: str) -> Overview:
    connections = {connection.id: connection for connection in ports.connections.list(tenant)}
    flows = [
        _flow(settings, ports.polls.load(settings.id), catalog, connections, ports.clock.now())
        for settings in ports.connections.flows(tenant)
    ]
    return Overview(
        tenant=tenant,
        connections=tuple(_connection(one, must_authorise(ports, catalog, one)) for one in connections.values()),
        flows=tuple(flows),
    )


def _connection(connection: Connection, why: str | None) -> ConnectionView:
    return ConnectionView(
        id=connection.id,
        system=connection.system,
        account=connection.account,
        state=connection.state,
        why=connection.state_why,
        created_at=connection.created_at,
        must_authorise=why,
    )


def _flow(
    settings: FlowSettings,
    progress: PollProgress,
    catalog: Catalog,
    connections: dict[ConnectionId, Connection],
    now: datetime,
) -> FlowView:
    known = catalog.flows.get(settings.id.flow)
    return FlowView(
        id=settings.id,
        title=known.title if known else settings.id.flow,
        enabled=settings.enabled,
        paused=settings.paused,
        cadence=settings.cadence,
        time_zone=settings.time_zone,
        read_up_to=progress.since,
        last_finished=progress.last_finished,
        last_full=progress.last_full,
        reading=_reading(progress),
        stands_still=_stands_still(settings, connections),
        trouble=progress.trouble,
        settings=tuple(_setting(one, settings) for one in (known.settings if known else ())),
        next_run=next_run_of(settings, progress, now),
        blackouts=settings.blackouts,
        waits_until=settings.closed_until(now),
    )


def next_run_of(settings: FlowSettings, progress: PollProgress, now: datetime) -> datetime | None:
    if settings.cadence is None or not settings.is_running:
        return None
    return next_run(settings.cadence, settings.time_zone, now=now, last=progress.last_finished)


def _setting(setting: Setting, chosen: FlowSettings) -> SettingView:
    value = chosen.settings.get(setting.name, setting.default)
    return SettingView(name=setting.name, value=value, choices=setting.choices, text=setting.text)


def _reading(progress: PollProgress) -> Reading | None:
    if progress.pass_began is None:
        return None
    return Reading(
        began=progress.pass_began,
        full=progress.pass_full,
        pages=progress.pages,
        seen=progress.seen,
        passed_on=progress.passed_on,
    )


def _stands_still(settings: FlowSettings, connections: dict[ConnectionId, Connection]) -> str | None:
    if not settings.enabled:
        return "the flow is switched off"
    if settings.paused:
        return "the flow is paused"
    for side in (settings.id.source_connection, settings.id.target_connection):
        connection = connections.get(side)
        if connection is None:
            return f"there is no connection {side.name}"
        if not connection.is_running:
            return f"connection {side.name} is {connection.state}: {connection.state_why or 'by a person'}"
    return None
