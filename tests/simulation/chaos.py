"""Three processes on one set of stores, switched between, killed and delayed at any call, by a seed.

A process that waits inside a call may find, when it goes on, that others have worked meanwhile. One that lives past
its time limit is killed, as Lambda does.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.crossreference import State
from ml_connector.domain.records.bill import Bill, BillStatus
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.fakes.clock import FakeDeadline
from tests.fakes.hooks import Crash, Hooks
from tests.fakes.system import Act
from tests.fakes.world import fake_ports
from tests.invoices import InvoiceWorld
from tests.simulation.story import settled_poll
from tests.world import Services

TIME_LIMIT = timedelta(seconds=120)
_INVOICES = ("1", "2", "3", "4")
_GIVEN_UP = (State.REJECTED, State.HELD, State.DEAD)


class StoreError(Exception):
    """One of our own stores failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """How often, of one call."""

    crash: float = 0.01
    store_error: float = 0.01
    switch: float = 0.06
    duplicate: float = 0.15


@dataclass(slots=True)
class _Process:
    services: Services
    hooks: Hooks
    ends: datetime


@dataclass
class Chaos:
    seed: int
    faults: Sequence[Act] = ()
    odds: Odds = field(default_factory=Odds)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.world = an_invoice_world(vendor=False, seed=self.seed)
        self.stack: list[_Process] = []
        self.is_over = False
        self.totals: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self._prepare()
        self.processes = [self._process() for _ in range(3)]

    # the run

    def run(self, steps: int = 80) -> InvoiceWorld:
        """Trouble for so many steps, then peace, a person who looks after what was given up, and two more cycles."""
        for _ in range(steps):
            self._edit_sometimes()
            self._one_job()
            self.world.later(seconds=self.chance.choice([0, 1, 5, 30, 120]))
            self._resume_sometimes()
        self._peace()
        return self.world

    def faults_left(self) -> list[str]:
        """What is wrong at the end; nothing if it ended well."""
        found = []
        standing = self.world.bills
        for name, total in self.totals.items():
            kept = [str(amount) for number, amount in standing if number == f"INV-{name}"]
            expected = [] if name in self.cancelled else [f"{total} USD"]
            if kept != expected:
                found.append(f"INV-{name} should be {expected} and is {kept}")
        for row in self.world.fakes.ledger.rows.values():
            if row.is_busy or row.state not in (State.POSTED, State.REVERSED, State.SKIPPED):
                found.append(f"{row.record.external_id} ended {row.state}: {row.reasons}")
            found += self.world.fakes.ledger.broken_links(row.record)
            found += self.world.fakes.ledger.untold_state(row.record)
        return found

    # trouble

    def _before(self, call: str) -> None:
        if self.is_over or not self.stack:
            return
        self._kill_if_late()
        self._trouble(call)
        if self.chance.random() < self.odds.switch:
            self._one_job()
        if call.startswith("system."):
            self.world.later(seconds=self.chance.choice([0, 1, 10, 25]))
            self._kill_if_late()

    def _after(self, call: str) -> None:
        if not self.is_over and self.stack:
            self._trouble(call)

    def _trouble(self, call: str) -> None:
        roll = self.chance.random()
        if roll < self.odds.crash:
            raise Crash(call)
        if roll < self.odds.crash + self.odds.store_error and not call.startswith("system."):
            raise StoreError(call)

    def _kill_if_late(self) -> None:
        if self.world.fakes.clock.now() > self.stack[-1].ends:
            raise Crash("the time limit")

    def _one_job(self) -> None:
        """One of the processes that are idle takes up something."""
        idle = [process for process in self.processes if process not in self.stack]
        if not idle:
            return
        process = self.chance.choice(idle)
        process.ends = self.world.fakes.clock.now() + TIME_LIMIT
        self.stack.append(process)
        try:
            jobs = [self._poll, self._ingest, self._ingest, self._post, self._post, self._look_after]
            self.chance.choice(jobs)(process)
        except Crash:
            self.processes[self.processes.index(process)] = self._process()
        except Exception as error:
            self.world.world.failures.append(error)
        finally:
            self.stack.pop()

    def _poll(self, process: _Process) -> None:
        flow = self.chance.choice([self.world.vendors, self.world.invoices])
        full = self.chance.random() < 0.2
        process.services.poller.run(flow, run_id="run", deadline=self._deadline(process), full=full)

    def _ingest(self, process: _Process) -> None:
        for message in self.world.fakes.notices.receive(1):
            process.services.ingestor.handle(message.body, self._deadline(process))
            if self.chance.random() > self.odds.duplicate:
                self.world.fakes.notices.ack(message)

    def _post(self, process: _Process) -> None:
        messages = self.world.fakes.postings.receive(10)
        process.services.poster.handle([message.body for message in messages], self._deadline(process))
        for message in messages:
            if self.chance.random() > self.odds.duplicate:
                self.world.fakes.postings.ack(message)

    def _look_after(self, process: _Process) -> None:
        process.services.upkeep.run(self._deadline(process))

    def _edit_sometimes(self) -> None:
        """People at the source. What is cancelled stays so."""
        if self.chance.random() > 0.15:
            return
        name = self.chance.choice(_INVOICES)
        if name in self.cancelled:
            return
        self.totals[name] = f"{self.chance.randrange(1, 900)}.00"
        if self.chance.random() < 0.15:
            self.cancelled.add(name)
        self.world.source_has(self._bill(name))
        self.world.notice(name)

    def _resume_sometimes(self) -> None:
        """Somebody mends the credentials."""
        for connection in self.world.fakes.connections.list("acme"):
            if not connection.is_running and self.chance.random() < 0.3:
                self.world.fakes.connections.save(replace(connection, state=ConnectionState.ACTIVE))

    # the end

    def _peace(self) -> None:
        self.is_over = True
        self.world.target.script.clear()
        self.world.fakes.ledger.index_lag = 0
        self.world.fakes.ledger.settle_indexes()
        self.world.world.restart()
        for connection in self.world.fakes.connections.list("acme"):
            self.world.fakes.connections.save(replace(connection, state=ConnectionState.ACTIVE))
        self._cycle()
        for row in list(self.world.fakes.ledger.rows.values()):
            if row.state in _GIVEN_UP:
                self.world.person_replays(row.record.external_id, flow=row.record.flow)
        self._cycle()

    def _cycle(self) -> None:
        self.world.later(hours=1)
        for flow in (self.world.vendors, self.world.invoices):
            settled_poll(self.world, flow)

    # building

    def _prepare(self) -> None:
        fakes, target = self.world.fakes, self.world.target
        fakes.notices.max_receives = fakes.postings.max_receives = 10_000
        fakes.notices.pick = fakes.postings.pick = self._shuffled
        fakes.ledger.index_lag = self.chance.randrange(3)
        target.late_by = timedelta(seconds=self.chance.randrange(90))
        target.search_lag = timedelta(seconds=self.chance.randrange(50))
        target.will(*self.faults)
        self.world.source_has(a_vendor())
        for name in _INVOICES:
            self.totals[name] = "100.00"
            self.world.source_has(self._bill(name))

    def _process(self) -> _Process:
        hooks = Hooks(before=self._before, after=self._after)
        ports = fake_ports(self.world.fakes, hooks)
        world = self.world.world
        services = Services(ports, world.catalog, world.open_systems(ports), self.chance)
        self.world.source.hooks = self.world.target.hooks = _Current(self)
        return _Process(services, hooks, self.world.fakes.clock.now())

    def _bill(self, name: str) -> Bill:
        status = BillStatus.CANCELLED if name in self.cancelled else BillStatus.APPROVED
        return a_bill(name, total=self.totals[name], status=status)

    def _deadline(self, process: _Process) -> FakeDeadline:
        return FakeDeadline(self.world.fakes.clock, ends=process.ends)

    def _shuffled(self, messages: list[Any]) -> list[Any]:
        return self.chance.sample(messages, len(messages))


class _Current(Hooks):
    """A system's calls belong to the process that makes them."""

    def __init__(self, chaos: Chaos) -> None:
        super().__init__()
        self._chaos = chaos

    def before(self, call: str) -> None:
        if self._chaos.stack:
            self._chaos.stack[-1].hooks.before(call)

    def after(self, call: str) -> None:
        if self._chaos.stack:
            self._chaos.stack[-1].hooks.after(call)
