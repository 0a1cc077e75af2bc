"""The job, scenario by scenario: what is done to a client while it works, and what stands in the books afterwards."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from tests.benchmarks.exactly_once import processes
from tests.benchmarks.exactly_once.clock import SharedClock
from tests.benchmarks.exactly_once.vendors import Job, Vendors, vendors

KILLS = 20
RUNNERS = 3
LAG_SECONDS = 5
_LOOK_SECONDS = 0.002


class Client(Protocol):
    """One installation. `run` answers the processes that it started; they end by themselves when all is done."""

    name: str

    def run(self, *, runners: int = 1, replay: bool = False) -> list[int]:
        """`replay` offers everything again, whatever the client's state says."""
        ...

    def copy_state(self) -> None: ...

    def restore_state(self) -> None: ...

    def recover(self) -> bool:
        """Brings back what was set aside after crashes, where the client has such a thing; whether there was any."""
        ...

    def held(self) -> set[str]:
        """Numbers of the documents that it says it has not brought to an end."""
        ...

    def close(self) -> None: ...


type Install = Callable[[Vendors, SharedClock, Path], Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`in_doubt` counts what the client holds visibly. Calls are per document; `clock_minutes` has the waits in it."""

    client: str
    scenario: str
    documents: int
    extra: int
    missing: int
    in_doubt: int
    target_calls: float
    source_calls: float
    wall_seconds: float
    cpu_seconds: float
    clock_minutes: float
    kills: int


class Run:
    """One client at one job. `cpu_seconds` adds up its processes, killed ones too; vendors and stores are not in it."""

    def __init__(self, client: Client, made: Vendors, seed: int) -> None:
        self.client = client
        self.vendors = made
        self.chance = random.Random(seed)
        self.cpu_seconds = 0.0
        self.kills = 0
        self._left: list[int] = []

    def go(self, *, runners: int = 1, replay: bool = False, meanwhile: Callable[[], bool] = lambda: False) -> None:
        """To the end, or until `meanwhile`, asked every few milliseconds, wants the processes killed.

        Raises: RuntimeError where a process failed by itself.
        """
        self._left = self.client.run(runners=runners, replay=replay)
        try:
            while self._left and not meanwhile():
                self._reap(wait=False)
                time.sleep(_LOOK_SECONDS)
        finally:
            processes.kill(self._left)
            self._reap(wait=True)

    def go_through_kills(self, many: int) -> None:
        """SIGKILL to every process of the client, a random moment after a random point; then what a person would do.

        Half of the points are numbers of calls, whatever they are for; the others numbers of bills made, so that a
        client that reads everything first is met while it sends, too.
        """
        made, documents = self.vendors, self.vendors.job.invoices
        for point in self._points(1, documents, many // 2):
            self._kill_when(lambda point=point: made.calls >= point)  # type: ignore[misc]
        for point in self._points(made.bills_made + 1, documents, many - many // 2):
            self._kill_when(lambda point=point: made.bills_made >= point)  # type: ignore[misc]
        self.go()
        if self.client.recover():
            self.go()

    def _points(self, first: int, last: int, many: int) -> list[int]:
        points = range(first, max(first, last))
        return sorted(self.chance.sample(points, min(many, len(points))))

    def _kill_when(self, is_reached: Callable[[], bool]) -> None:
        """A client that has ended before it came to that point is not killed."""

        def is_time() -> bool:
            if not is_reached():
                return False
            time.sleep(self.chance.random() * 0.02)
            self.kills += 1
            return True

        self.go(meanwhile=is_time)

    def _reap(self, *, wait: bool) -> None:
        ends = {pid: processes.ended(pid, wait=wait) for pid in self._left}
        self._left = [pid for pid, end in ends.items() if end is None]
        self.cpu_seconds += sum(end[1] for end in ends.values() if end is not None)
        if not wait and any(end[0] for end in ends.values() if end is not None):
            raise RuntimeError(f"a process of {self.client.name} failed by itself")


def _kills(run: Run) -> None:
    run.go_through_kills(min(KILLS, max(1, run.vendors.job.invoices // 10)))


def _restored(run: Run) -> None:
    """The copy is taken when half of the bills are made; the rest is done, then the copy comes back."""
    copied: list[bool] = []

    def copy() -> bool:
        if not copied and run.vendors.bills_made >= run.vendors.job.invoices // 2:
            run.client.copy_state()
            copied.append(True)
        return False

    run.go(meanwhile=copy)
    run.client.restore_state()
    run.go()


def _replay(run: Run) -> None:
    run.go()
    run.go(replay=True)


SCENARIOS: Mapping[str, Callable[[Run], None]] = {
    "faults only": Run.go,
    "kill -9": _kills,
    "3 runners at once": lambda run: run.go(runners=RUNNERS),
    "restored old state": _restored,
    "5 s search lag": Run.go,
    "full replay": _replay,
}


def carry_out(install: Install, scenario: str, job: Job) -> Result:
    clock = SharedClock()
    job = replace(job, lag_seconds=LAG_SECONDS) if scenario == "5 s search lag" else job
    with vendors(job, clock) as made, tempfile.TemporaryDirectory() as folder:
        client = install(made, clock, Path(folder))
        try:
            run = Run(client, made, job.seed)
            began, clock_began = time.perf_counter(), clock.now()
            SCENARIOS[scenario](run)
            return _result(run, scenario, time.perf_counter() - began, (clock.now() - clock_began).total_seconds())
        finally:
            client.close()


def _result(run: Run, scenario: str, seconds: float, clock_seconds: float) -> Result:
    made, held, truth = run.vendors, run.client.held(), run.vendors.truth()
    many = made.job.invoices
    return Result(
        client=run.client.name,
        scenario=scenario,
        documents=many,
        extra=truth.extra,
        missing=len(truth.missing - held),
        in_doubt=len(held),
        target_calls=made.target_calls.value / many,
        source_calls=made.source_calls.value / many,
        wall_seconds=seconds,
        cpu_seconds=run.cpu_seconds,
        clock_minutes=clock_seconds / 60,
        kills=run.kills,
    )
