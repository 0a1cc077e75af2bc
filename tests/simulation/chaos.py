"""Many processes on one set of stores, switched between, killed and delayed at any call, by a seed.

A process that waits inside a call may find, when it goes on, that others have worked meanwhile. One that lives past
its time limit is killed, as Lambda does, unless it oversleeps where that is allowed (`odds.py`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from ml_connector.pipeline.ports import Ports
from tests.fakes.clock import FakeDeadline
from tests.fakes.hooks import Crash, Hooks, Passed
from tests.fakes.queues import FakeQueue
from tests.fakes.system import Act
from tests.fakes.world import fake_ports
from tests.simulation import backups, invariants
from tests.simulation.decided import Decided
from tests.simulation.invoice_scene import InvoiceScene
from tests.simulation.jobs import STAFF, UPKEEP, WORKER, Job, Process, job_of
from tests.simulation.odds import Odds
from tests.simulation.peace import come_to_rest
from tests.simulation.scene import Scene
from tests.simulation.tally import Tally

TIME_LIMIT = timedelta(seconds=120)


class StoreError(Exception):
    """One of our own stores failed."""


class SceneOf(Protocol):
    def __call__(self, chance: random.Random, *, seed: int, faults: Sequence[Act], documents: int) -> Scene: ...


@dataclass
class Chaos:
    """`faults` are how the first writes end; `odds` how often what goes wrong. `altered` takes a process's ports."""

    seed: int
    faults: Sequence[Act] = ()
    odds: Odds = field(default_factory=Odds)
    documents: int = 4
    scene_of: SceneOf = InvoiceScene
    altered: Callable[[Ports], Ports] = lambda ports: ports

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.tally, self.steps = Tally(), 0
        self.told: list[str] = []
        self.stack: list[Process] = []
        self.hooks: list[Hooks] = []
        self.is_over = False
        self.restored = 0
        self.scene = self.scene_of(self.chance, seed=self.seed, faults=self.faults, documents=self.documents)
        self.world = self.scene.stage
        self.fakes = self.scene.world.fakes
        self.trails = invariants.Trails(self.fakes)
        self._prepare()
        if self.chance.random() < 0.7:
            self._first_cycle()
        self.processes = [self._process(role, name) for role, name in STAFF]
        self.backup = backups.backup(self.fakes)

    # the run

    def run(self, steps: int = 80) -> Any:
        """Trouble for so many steps, then peace, a person who looks after what was given up, and two more cycles."""
        self.steps = steps
        for _ in range(steps):
            self._people()
            self._one_job()
            self._later(seconds=self.chance.choice([0, 1, 5, 30, 120]))
            self._backups()
        self.is_over = True
        self._tell("peace")
        come_to_rest(self.scene, self.fakes, self._process(UPKEEP, "keeper"))
        self.tally.effects.update(effect.action.value for effect in self.scene.ended().effects)
        return self.world

    @property
    def met(self) -> set[str]:
        """Every call that a process of this world announced."""
        return {call for hooks in self.hooks for call in hooks.counts}

    def faults_left(self) -> list[str]:
        """What is wrong at the end; nothing if it ended well."""
        ended = self.scene.ended()
        return invariants.broken(self.scene.world, ended, self.trails, was_restored=self.restored > 0)

    # trouble at any call

    def _before(self, call: str) -> None:
        if self.is_over or not self.stack:
            return
        self._kill_if_late()
        self._trouble(call, "before")
        if self.chance.random() < self.odds.switch:
            self._one_job()
        if self.scene.is_outside(call):
            self._note(self.scene.trouble(call, self.odds))
            self._later(seconds=self.chance.choice([0, 0, 0, 0, 1, 25]))
            self._kill_if_late()

    def _after(self, call: str) -> None:
        if self.is_over or not self.stack:
            return
        self._trouble(call, "after")
        process = self.stack[-1]
        if (process.may_oversleep or self.scene.is_write(call)) and self.chance.random() < self.odds.oversleep:
            self._later(minutes=self.chance.randrange(4, 12))
            process.ends = self.fakes.clock.now() + TIME_LIMIT
            self._note("overslept its lease")
        if call in ("notices.send", "postings.send") and self.chance.random() < self.odds.delay:
            self._delay(self.fakes.notices if call == "notices.send" else self.fakes.postings)

    def _trouble(self, call: str, moment: str) -> None:
        roll = self.chance.random()
        if roll < self.odds.crash:
            self.tally.points.add((call, moment))
            self._note("crash", f"killed {moment} {call}")
            raise Crash(call)
        if roll < self.odds.crash + self.odds.store_error and not self.scene.is_outside(call):
            self._note("our store failed" if moment == "before" else "our store's answer lost", call)
            raise StoreError(call)

    def _kill_if_late(self) -> None:
        if self.fakes.clock.now() > self.stack[-1].ends:
            self._note("time limit")
            raise Crash("the time limit")

    def _one_job(self) -> None:
        """One of the processes that are idle takes up something."""
        job = self.chance.choice(self.scene.often)
        idle = [one for one in self.processes if one not in self.stack and one.role == job.role]
        if not idle:
            return
        process = self.chance.choice(idle)
        process.ends = self.fakes.clock.now() + TIME_LIMIT
        process.may_oversleep = job.role != WORKER or job is Job.INGEST
        process.deadline = FakeDeadline(self.fakes.clock, ends=process.ends)
        self.stack.append(process)
        self._tell(f"{process.name}: {job.value}")
        try:
            job_of(job)(self, process)
        except Crash:
            self.processes[self.processes.index(process)] = self._process(process.role, process.name)
        except Exception as error:
            self._tell(f"{process.name} failed: {error!r}")
            self.scene.world.failures.append(error)
        finally:
            self.stack.pop()

    # trouble between calls

    def _people(self) -> None:
        if self.chance.random() < self.odds.edit:
            self._tell(self.scene.edit())
        if self.chance.random() < self.odds.revoke:
            self._note(self.scene.revoke())
        if self.chance.random() < 0.3:
            self.scene.mend()

    def _backups(self) -> None:
        """A backup now and then; on a bad day the tables are brought back to it as `docs/operations.md` says."""
        roll = self.chance.random()
        if roll < self.odds.restore:
            self._later(minutes=10)  # every connection is paused, and what was under way ends
            self.trails.keep()
            backups.restore(self.fakes, self.backup)
            self.fakes.epochs.raise_epoch()
            self.restored += 1
            self._note("tables restored")
            for flow in self.scene.flows:
                self.fakes.polls.reset(flow)
        elif roll < 0.1:
            self.backup = backups.backup(self.fakes)

    def is_acknowledged(self, message: str) -> bool:
        """Whether the queue hears that a message was handled; else it comes again."""
        is_lost = self.chance.random() < self.odds.duplicate
        self._note(f"{message} delivered again" if is_lost else None)
        return not is_lost

    # building

    def _prepare(self) -> None:
        self.fakes.notices.pick = self.fakes.postings.pick = self._shuffled
        self.fakes.ledger.index_lag = self.chance.randrange(3)

    def _first_cycle(self) -> None:
        """Vendors are there, and lists are read, before the trouble begins."""
        self.scene.world.poll(self.scene.flows[0])
        self.scene.world.run_until_settled()

    def _process(self, role: str, name: str) -> Process:
        hooks = Hooks(before=self._before, after=self._after)
        self.hooks.append(hooks)
        decided = Decided(self._posted)
        ports = decided.noting(self.altered(fake_ports(self.fakes, hooks)))
        self.scene.announce(Passed(lambda: self.stack[-1].hooks if self.stack else None))
        return Process(
            role=role,
            name=name,
            services=decided.counting(self.scene.services(ports, hooks)),
            hooks=hooks,
            ends=self.fakes.clock.now(),
            deadline=FakeDeadline(self.fakes.clock),
        )

    def _posted(self, taken: int, ended: int) -> None:
        if not self.is_over:
            self.tally.taken += taken
            self.tally.postings[self.scene.name] += ended

    def _delay(self, queue: FakeQueue[Any]) -> None:
        if queue.messages:
            queue.messages[-1].visible_at += timedelta(minutes=self.chance.randrange(1, 20))
            self._note("message delayed")

    def _shuffled(self, messages: list[Any]) -> list[Any]:
        return self.chance.sample(messages, len(messages))

    def _later(self, **span: float) -> None:
        self.fakes.clock.advance(timedelta(**span))

    def _note(self, fault: str | None, *where: str) -> None:
        if fault is not None:
            self.tally.faults[fault] += 1
            self._tell(" ".join((fault, *where)))

    def _tell(self, text: str | None) -> None:
        if text is not None:
            self.told.append(f"{self.fakes.clock.now():%d %H:%M:%S} {'  ' * len(self.stack)}{text}")
