"""All fakes together: the stores outlive a crash; each incarnation of a process reaches them through its own hooks."""

from __future__ import annotations

from dataclasses import dataclass, field

from ml_connector.pipeline.ports import Ports
from tests.fakes.access import FakeBudgets, FakeGrants, FakeSecrets
from tests.fakes.clock import FakeClock, FakeDeadline, FakeIds
from tests.fakes.connections import FakeConnections, FakePolls
from tests.fakes.hooks import Hooks, hooked
from tests.fakes.ledger import FakeLedger
from tests.fakes.queues import FakeNotices, FakePostings
from tests.fakes.stores import FakeMappings, FakePayloads, FakeReferences
from tests.fakes.upkeep import FakeEpochs, FakeJournal, FakeLog, FakeMetrics, FakeRuns, FakeSchedules


@dataclass(slots=True, kw_only=True)
class FakeWorld:
    """Inspect the fakes here: that is neither counted nor hooked. Give the code under test `ports`."""

    clock: FakeClock = field(default_factory=FakeClock)
    ids: FakeIds = field(default_factory=FakeIds)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    payloads: FakePayloads = field(default_factory=FakePayloads)
    references: FakeReferences = field(default_factory=FakeReferences)
    mappings: FakeMappings = field(default_factory=FakeMappings)
    connections: FakeConnections = field(default_factory=FakeConnections)
    polls: FakePolls = field(default_factory=FakePolls)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    grants: FakeGrants = field(default_factory=FakeGrants)
    budgets: FakeBudgets = field(default_factory=FakeBudgets)
    epochs: FakeEpochs = field(default_factory=FakeEpochs)
    schedules: FakeSchedules = field(default_factory=FakeSchedules)
    runs: FakeRuns = field(default_factory=FakeRuns)
    journal: FakeJournal = field(default_factory=FakeJournal)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    log: FakeLog = field(default_factory=FakeLog)
    hooks: Hooks = field(default_factory=Hooks)
    notices: FakeNotices = field(init=False)
    postings: FakePostings = field(init=False)
    deadline: FakeDeadline = field(init=False)
    ports: Ports = field(init=False)

    def __post_init__(self) -> None:
        self.notices = FakeNotices(self.clock)
        self.postings = FakePostings(self.clock)
        self.deadline = FakeDeadline(self.clock)
        self.ports = fake_ports(self)

    def incarnation(self, hooks: Hooks | None = None) -> Ports:
        """A new process on the same stores; the one before it may have crashed. `ports` and `hooks` are its now."""
        self.hooks = hooks or Hooks()
        self.ports = fake_ports(self, self.hooks)
        return self.ports


def fake_ports(world: FakeWorld | None = None, hooks: Hooks | None = None) -> Ports:
    """The world's fakes as `Ports`, every call announced to the hooks. Reading the clock is not a port call."""
    world = world or FakeWorld()
    through = hooks or world.hooks
    return Ports(
        clock=world.clock,
        ids=world.ids,
        ledger=hooked(world.ledger, "ledger", through),
        payloads=hooked(world.payloads, "payloads", through),
        notices=hooked(world.notices, "notices", through),
        postings=hooked(world.postings, "postings", through),
        references=hooked(world.references, "references", through),
        mappings=hooked(world.mappings, "mappings", through),
        connections=hooked(world.connections, "connections", through),
        polls=hooked(world.polls, "polls", through),
        secrets=hooked(world.secrets, "secrets", through),
        grants=hooked(world.grants, "grants", through),
        budgets=hooked(world.budgets, "budgets", through),
        epochs=hooked(world.epochs, "epochs", through),
        schedules=hooked(world.schedules, "schedules", through),
        runs=hooked(world.runs, "runs", through),
        journal=hooked(world.journal, "journal", through),
        metrics=hooked(world.metrics, "metrics", through),
        log=hooked(world.log, "log", through),
    )
