"""The whole product in one process: the real pipeline, pairs and connectors over the ports' fakes, on a virtual clock.

The vendors are simulators behind an httpx transport. `run_until_quiet` plays the queues and the schedules.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import FED_STATES, CrossReference, State
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.ingest.ingestor import Ingestor
from ml_connector.pipeline.ingest.poll_pass import PollReport
from ml_connector.pipeline.ingest.poller import Poller
from ml_connector.pipeline.planning.known import Knowledge
from ml_connector.pipeline.planning.planner import Planner
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Deadline, Ports
from ml_connector.pipeline.posting.poster import Poster
from ml_connector.pipeline.upkeep import Upkeep
from ml_connector.runtime.budget import Waiting
from tests.fakes.clock import FakeClock, FakeDeadline
from tests.fakes.hooks import Crash, Hooks
from tests.fakes.queues import Message
from tests.fakes.world import FakeWorld, fake_ports

TENANT = "acme"


@dataclass
class Services:
    """One process's services on the given ports, wired as `runtime` wires them."""

    ports: Ports
    catalog: Catalog
    systems: Systems
    chance: random.Random

    def __post_init__(self) -> None:
        knowledge = Knowledge(self.ports)
        self.releaser = Releaser(self.ports, knowledge)
        self.planner = Planner(self.ports, self.catalog, knowledge)
        self.references = ReferenceData(self.ports, self.catalog, self.systems)
        self.ingestor = Ingestor(self.ports, self.catalog, self.systems, self.planner)
        self.poller = Poller(self.ports, self.catalog, self.systems, self.references, self.releaser)
        self.poster = Poster(self.ports, self.catalog, self.systems, self.releaser, self.chance)
        self.upkeep = Upkeep(self.ports, self.catalog, self.releaser, hold_age=timedelta(days=7))


