"""What outlives a killed worker: our tables and queues, in a process of their own, and what Lambda does with them.

The tables are the ports' fakes. They keep the rules of the real ones (conditional writes, guards, chains), and a call
of them is one atomic step, as it is there.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ml_connector.domain.crossreference import FED_STATES, State
from tests.benchmarks.exactly_once import processes
from tests.benchmarks.exactly_once.clock import SharedClock
from tests.benchmarks.exactly_once.queues import Message, Queue, Sqs
from tests.benchmarks.scene import INVOICES, NOTICES_AT_ONCE, POSTINGS_AT_ONCE
from tests.fakes.documents import FakeDocuments
from tests.fakes.registrations import FakeCandidates, FakeRegistrations
from tests.fakes.world import FakeWorld

NOTICES, POSTINGS = "notices", "postings"
EVERY_MINUTE = timedelta(minutes=1)
POLL_EVERY = timedelta(minutes=15)
PATIENCE = timedelta(days=2)
"""What is not settled by then stays as it is, and is counted so."""

TABLES = ("ledger", "payloads", "references", "mappings", "connections", "polls", "grants", "documents", "journal")
"""What a restore sets back: all that is kept in DynamoDB. Secrets, queues and the epoch's marker lie elsewhere."""

_BESIDE = ("secrets", "budgets", "epochs", "schedules", "registrations", "candidates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What Lambda would start a function for: `poll`, `ingest`, `post`, `keep_up` or `note_dead_letters`."""

    kind: str
    event: dict[str, Any]


class Lambda:
    """Hands tasks to the workers, and moves the clock on where all of them wait: schedules, queues, runs asked for."""

    def __init__(self, clock: SharedClock, tables: dict[str, Any], runs: Any) -> None:
        self._clock = clock
        self._tables = tables
        self._runs = runs
        self._queues = {NOTICES: Queue(clock), POSTINGS: Queue(clock)}
        self.sqs = Sqs(self._queues)
        self._busy: set[int] = set()
        self._polls: list[dict[str, Any]] = []
        self._began = clock.now()
        self._next_minute = self._next_poll = clock.now()
        self._minutely: list[str] = []
        self._told_dead: set[str] = set()
        self._copy: bytes = b""

    def begin(self, *, polls: int, full: bool) -> None:
        """A run: so many pollers at once, now. Whoever was at work before is dead."""
        self._busy.clear()
        self._began = self._clock.now()
        self._polls = [{"flow": str(INVOICES), "full": full} for _ in range(polls)]
        self._next_poll = self._began + POLL_EVERY

    def take(self, worker: int) -> Task | str:
        """The next task of this worker; else `wait` while others work, and `end` where all is quiet."""
        self._busy.discard(worker)
        while (task := self._due()) is None:
            if self._busy:
                return "wait"
            if self._is_quiet() or self._clock.now() > self._began + PATIENCE:
                return "end"
            self._jump()
        self._busy.add(worker)
        return task

    def done(self, queue: str, message_ids: list[str]) -> None:
        for message_id in message_ids:
            self._queues[queue].done(message_id)

    def dead(self, queue: str) -> list[Message]:
        found = self._queues[queue].dead
        self._told_dead |= {message.id for message in found}
        return found

    def forget_dead(self, queue: str, message_id: str) -> None:
        self._queues[queue].forget_dead(message_id)

    def _due(self) -> Task | None:
        now = self._clock.now()
        if now >= self._next_poll:
            self._polls.append({"flow": str(INVOICES)})
            self._next_poll = now + POLL_EVERY
        if now >= self._next_minute:
            self._minutely = ["keep_up", "note_dead_letters"]
            self._next_minute = now + EVERY_MINUTE
        self._polls += [{"flow": str(run.flow), "full": run.full, "run_id": run.run_id} for run in self._runs.started]
        self._runs.started.clear()
        if self._polls:
            return Task(kind="poll", event=self._polls.pop(0))
        if self._minutely:
            return Task(kind=self._minutely.pop(0), event={})
        return self._delivery("post", POSTINGS, POSTINGS_AT_ONCE) or self._delivery("ingest", NOTICES, NOTICES_AT_ONCE)

    def _delivery(self, kind: str, queue: str, most: int) -> Task | None:
        records = [{"messageId": one.id, "body": one.body} for one in self._queues[queue].take(most)]
        return Task(kind=kind, event={"Records": records}) if records else None

    def _jump(self) -> None:
        waits = [queue.next_at for queue in self._queues.values()]
        due = min(at for at in (*waits, self._next_minute, self._next_poll) if at is not None)
        self._clock.jump(due - self._clock.now())

    def _is_quiet(self) -> bool:
        """A whole pass has ended since the run began, and nothing is left to carry or to be marked as dead."""
        passed: datetime | None = self._tables["polls"].load(INVOICES).last_finished
        if passed is None or passed < self._began:
            return False
        for queue in self._queues.values():
            if queue.next_at or {message.id for message in queue.dead} - self._told_dead:
                return False
        return not any(row.state in FED_STATES for row in self._tables["ledger"].rows.values())

    def copy_tables(self) -> None:
        """As they stand now, which is what a backup to a point in time has."""
        self._copy = pickle.dumps({name: self._tables[name] for name in TABLES})

    def restore_tables(self) -> None:
        """Back to the copy; then what the runbook says next: `ml-connector restored`."""
        self._tables.update(pickle.loads(self._copy))  # noqa: S301
        self._tables["epochs"].raise_epoch()

    def states(self) -> dict[str, State]:
        """Of each document, by its id in the source."""
        return {row.record.external_id: row.state for row in self._tables["ledger"].rows.values()}


def serve(path: Path, clock: SharedClock) -> None:
    world = FakeWorld()
    world.budgets.unlimited = True
    tables: dict[str, Any] = {"registrations": FakeRegistrations(), "candidates": FakeCandidates()}
    tables["documents"] = FakeDocuments()
    tables |= {name: getattr(world, name) for name in (*TABLES, *_BESIDE) if name not in tables}
    driver = Lambda(clock, tables, world.runs)
    tables |= {"runs": world.runs, "lambda": driver, "sqs": driver.sqs}
    processes.serve(path, tables)
