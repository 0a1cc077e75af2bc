"""The product as deployed: its handlers, services, pipeline and connectors, in workers that a kill really ends.

Only what is AWS is stood in for. A worker takes one task after another, as a Lambda environment does, through the
same handlers; its ports are calls of the process that keeps the tables.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ml_connector.aws.queues import SqsNotices, SqsPostings, SqsPushes, notice_from_message, record_from_message
from ml_connector.aws.resources import Resources
from ml_connector.domain.crossreference import State
from ml_connector.pipeline.ports import Deadline, Ports
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from ml_connector.pipeline.redrive import Redrive
from ml_connector.runtime import handling
from ml_connector.runtime.clock import RandomIds
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.settings import Settings
from ml_connector.runtime.wiring import Services
from tests.benchmarks.documents import ACCOUNTS
from tests.benchmarks.exactly_once import processes, stores
from tests.benchmarks.exactly_once.clock import SharedClock
from tests.benchmarks.exactly_once.stores import NOTICES, POSTINGS, Task
from tests.benchmarks.exactly_once.vendors import Vendors
from tests.benchmarks.scene import SOURCE, TARGET, Scene
from tests.fakes.upkeep import FakeMetrics

WORKERS = 2
_LIMITS = {"poll": 900, "ingest": 120, "post": 120, "keep_up": 300, "note_dead_letters": 50}
"""Seconds, the template's timeouts."""

_SETTLED = {State.POSTED, State.LINKED, State.SKIPPED}
_PAUSE_SECONDS = 0.02


class Product:
    """One installation, set up and empty. `run` starts its workers; `end` says how they ended."""

    name = "ml-connector"

    def __init__(self, vendors: Vendors, clock: SharedClock, folder: Path) -> None:
        self._clock = clock
        self._invoices = vendors.invoices
        self._path = folder / "stores"
        self._keeper = processes.start(lambda: stores.serve(self._path, clock))
        self._far = processes.Far(self._path)
        self._lambda = self._far.of("lambda")
        _set_up(_ports(self._far, clock), vendors)

    def run(self, *, runners: int = 1, replay: bool = False) -> list[int]:
        self._lambda.begin(polls=runners, full=replay)
        return [
            processes.start(lambda number=number: _work(self._path, self._clock, number))  # type: ignore[misc]
            for number in range(max(runners, WORKERS))
        ]

    def copy_state(self) -> None:
        self._lambda.copy_tables()

    def restore_state(self) -> None:
        self._lambda.restore_tables()

    def recover(self) -> bool:
        """`ml-connector redrive`, as the alarm on dead letters says; whether there were any."""
        redrive = Redrive(_ports(self._far, self._clock), _DeadLetters(self._lambda))
        return bool([one for queue in DeadQueue for one in redrive.run(queue, actor="bench", limit=10_000)])

    def held(self) -> set[str]:
        """Numbers of the documents that wait for a person or an answer, each with its reason on its row."""
        states: dict[str, State] = self._lambda.states()
        return {self._invoices[record].number for record, state in states.items() if state not in _SETTLED}

    def close(self) -> None:
        processes.kill([self._keeper])
        processes.ended(self._keeper, wait=True)


class _BenchServices(Services):
    """The product's own wiring, but for the adapters of AWS."""

    def __init__(self, far: processes.Far, clock: SharedClock) -> None:
        super().__init__(_SETTINGS, Clients(), _Silent())
        self._far = far
        self._clock = clock

    @cached_property
    def ports(self) -> Ports:
        return _ports(self._far, self._clock)

    @cached_property
    def registration_ports(self) -> RegistrationPorts:
        return RegistrationPorts(
            registrations=self._far.of("registrations"),
            candidates=self._far.of("candidates"),
            pushes=SqsPushes(self._far.of("sqs"), _RESOURCES),
        )

    @cached_property
    def documents(self) -> Any:
        return self._far.of("documents")

    @cached_property
    def dead_letter_queues(self) -> Any:
        return _DeadLetters(self._far.of("lambda"))

    @cached_property
    def sealer(self) -> Any:
        return _NoSeals()


_RESOURCES = Resources(stack="bench", notice_queue_url=NOTICES, posting_queue_url=POSTINGS)
_SETTINGS = Settings(resources=_RESOURCES, stage="local")


class _Silent:
    """The tables say all that is asked here."""

    def begin(self, **keys: Any) -> None:
        return

    def info(self, message: str, **fields: Any) -> None:
        return

    def warning(self, message: str, **fields: Any) -> None:
        return

    def error(self, message: str, **fields: Any) -> None:
        return