@dataclass
class World:
    """`open_systems` builds the process's way to the vendors, anew for each incarnation.

    `person` is who looks after alarms: called wherever nothing goes on before some time has passed.
    """

    catalog: Catalog
    open_systems: Any
    fakes: FakeWorld = field(default_factory=FakeWorld)
    seed: int = 0
    failures: list[BaseException] = field(default_factory=list)
    person: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.is_crashed = False
        self.restart()

    def restart(self) -> None:
        """A new process on the same stores."""
        ports = self.fakes.incarnation()
        self.services = Services(ports, self.catalog, self.open_systems(ports), self.chance)

    def another_process(self) -> Services:
        """A second worker beside the first, on the same stores."""
        ports = fake_ports(self.fakes, Hooks())
        return Services(ports, self.catalog, self.open_systems(ports), self.chance)

    # set-up

    def connect(self, name: str, system: str, *, tenant: str = TENANT, **settings: Any) -> ConnectionId:
        connection = ConnectionId(tenant=tenant, name=name)
        self.fakes.connections.save(
            Connection(
                id=connection,
                system=system,
                settings=settings,
                account=f"{tenant}-{system}",
                secret=f"connections/{name}",
            )
        )
        return connection

    def flow(self, name: str, source: ConnectionId, target: ConnectionId, **settings: Any) -> FlowId:
        flow = FlowId(tenant=source.tenant, flow=name, source=source.name, target=target.name)
        self.fakes.connections.save_flow(FlowSettings(id=flow, settings=settings))
        return flow

    # running

    def poll(self, flow: FlowId, *, full: bool = False, deadline: Deadline | None = None) -> PollReport:
        return self.services.poller.run(
            flow, run_id=self.fakes.ids.new(), deadline=deadline or self.deadline(), full=full
        )

    def run_until_quiet(self, *, most: int = 500) -> None:
        """Handle what is visible; when nothing is, let the time pass to the next message."""
        for _ in range(most):
            if self.step():
                continue
            waits = [at for at in (self.fakes.notices.next_visible_at(), self.fakes.postings.next_visible_at()) if at]
            if not waits:
                return
            self.person()
            self.fakes.clock.advance(max(min(waits) - self.fakes.clock.now(), timedelta(seconds=1)))
        raise AssertionError(f"not quiet after {most} steps: {self.fakes.notices.bodies} {self.fakes.postings.bodies}")

    def run_until_settled(self, *, most: int = 300) -> None:
        """As long as any row wants to be written; upkeep runs each minute."""
        for _ in range(most):
            self.run_until_quiet()
            if not self._unfinished():
                return
            self.fakes.clock.advance(timedelta(minutes=1))
            self.look_after()
        raise AssertionError(f"not settled after {most} rounds: {self._unfinished()}")

    def look_after(self) -> None:
        """What upkeep's schedule does."""
        self._tried(lambda: self.services.upkeep.run(self.deadline()))

    def step(self) -> bool:
        """One delivery of each queue, and the polls asked for; False where there is nothing to do now."""
        started, self.fakes.runs.started = self.fakes.runs.started, []
        for run in started:
            self._tried(lambda run=run: self.poll(run.flow, full=run.full))
        notices, postings = self.fakes.notices.receive(10), self.fakes.postings.receive(10)
        for message in notices:
            if self._tried(lambda body=message.body: self.services.ingestor.handle(body, self.deadline())):
                self.fakes.notices.ack(message)
        self._post(postings)
        return bool(started or notices or postings)

    def _post(self, messages: list[Message[RecordId]]) -> None:
        """As the entry point does: the delivery as a whole, and one by one where that failed."""
        if not messages:
            return
        if self._tried(lambda: self.services.poster.handle([m.body for m in messages], self.deadline())):
            done = messages
        elif self.is_crashed:
            done = []
        else:
            done = [
                m for m in messages if self._tried(lambda m=m: self.services.poster.handle([m.body], self.deadline()))
            ]
        for message in done:
            self.fakes.postings.ack(message)

    def _running_flows(self) -> list[FlowSettings]:
        connections = self.fakes.connections
        every = [settings for tenant in connections.tenants() for settings in connections.flows(tenant)]
        every = [settings for settings in every if settings.is_running]
        return [settings for settings in every if connections.get(settings.id.target_connection).is_running]

    def _unfinished(self) -> list[RecordId]:
        rows = self.fakes.ledger.rows.values()
        running = {settings.id for settings in self._running_flows()}
        return [row.record for row in rows if row.state in FED_STATES and row.record.flow in running]

    def _tried(self, work: Any) -> bool:
        """A handler that fails leaves its messages on the queue, as Lambda does; a crash starts a new process."""
        self.is_crashed = False
        try:
            work()
        except Crash:
            self.is_crashed = True
            self.restart()
            return False
        except Exception as error:
            self.failures.append(error)
            return False
        return True

    def deadline(self) -> FakeDeadline:
        return FakeDeadline(self.fakes.clock, default=timedelta(seconds=120))

    # looking

    def row(self, flow: FlowId, external_id: str) -> CrossReference:
        row = self.fakes.ledger.get(RecordId(flow=flow, external_id=external_id))
        assert row is not None, f"no row for {external_id}"
        return row

    def states(self, flow: FlowId) -> dict[State, int]:
        counts: dict[State, int] = {}
        for month in self.fakes.ledger.months(flow):
            for summary in self.fakes.ledger.summaries(flow, month):
                counts[summary.state] = counts.get(summary.state, 0) + 1
        return counts


def router(hosts: dict[str, httpx.MockTransport]) -> httpx.MockTransport:
    """One transport for several vendors, told apart by host name."""

    def answer(request: httpx.Request) -> httpx.Response:
        return hosts[request.url.host].handle_request(request)

    return httpx.MockTransport(answer)


def patience(clock: FakeClock) -> Waiting:
    """A worker's: it has two minutes, and the clock goes on while it waits."""
    return Waiting(turn=FakeDeadline(clock, default=timedelta(seconds=120)), sleep=clock.advance)
