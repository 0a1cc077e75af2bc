"""Whatever happens: at most one issue for each event and one worklog for each entry, each there or to be replayed.

Every call of a port and every call of a vendor is a moment at which the process may be killed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from tests.fakes.hooks import Crash, CrashAt
from tests.simulation.jira_trouble import Story, hours, is_about_issues, three_bills
from tests.simulators.faults import FaultPlan

SEEDS = 25
TROUBLES = (
    "none",
    "none",
    "refuse",
    "refuse without a wait",
    "break",
    "break after the work",
    "lose the answer",
    "lose the request",
    "garble the answer",
)
_READS = (
    *("metrics.", "log.", "connections.", "mappings.", "epochs.", "grants.load", "secrets.read", "payloads.get"),
    *("ledger.get", "ledger.open_work", "ledger.causes", "ledger.made", "references.current"),
)
"""Being killed before or after a read of our own is being killed before the next call that does something."""

type Telling = Callable[[], Story]

STORIES: dict[str, Telling] = {
    "issues, audit only": lambda: three_bills(on_failure="audit_only"),
    "issues, retry": lambda: three_bills(on_failure="retry"),
    "worklogs": hours,
}
EACH = pytest.mark.parametrize("telling", STORIES.values(), ids=STORIES)


def calls_of(telling: Telling) -> list[str]:
    """A run in which all goes well."""
    story = telling()
    story.run()
    story.check_end()
    return story.customer.world.fakes.hooks.calls


def moments(calls: list[str]) -> Iterator[int]:
    """Numbers, from 1, of the calls that do something, and of every call of a vendor."""
    for number, call in enumerate(calls, start=1):
        if not call.startswith(_READS):
            yield number


def test_each_call_of_each_vendor_is_a_moment_to_be_killed_at() -> None:
    issues, worklogs = calls_of(three_bills), calls_of(hours)

    assert issues.count("jira.POST") == 3
    assert worklogs.count("jira.POST") == 3 + 3 + 1  # the list of issues each cycle, three worklogs, the one that moves
    assert (worklogs.count("jira.PUT"), worklogs.count("jira.DELETE")) == (1, 2)
    assert {"freshbooks.GET", "ledger.commit", "postings.send", "payloads.put_many"} <= {*issues}
    assert {issues[number - 1].split(".")[0] for number in moments(issues)} >= {"freshbooks", "jira"}


@EACH
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_call_nothing_is_told_twice_and_nothing_is_lost(telling: Telling, moment: str) -> None:
    for number in moments(calls_of(telling)):
        story = telling()
        setattr(story.customer.world.fakes.hooks, f"on_{moment}", CrashAt(number))

        story.run()
        story.check()
        story.end()
        story.check_end()


class Killer:
    """Kills whoever makes one of the calls, each process anew, a few times in all."""

    def __init__(self, story: Story, chance: random.Random, *, times: int, odds: float) -> None:
        self.left, self._chance, self._odds, self._fakes = times, chance, odds, story.customer.world.fakes
        opened = story.customer.world.open_systems
        story.customer.world.open_systems = lambda ports: self._armed(opened(ports))
        self._armed(None)

    def _armed(self, systems: Any) -> Any:
        self._fakes.hooks.on_before = self._fakes.hooks.on_after = self._kill
        return systems

    def _kill(self, call: str) -> None:
        if self.left and self._chance.random() < self._odds:
            self.left -= 1
            raise Crash(call)


def pushed_too(story: Story, chance: random.Random) -> Callable[[], None]:
    """What FreshBooks pushes of the same records: several times, late, in any order."""

    def send() -> None:
        for record in chance.choices(story.records, k=chance.randrange(6)):
            noticed = (NoticedRecord(external_id=record),)
            notice = Notice(flow=story.flow, cause=NoticeCause.PUSHED, records=noticed, run_id="pushed")
            story.customer.world.fakes.notices.send([notice], delay=timedelta(seconds=chance.randrange(900)))

    return send


@EACH
@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_jira_does_and_whoever_is_killed_nothing_is_told_twice_and_nothing_is_lost(
    telling: Telling, seed: int
) -> None:
    chance, story = random.Random(seed), telling()
    jira, push = story.customer.jira, pushed_too(story, chance)
    jira.turn(search_lag_seconds=chance.choice([0, 30, 240]))
    jira.faults = FaultPlan(chance.choices(TROUBLES, k=chance.choice([0, 6, 12])), only=is_about_issues)
    killer = Killer(story, chance, times=chance.choice([0, 2, 4]), odds=0.01)
    story.acts = [both for act in story.acts for both in (act, push)]

    story.run()
    story.check()
    jira.faults, killer.left = FaultPlan(), 0
    story.end()
    story.end()
    story.check_end()