class _NoSeals:
    """Seals of the trail are no part of what is measured: two calls an hour."""

    def seal(self, tenant: str, deadline: Deadline) -> int:
        return 0

    def is_late(self, tenant: str) -> bool:
        return False


class _DeadLetters:
    """The dead-letter queues. Nobody reads a letter beside us, so none needs to be hidden meanwhile."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    @contextmanager
    def peek(self, queue: DeadQueue, *, limit: int) -> Iterator[list[DeadLetter]]:
        name, read = _DEAD[queue]
        yield [
            DeadLetter(queue=queue, id=one.id, body=one.body, content=read(one.body), receives=one.receives)
            for one in self._driver.dead(name)[:limit]
        ]

    def delete(self, letter: DeadLetter) -> None:
        self._driver.forget_dead(_DEAD[letter.queue][0], letter.id)

    def send_back(self, letter: DeadLetter) -> None:
        raise AssertionError(f"{letter.id} cannot be read, and all that is sent here can be")

    def keep(self, letter: DeadLetter, said: Mapping[str, str]) -> str:
        raise AssertionError(f"{letter.id} cannot be read, and all that is sent here can be")


_DEAD: dict[DeadQueue, tuple[str, Callable[[str], Any]]] = {
    DeadQueue.NOTICE: (NOTICES, notice_from_message),
    DeadQueue.POSTING: (POSTINGS, record_from_message),
}


def _ports(far: processes.Far, clock: SharedClock) -> Ports:
    remote = ("ledger", "payloads", "references", "mappings", "connections", "polls", "secrets", "grants", "budgets")
    return Ports(
        clock=clock,
        ids=RandomIds(),
        notices=SqsNotices(far.of("sqs"), _RESOURCES),
        postings=SqsPostings(far.of("sqs"), _RESOURCES),
        metrics=FakeMetrics(),
        log=_Silent(),
        **{name: far.of(name) for name in (*remote, "epochs", "schedules", "runs", "journal")},
    )


def _set_up(ports: Ports, vendors: Vendors) -> None:
    """Onboarding's result."""
    source, target = vendors.source, vendors.target
    scene = Scene(ports, None, notices=lambda _: [], postings=lambda _: [])  # type: ignore[arg-type]
    scene.authorise(access=target.access_token)
    for connection, door in ((SOURCE, source), (TARGET, target)):
        value = {"client_id": door.client_id, "client_secret": door.client_secret}
        ports.secrets.write(f"connections/{connection.tenant}/{connection.name}", value, token="f" * 32)
    scene.set_up(
        accounts=dict(zip(ACCOUNTS, target.categories, strict=True)),
        source_url=source.url,
        base_url=target.url,
        account_id=target.account_id,
    )


def _work(path: Path, clock: SharedClock, number: int) -> None:
    """One worker, until all is quiet."""
    far = processes.Far(path)
    driver, services = far.of("lambda"), _BenchServices(far, clock)
    while (task := driver.take(number)) != "end":
        if isinstance(task, Task):
            _carry_out(task, services, driver, clock)
        else:
            time.sleep(_PAUSE_SECONDS)


def _carry_out(task: Task, services: Services, driver: Any, clock: SharedClock) -> None:
    context = _Context(clock, timedelta(seconds=_LIMITS[task.kind]))
    match task.kind:
        case "poll":
            handling.poll(task.event, context, services)
        case "keep_up":
            handling.keep_up(context, services)
        case "note_dead_letters":
            handling.note_dead_letters(context, services)
        case "ingest":
            _deliver(handling.ingest, NOTICES, task, context, services, driver)
        case _:
            _deliver(handling.post, POSTINGS, task, context, services, driver)


def _deliver(
    handler: Callable[..., handling.Failures], queue: str, task: Task, context: Any, services: Services, driver: Any
) -> None:
    """As Lambda's poller does: what the handler does not name as failed is deleted."""
    failures = {one["itemIdentifier"] for one in handler(task.event, context, services)["batchItemFailures"]}
    driver.done(queue, [one["messageId"] for one in task.event["Records"] if one["messageId"] not in failures])


class _Context(SimpleNamespace):
    def __init__(self, clock: SharedClock, limit: timedelta) -> None:
        super().__init__(aws_request_id=RandomIds().new())
        self._clock = clock
        self._ends: datetime = clock.now() + limit

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._ends - self._clock.now()).total_seconds() * 1000))
