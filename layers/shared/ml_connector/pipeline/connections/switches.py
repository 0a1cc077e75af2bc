"""Stand still and go on: a person's switches for connections and flows, and mended credentials. Nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ml_connector.domain.audit import Step
from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.journal import Subject
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.onboarding_secrets import last_day, read_secret
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.ports import Ports

type Feed = Callable[[ConnectionId], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """`fed` counts the waiting records that were sent on their way."""

    changed: bool
    fed: int = 0


class Switches:
    def __init__(self, ports: Ports, catalog: Catalog, feed: Feed) -> None:
        self._ports = ports
        self._catalog = catalog
        self._feed = feed

    def pause(self, what: ConnectionId | FlowId, *, actor: str, why: str | None = None) -> Switched:
        """Nothing is read or written there until it is resumed. Raises KeyError where there is no such thing."""
        if isinstance(what, FlowId):
            return self._switch_flow(what, paused=True, actor=actor, why=why)
        connection = self._ports.connections.get(what)
        said = f"paused by {actor}" + (f": {why}" if why else "")
        return Switched(changed=self._to(connection, ConnectionState.PAUSED, said, actor=actor, why=why))

    def resume(self, what: ConnectionId | FlowId, *, actor: str) -> Switched:
        """From a pause, or after it was stopped; what waits there goes on at once. Raises KeyError."""
        if isinstance(what, FlowId):
            return self._switch_flow(what, paused=False, actor=actor)
        return self._start(self._ports.connections.get(what), actor=actor)

    def reschedule(self, flow: FlowId, *, actor: str, **changes: Any) -> FlowSettings:
        """`cadence`, `time_zone` and `blackouts`, already checked; what is not given stays. Raises KeyError.

        Answers the settings as they are now. What waited for a blackout that was taken away goes on by upkeep.
        """
        before = self._ports.connections.flow(flow)
        after = replace(before, **changes)
        told = [
            f"{name} {_shown(getattr(before, name))} -> {_shown(getattr(after, name))}"
            for name in ("cadence", "time_zone", "blackouts")
            if getattr(before, name) != getattr(after, name)
        ]
        if told:
            note(self._ports, flow, Step.RESCHEDULED, "; ".join(told), actor=actor)
            self._ports.connections.save_flow(after)
        schedule(self._ports, after)
        return after

    def read_anew(self, flow: FlowId, *, actor: str) -> None:
        """Forget how far it has read: its next run reads everything."""
        note(self._ports, flow, Step.READ_ANEW, "its next run reads everything", actor=actor)
        self._ports.polls.reset(flow)

    def replace_secret(
        self, connection: ConnectionId, secret: Mapping[str, str], *, actor: str, expires_on: date | None = None
    ) -> Switched:
        """New values for some or all of its fields; a connection that was stopped for the old ones runs again.

        `expires_on` is the new ones' last day, else the vendor's longest. Raises: OnboardingError, KeyError.
        """
        held = self._ports.connections.get(connection)
        problems = Problems()
        stored = self._stored(held)
        connector = self._catalog.connector_of(held)
        known = {*connector.secret_fields, *connector.optional_secret_fields}
        fields = {name: stored[name] for name in known & stored.keys()} | dict(secret)
        checked = read_secret(connector, fields, problems, "secret")
        problems.raise_if_any()
        changed = checked is not None and checked != stored
        if checked is not None and changed:
            names = ", ".join(name for name in checked if checked[name] != stored.get(name))
            note(self._ports, connection, Step.SECRET_REPLACED, f"replaced: {names}", actor=actor)
            self._ports.secrets.write(held.secret, checked, token=self._ports.ids.new())
            held = replace(held, secret_expires_on=last_day(connector, expires_on, now=self._ports.clock.now()))
            self._ports.connections.save(held)
            self._ports.log.info("secret replaced", connection=str(connection), fields=sorted(secret), actor=actor)
        if held.state is not ConnectionState.STOPPED:
            return Switched(changed=changed)
        return self._start(held, actor=actor)

    def _start(self, connection: Connection, *, actor: str) -> Switched:
        changed = self._to(connection, ConnectionState.ACTIVE, None, actor=actor)
        return Switched(changed=changed, fed=self._feed(connection.id) if changed else 0)

    def _to(
        self, connection: Connection, state: ConnectionState, said: str | None, *, actor: str, why: str | None = None
    ) -> bool:
        if connection.state is state:
            return False
        step = Step.PAUSED if state is ConnectionState.PAUSED else Step.RESUMED
        note(self._ports, connection.id, step, why or f"it was {connection.state}", actor=actor)
        self._ports.connections.save(replace(connection, state=state, state_why=said))
        self._ports.log.info("connection switched", connection=str(connection.id), state=state.value, actor=actor)
        return True

    def _switch_flow(self, flow: FlowId, *, paused: bool, actor: str, why: str | None = None) -> Switched:
        settings = self._ports.connections.flow(flow)
        if settings.paused is paused:
            return Switched(changed=False)
        settings = replace(settings, paused=paused)
        step, said = (Step.PAUSED, "it was running") if paused else (Step.RESUMED, "it was paused")
        note(self._ports, flow, step, why or said, actor=actor)
        self._ports.connections.save_flow(settings)
        schedule(self._ports, settings)
        self._ports.log.info("flow switched", flow=str(flow), paused=paused, actor=actor)
        return Switched(changed=True, fed=0 if paused else self._feed(flow.target_connection))

    def _stored(self, connection: Connection) -> Mapping[str, str]:
        try:
            return self._ports.secrets.read(connection.secret)
        except KeyError:
            return {}


def schedule(ports: Ports, settings: FlowSettings) -> None:
    """The flow's schedule as its settings say; a flow without a cadence has none."""
    if settings.cadence is None:
        ports.schedules.remove(settings.id)
        return
    ports.schedules.put(settings.id, settings.cadence, enabled=settings.is_running, time_zone=settings.time_zone)


def note(ports: Ports, subject: Subject, step: Step, text: str, *, actor: str) -> None:
    """Into the tenant's journal, before it is done."""
    ports.journal.append(subject, step, text, actor=actor, at=ports.clock.now())


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value or "by hand")
