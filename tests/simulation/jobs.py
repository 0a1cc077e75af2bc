"""Who works in the simulated world: three pollers, three workers, one for upkeep; and what each may take up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ml_connector.pipeline.dead_letters import DeadLetters
from ml_connector.pipeline.ports_dead import DeadQueue
from ml_connector.pipeline.redrive import Redrive
from tests.fakes.clock import FakeDeadline
from tests.fakes.dead_letters import FakeDeadLetterQueues
from tests.fakes.hooks import Hooks, hooked
from tests.fakes.world import FakeWorld
from tests.world import Services

if TYPE_CHECKING:
    from tests.simulation.chaos import Chaos

POLLER, WORKER, UPKEEP = "poller", "worker", "upkeep"
STAFF = [
    *((POLLER, f"poller {n}") for n in (1, 2, 3)),
    *((WORKER, f"worker {n}") for n in (1, 2, 3)),
    (UPKEEP, "upkeep"),
]


class Job(StrEnum):
    POLL = "polls"
    INGEST = "ingests"
    POST = "posts"
    LOOK_AFTER = "looks after"
    BURY = "notes dead letters"
    PUSHED = "is pushed to"

    @property
    def role(self) -> str:
        return {Job.POLL: POLLER, Job.INGEST: WORKER, Job.POST: WORKER, Job.PUSHED: WORKER}.get(self, UPKEEP)


OFTEN = (Job.POLL, *(Job.INGEST,) * 4, *(Job.POST,) * 5, Job.LOOK_AFTER, Job.BURY, Job.PUSHED)


@dataclass(slots=True, kw_only=True)
class Process:
    """`ends` is when it is killed; `deadline` what it was told."""

    role: str
    name: str
    services: Services
    hooks: Hooks
    ends: datetime
    deadline: FakeDeadline
    may_oversleep: bool = False

    def redrive(self, fakes: FakeWorld) -> None:
        """A person sends every dead letter back."""
        queues = hooked(FakeDeadLetterQueues(fakes), "dead_letters", self.hooks)
        for queue in DeadQueue:
            Redrive(self.services.ports, queues).run(queue, actor="ann", limit=10_000)


def job_of(job: Job) -> Callable[[Chaos, Process], None]:
    return _JOBS[job]


def _poll(chaos: Chaos, process: Process) -> None:
    flow = chaos.chance.choice(chaos.scene.flows)
    full = chaos.chance.random() < 0.1
    process.services.poller.run(flow, run_id="run", deadline=process.deadline, full=full)


def _ingest(chaos: Chaos, process: Process) -> None:
    for message in chaos.fakes.notices.receive(10):
        process.services.ingestor.handle(message.body, process.deadline)
        if chaos.is_acknowledged("notice"):
            chaos.fakes.notices.ack(message)


def _post(chaos: Chaos, process: Process) -> None:
    messages = chaos.fakes.postings.receive(10)
    process.services.poster.handle([message.body for message in messages], process.deadline)
    for message in messages:
        if chaos.is_acknowledged("posting hint"):
            chaos.fakes.postings.ack(message)


def _look_after(chaos: Chaos, process: Process) -> None:
    process.services.upkeep.run(process.deadline)


def _bury(chaos: Chaos, process: Process) -> None:
    queues = hooked(FakeDeadLetterQueues(chaos.fakes), "dead_letters", process.hooks)
    DeadLetters(process.services.ports, process.services.catalog, queues).run()


def _pushed(chaos: Chaos, process: Process) -> None:
    chaos.scene.push(process.services)


_JOBS: dict[Job, Callable[[Chaos, Process], None]] = {
    Job.POLL: _poll,
    Job.INGEST: _ingest,
    Job.POST: _post,
    Job.LOOK_AFTER: _look_after,
    Job.BURY: _bury,
    Job.PUSHED: _pushed,
}
