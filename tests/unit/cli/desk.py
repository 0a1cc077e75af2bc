"""The command line over fakes: an office's services, a terminal that answers from a script, and what was printed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ml_connector.cli.failures import UsageError
from ml_connector.cli.main import main
from ml_connector.cli.options import Globals
from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.planning.known import Knowledge
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from ml_connector.pipeline.system import ProbeStep
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

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.nap()


@dataclass(kw_only=True)
class ProbedSystem:
    steps: Sequence[ProbeStep] = (ProbeStep(name="token", ok=True, text="a token was given"),)
    error: ConnectorError | None = None

    def probe(self) -> Iterator[ProbeStep]:
        yield from self.steps
        if self.error:
            raise self.error


@dataclass(kw_only=True)
class FakeSystems:
    by_name: dict[str, ProbedSystem] = field(default_factory=dict)

    def open(self, connection: Connection) -> Any:
        return self.by_name.get(connection.id.name, ProbedSystem())


@dataclass(kw_only=True)
class FakeOnboarding:
    """Notes what it was asked to do."""

    documents: list[Mapping[str, Any]] = field(default_factory=list)
    paused: list[tuple[str, str, str]] = field(default_factory=list)
    resumed: list[tuple[str, str]] = field(default_factory=list)
    mapped: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def onboard(self, document: Mapping[str, Any], *, actor: str) -> str:
        self.documents.append(document)
        return "2 connections and 1 flow are set up"

    def pause(self, what: ConnectionId | FlowId, *, actor: str, why: str) -> None:
        self.paused.append((str(what), actor, why))

    def resume(self, what: ConnectionId | FlowId, *, actor: str) -> None:
        self.resumed.append((str(what), actor))

    def set_mapping(
        self, connection: ConnectionId, kind: ReferenceKind, code: str, target_id: str, *, actor: str
    ) -> None:
        self.mapped.append((str(connection), kind, code, target_id, actor))


@dataclass(kw_only=True)
class FakeDeadQueues:
    """Letters that lie in their queues until they are deleted."""

    letters: list[DeadLetter] = field(default_factory=list)

    @contextmanager
    def peek(self, queue: DeadQueue, *, limit: int) -> Iterator[list[DeadLetter]]:
        yield [letter for letter in self.letters if letter.queue is queue][:limit]

    def send_back(self, letter: DeadLetter) -> None:
        raise AssertionError("a letter of no tenant was sent back")

    def delete(self, letter: DeadLetter) -> None:
        self.letters.remove(letter)


@dataclass(kw_only=True)
class FakeServices:
    ports: Ports
    catalog: Catalog = CATALOG
    systems: FakeSystems = field(default_factory=FakeSystems)
    onboarding: FakeOnboarding = field(default_factory=FakeOnboarding)
    dead_queues: FakeDeadQueues = field(default_factory=FakeDeadQueues)

    @property
    def redrive(self) -> Redrives:
        from ml_connector.pipeline.redrive import Redrive

        return Redrive(self.ports, self.dead_queues)

    @property
    def releaser(self) -> Releaser:
        return Releaser(self.ports, Knowledge(self.ports))


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
        self.services = FakeServices(ports=self.office.ports)

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
