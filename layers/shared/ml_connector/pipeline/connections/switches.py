"""Stand still and go on: a person's switches for connections and flows, and mended credentials. Nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.onboarding_secrets import read_secret
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
            return self._switch_flow(what, paused=True, actor=actor)
        connection = self._ports.connections.get(what)
        said = f"paused by {actor}" + (f": {why}" if why else "")
        return Switched(changed=self._to(connection, ConnectionState.PAUSED, said, actor=actor))

    def resume(self, what: ConnectionId | FlowId, *, actor: str) -> Switched:
        """From a pause, or after it was stopped; what waits there goes on at once. Raises KeyError."""
        if isinstance(what, FlowId):
            return self._switch_flow(what, paused=False, actor=actor)
        return self._start(self._ports.connections.get(what), actor=actor)

    def replace_secret(
        self, connection: ConnectionId, secret: Mapping[str, str], *, actor: str, expires_on: date | None = None
    ) -> Switched:
        """New values for some or all of its fields; a connection that was stopped for the old ones runs again.

        `expires_on` is the new ones' last day, as far as it is known. Raises: OnboardingError, KeyError.
        """
        held = self._ports.connections.get(connection)
        problems = Problems()
        stored = self._stored(held)
        fields = {**stored, **secret}
        checked = read_secret(self._catalog.connector(held.system), fields, problems, "secret")
        problems.raise_if_any()
        changed = checked is not None and checked != stored
        if checked is not None and changed:
            self._ports.secrets.write(held.secret, checked, token=self._ports.ids.new())
            held = replace(held, secret_expires_on=expires_on)
            self._ports.connections.save(held)
            self._ports.log.info("secret replaced", connection=str(connection), fields=sorted(secret), actor=actor)
        if held.state is not ConnectionState.STOPPED:
            return Switched(changed=changed)
        return self._start(held, actor=actor)

    def _start(self, connection: Connection, *, actor: str) -> Switched:
        changed = self._to(connection, ConnectionState.ACTIVE, None, actor=actor)
        return Switched(changed=changed, fed=self._feed(connection.id) if changed else 0)

    def _to(self, connection: Connection, state: ConnectionState, why: str | None, *, actor: str) -> bool:
        if connection.state is state:
            return False
        self._ports.connections.save(replace(connection, state=state, state_why=why))
        self._ports.log.info("connection switched", connection=str(connection.id), state=state.value, actor=actor)
        return True

    def _switch_flow(self, flow: FlowId, *, paused: bool, actor: str) -> Switched:
        settings = self._ports.connections.flow(flow)
        if settings.paused is paused:
            return Switched(changed=False)
        settings = replace(settings, paused=paused)
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
    is_on = settings.enabled and not settings.paused
    ports.schedules.put(settings.id, settings.cadence, enabled=is_on, time_zone=settings.time_zone)
