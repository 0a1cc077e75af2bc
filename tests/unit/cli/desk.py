"""The command line over fakes: an office's services, a terminal that answers from a script, and what was printed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ml_connector.cli.failures import UsageError
from ml_connector.cli.main import main
from ml_connector.cli.options import Globals
from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import ConnectorError, SettingsError
from ml_connector.domain.identity import ConnectionId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.posting import Limits
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.consent import Consenting
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.mapping_check import MappingCheck
from ml_connector.pipeline.connections.onboarding import Onboarded
from ml_connector.pipeline.connections.ping import Ping
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.connections.registrations import Registrar
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.connections.switches import Switches
from ml_connector.pipeline.planning.known import Knowledge
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_audit import AuditPorts
from ml_connector.pipeline.probe import Check, ProbeStep, Rounds
from ml_connector.pipeline.redrive import Redrive
from ml_connector.pipeline.system import Connector, Grant, Reach
from tests.fakes.audit import FakeAudit
from tests.fakes.consents import FakeConsents
from tests.fakes.dead_letters import FakeDeadLetterQueues
from tests.fakes.documents import FakeDocuments
from tests.fakes.network import STACK, FakeNetwork, FakeTogether
from tests.fakes.registrations import FakeDoors
from tests.fakes.world import FakeWorld
from tests.unit.pipeline.reporting.office import CATALOG, Office


@dataclass(kw_only=True)
class ScriptedTerminal:
    """`answers` are given in turn; `naps` runs at each sleep, as the world would go on meanwhile."""

    width: int | None = None
    files: dict[str, str] = field(default_factory=dict)
    answers: deque[str] = field(default_factory=deque)
    secrets: deque[str] = field(default_factory=deque)
    nap: Callable[[], None] = lambda: None
    notes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    slept: float = 0.0

    def note(self, text: str) -> None:
        self.notes.append(text)

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.answers.popleft()

    def ask_secret(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.secrets.popleft()

    def read(self, path: str) -> str:
        if path not in self.files:
            raise UsageError(f"{path} cannot be read: no such file")
        return self.files[path]

    def write(self, path: str, text: str) -> None:
        self.files[path] = text

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.nap()


@dataclass(kw_only=True)
class ProbedSystem:
    steps: Sequence[ProbeStep] = (ProbeStep(name="token", ok=True, text="a token was given"),)
    error: ConnectorError | None = None
    accounts: Sequence[ReferenceItem] = ()

    def probe(self) -> Rounds:
        yield [Check(name=step.name, run=lambda step=step: step, needed_by=step.needed_by) for step in self.steps]  # type: ignore[misc]
        if self.error:
            raise self.error

    def reference(self, kind: ReferenceKind) -> Iterator[ReferenceItem]:
        yield from self.accounts


@dataclass(kw_only=True)
class FakeSystems:
    by_name: dict[str, ProbedSystem] = field(default_factory=dict)

    def open(self, connection: Connection) -> Any:
        return self.by_name.get(connection.id.name, ProbedSystem())


@dataclass(kw_only=True)
class FakeOnboarding:
    """Notes what it was asked to set up."""

    documents: list[Mapping[str, Any]] = field(default_factory=list)

    def onboard(self, file: Mapping[str, Any], *, actor: str) -> Onboarded:
        self.documents.append(file)
        return Onboarded(tenant=str(file["tenant"]), changes=("connection jaggaer: new, jaggaer",), released=2)


def a_connector(system: str, **changes: Any) -> Connector:
    """One that needs the setting `instance` and the secret `client_secret`."""

    def check(settings: Mapping[str, Any], *, local: bool) -> Mapping[str, Any]:
        if settings.get("instance") != "acme":
            raise SettingsError("give the first part of the address", setting="instance")
        return settings

    whole: dict[str, Any] = {
        "system": system,
        "title": system.upper(),
        "reach": Reach.CALLED,
        "grant": Grant.CLIENT_CREDENTIALS,
        "reads": frozenset(),
        "writes": frozenset(),
        "references": frozenset({ReferenceKind.ACCOUNT}),
        "secret_fields": ("client_secret",),
        "check_settings": check,
        "oauth": None,
        "open": None,
        "account_of": lambda settings: "",
        "limits": lambda settings: Limits(),
    }
    return Connector(**{**whole, **changes})


@dataclass(kw_only=True)
class FakeServices:
    """The real services over fakes, where they reach no further than the ports."""

    world: FakeWorld
    catalog: Catalog = field(
        default_factory=lambda: Catalog(
            flows=CATALOG.flows, connectors={name: a_connector(name) for name in ("freshbooks", "jaggaer")}
        )
    )
    systems: FakeSystems = field(default_factory=FakeSystems)
    onboarding: FakeOnboarding = field(default_factory=FakeOnboarding)
    consents: FakeConsents = field(default_factory=FakeConsents)
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    fed: list[ConnectionId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dead_queues = FakeDeadLetterQueues(self.world)
        self.doors = FakeDoors(self.world.clock)
        self.audit = FakeAudit(self.world.ledger, self.world.journal)

    @property
    def ports(self) -> Ports:
        return self.world.ports

    @property
    def releaser(self) -> Releaser:
        return Releaser(self.ports, Knowledge(self.ports))

    @property
    def audit_ports(self) -> AuditPorts:
        return self.audit.ports

    @property
    def redrive(self) -> Redrive:
        return Redrive(self.ports, self.dead_queues)

    @property
    def switches(self) -> Switches:
        return Switches(self.ports, self.catalog, self._feed)

    @property
    def registrar(self) -> Registrar:
        ports, keys = self.doors.ports(), SigningKeys(self.ports.secrets)
        return Registrar(self.ports, self.catalog, self.systems, ports, keys, api_url="https://connector.example")

    @property
    def ping(self) -> Ping:
        clock = self.world.clock
        network, together = FakeNetwork(clock=clock), FakeTogether(clock=clock)
        return Ping(self.ports, self.catalog, self.systems, self.registrar, network, together, stack=STACK)

    @property
    def consent(self) -> Consenting:
        """Links only: nobody gets as far as the vendor's page here."""
        sign_in: Any = None
        return Consenting(self.ports, self.catalog, self.consents, sign_in, self._feed, local=True)

    @property
    def mapping_book(self) -> MappingBook:
        return MappingBook(self.ports, ReferenceData(self.ports, self.catalog, self.systems), self.releaser)

    @property
    def mapping_check(self) -> MappingCheck:
        return MappingCheck(self.ports, ReferenceData(self.ports, self.catalog, self.systems))

    def _feed(self, connection: ConnectionId) -> int:
        self.fed.append(connection)
        return 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass(kw_only=True)
class Desk:
    """An engineer's desk: `run("holds", "--json")` and read what it printed."""

    capsys: pytest.CaptureFixture[str]
    office: Office = field(default_factory=Office)
    terminal: ScriptedTerminal = field(default_factory=ScriptedTerminal)
    environment: dict[str, str] = field(default_factory=dict)
    built: list[Globals] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services = FakeServices(world=self.office.world)

    def run(self, *argv: str) -> Printed:
        code = main(argv, build=self._build, terminal=self.terminal, environment=self.environment)
        printed = self.capsys.readouterr()
        return Printed(code=code, out=printed.out, err=printed.err)

    @property
    def replayed(self) -> list[tuple[RecordId, str]]:
        """What a person sent back to its plan, and who."""
        return [
            (RecordId(flow=notice.flow, external_id=record.external_id), notice.actor)
            for notice in self.office.world.notices.bodies
            for record in notice.records
            if notice.cause is NoticeCause.REPLAYED
        ]

    def _build(self, said: Globals) -> Any:
        self.built.append(said)
        return self.services
