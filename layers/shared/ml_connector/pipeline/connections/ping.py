"""Ping: can each system be reached, does it know us, may we do what the flows need, and does it reach us?

Everything at the same time, and all of it within five seconds: what has not answered by then is a failure like any
other. Nothing is written to any system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ml_connector.domain.connection import Connection, ConnectionState
from ml_connector.domain.errors import ConnectorError
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.consent_scopes import grant_of, needed_scopes
from ml_connector.pipeline.connections.ping_callbacks import CallbackChecks
from ml_connector.pipeline.connections.ping_hosts import host_steps, origins
from ml_connector.pipeline.connections.ping_network import Network, Together
from ml_connector.pipeline.connections.registrations import Registrar
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.probe import Check, ProbeStep, Rounds

WHOLE = timedelta(seconds=5)
_TELLING = timedelta(milliseconds=300)
"""Kept back for putting the answer together."""

_TRY_AGAIN = "try again; if it stays, ask whether the system is slow or down (its status page)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """`used` are the flows there, and the kinds of record and list that they need; none before any flow is set up."""

    connection: str
    system: str
    state: ConnectionState
    steps: tuple[ProbeStep, ...]
    used: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps if self.is_needed(step))

    def is_needed(self, step: ProbeStep) -> bool:
        """What no flow needs may fail."""
        return not self.used or not step.needed_by or bool({*step.needed_by} & {*self.used})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strand:
    """Steps of one connection that come one after the other. `name` stands for them where they take too long."""

    name: str
    run: Callable[[], Sequence[ProbeStep]]


class Ping:
    """`stack` is the stack's name, by which its own door is known."""

    def __init__(
        self,
        ports: Ports,
        catalog: Catalog,
        systems: Systems,
        registrar: Registrar,
        network: Network,
        together: Together,
        *,
        stack: str,
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._network = network
        self._together = together
        self._callbacks = CallbackChecks(ports, catalog, registrar, network, stack=stack)

    def run(self, connections: Sequence[Connection]) -> list[Pinged]:
        ends = self._ports.clock.now() + WHOLE - _TELLING
        strands = [[*self._strands(connection, ends)] for connection in connections]
        works = [strand.run for each in strands for strand in each]
        results = iter(self._together.run(works, limit=self._left(ends)))
        return [
            Pinged(
                connection=connection.id.name,
                system=connection.system,
                state=connection.state,
                steps=tuple(step for strand in each for step in _steps(strand, next(results))),
                used=self._used(connection),
            )
            for connection, each in zip(connections, strands, strict=True)
        ]

    def _strands(self, connection: Connection, ends: datetime) -> Iterator[_Strand]:
        connector, clock = self._catalog.connector(connection.system), self._ports.clock
        for origin in origins(connector.addresses(connection.settings)):
            yield _Strand(
                name=f"reach {origin}",
                run=lambda origin=origin: host_steps(self._network, clock, origin),  # type: ignore[misc]
            )
        yield _Strand(name="scopes", run=lambda: self._scopes(connection))
        yield _Strand(name=connection.system, run=lambda: self._system(connection, ends))
        for name, run in self._callbacks.of(connection):
            yield _Strand(name=name, run=run)

    def _system(self, connection: Connection, ends: datetime) -> list[ProbeStep]:
        """Round after round, as long as all goes well and time is left. Opening it reads its secret: that counts."""
        steps: list[ProbeStep] = []
        rounds = self._opened(connection)
        while all(step.ok for step in steps):
            try:
                (checks,) = self._together.run([lambda: next(rounds, ())], limit=self._left(ends))
            except ConnectorError as error:
                return [*steps, _failed("open", error)]
            if checks is None:
                return [*steps, _late("open", ())]
            if not checks:
                break
            steps += self._round(checks, ends)
        return steps

    def _opened(self, connection: Connection) -> Rounds:
        yield from self._systems.open(connection).probe()

    def _round(self, checks: Sequence[Check], ends: datetime) -> list[ProbeStep]:
        found = self._together.run([check.run for check in checks], limit=self._left(ends))
        return [step or _late(check.name, check.needed_by) for check, step in zip(checks, found, strict=True)]

    def _scopes(self, connection: Connection) -> list[ProbeStep]:
        """Also those that are needed for writing, which no read can show."""
        row = grant_of(self._ports, connection)
        needed = needed_scopes(self._ports, self._catalog, connection)
        if row is None or not needed:
            return []
        if not row.scopes:
            text = f"{connection.system} did not say which scopes it gave; the flows need {', '.join(sorted(needed))}"
            return [ProbeStep(name="scopes", ok=True, text=text)]
        return [_scope(scope, row.scopes, flows, connection) for scope, flows in sorted(needed.items())]

    def _used(self, connection: Connection) -> tuple[str, ...]:
        used: set[str] = set()
        for settings in self._ports.connections.flows(connection.id.tenant):
            flow = self._catalog.flow(settings.id.flow)
            if settings.id.source_connection == connection.id:
                used |= {flow.name, str(flow.source.kind), *map(str, flow.source_references)}
            if settings.id.target_connection == connection.id:
                used |= {flow.name, str(flow.target.kind), *map(str, flow.references)}
        return tuple(sorted(used))

    def _left(self, ends: datetime) -> timedelta:
        return max(ends - self._ports.clock.now(), timedelta())


def _steps(strand: _Strand, found: Sequence[ProbeStep] | None) -> Sequence[ProbeStep]:
    return [_late(strand.name, ())] if found is None else found


def _late(name: str, needed_by: tuple[str, ...]) -> ProbeStep:
    text = f"no answer within {WHOLE.total_seconds():.0f} seconds"
    return ProbeStep(name=name, ok=False, text=text, fix=_TRY_AGAIN, needed_by=needed_by)


def _failed(name: str, error: ConnectorError) -> ProbeStep:
    return ProbeStep(name=name, ok=False, text=str(error), fix="mend the setting, or replace the secret")


def _scope(scope: str, given: Sequence[str], flows: tuple[str, ...], connection: Connection) -> ProbeStep:
    name = f"scope {scope}"
    if scope in given:
        return ProbeStep(name=name, ok=True, text="granted", needed_by=flows)
    fix = f"allow the application {scope} at {connection.system}, then: ml-connector authorise {connection.id.name}"
    return ProbeStep(name=name, ok=False, text="needed, and not granted", fix=fix, needed_by=flows)
