"""Watch a run from outside until nothing moves any more: the pass has ended, nothing is to be posted, totals stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ml_connector.cli.calls import Terminal
from ml_connector.cli.services import Services
from ml_connector.cli.words import count, when
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.watermark import PollProgress
from ml_connector.pipeline.reporting.totals import FlowTotals, flow_totals

STEP_SECONDS = 1.0
# What a notice may take from the queue to its row: totals that stood for this long stand.
STILL_FOR = 4
MOVING = (State.PLANNED, State.POSTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    quiet: bool
    text: str


@dataclass(kw_only=True)
class Watch:
    """Made before the run is started: it knows the run's end by the progress being another than before."""

    services: Services
    flow: FlowId
    terminal: Terminal
    _before: PollProgress = field(init=False)
    _last: FlowTotals | None = None
    _still: int = 0
    _told: str = ""

    def __post_init__(self) -> None:
        self._before = self.services.ports.polls.load(self.flow)

    def until_quiet(self, longest: timedelta) -> Ended:
        clock = self.services.ports.clock
        ends = clock.now() + longest
        for _ in range(max(1, int(longest.total_seconds() / STEP_SECONDS))):
            if clock.now() >= ends:  # looking takes time too
                break
            self.terminal.sleep(STEP_SECONDS)
            if why := self._stopped():
                return Ended(quiet=False, text=f"The run stopped: {why}")
            if self._is_quiet():
                return Ended(quiet=True, text=self._outcome())
        return Ended(quiet=False, text=f"Not quiet after {longest}; it goes on by itself. {self._told}".strip())

    def _stopped(self) -> str | None:
        for side in (self.flow.source_connection, self.flow.target_connection):
            connection = self.services.ports.connections.get(side)
            if not connection.is_running:
                return f"connection {side.name} is {connection.state}: {connection.state_why or 'by a person'}"
        progress = self.services.ports.polls.load(self.flow)
        has_failed = progress.trouble_at is not None and progress.trouble_at != self._before.trouble_at
        return f"it could not be read: {progress.trouble}" if has_failed else None

    def _is_quiet(self) -> bool:
        progress = self.services.ports.polls.load(self.flow)
        if progress.pass_began is not None or progress.last_finished == self._before.last_finished:
            self._tell(f"reading: {count(progress.seen, 'record')} seen, {progress.passed_on:,} differ")
            return False
        totals = flow_totals(self.services.ports, self.flow)
        self._still = self._still + 1 if totals == self._last else 0
        self._last = totals
        states = ", ".join(f"{one.records:,} {one.state}" for one in totals.states)
        self._tell(f"{count(progress.passed_on, 'record')} differed; now {states or 'none'}")
        moving = totals.count(State.POSTING) if self._waits_until() else totals.count(*MOVING)
        return self._still >= STILL_FOR and moving == 0

    def _waits_until(self) -> datetime | None:
        ports = self.services.ports
        return ports.connections.flow(self.flow).closed_until(ports.clock.now())

    def _outcome(self) -> str:
        progress = self.services.ports.polls.load(self.flow)
        doubt = self._last.count(State.IN_DOUBT) if self._last else 0
        looked = f" {count(doubt, 'write')} in doubt: looked up by itself in a few minutes." if doubt else ""
        until = self._waits_until()
        if until:
            looked += f" A blackout: nothing is written before {when(until)} UTC, and it goes on by itself then."
        return f"Done: {count(progress.seen, 'record')} seen, {progress.passed_on:,} of them new or changed.{looked}"

    def _tell(self, text: str) -> None:
        if text != self._told:
            self.terminal.note(text)
            self._told = text
