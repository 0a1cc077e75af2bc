"""P10: killed before or after any call of a port or a system, one at a time: nothing lost, nothing posted twice."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from ml_connector.pipeline.ports import Ports
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.hooks import _Hooked
from tests.simulation import points, story
from tests.simulation.chaos import Chaos
from tests.simulation.flow_stories import STORIES
from tests.simulation.odds import Odds
from tests.simulation.story import faults, faults_of_every_crash, faults_of_two_crashes, tell
from tests.simulation.test_jira_webhooks import dynamic


def test_the_story_ends_well_without_a_crash() -> None:
    world = tell()

    assert faults(world) == []
    assert world.actions == ["create", "create", "create", "update", "void", "create"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("start", range(1, 9), ids=lambda start: f"from call {start}")
def test_the_story_ends_well_whatever_call_the_process_is_killed_at(moment: str, start: int) -> None:
    assert faults_of_every_crash(moment, start=start, stride=8) == {}


@pytest.mark.parametrize("flow", STORIES)
def test_each_flow_ends_well_without_a_crash(flow: str) -> None:
    assert STORIES[flow].faults(STORIES[flow].tell()) == []


@pytest.mark.parametrize("start", range(1, 5), ids=lambda start: f"from call {start}")
@pytest.mark.parametrize("flow", STORIES)
def test_each_flow_ends_well_whatever_call_its_process_is_killed_before(flow: str, start: int) -> None:
    """Over the real connectors; after a call is before the next one, but for the last of a process (see below)."""
    assert STORIES[flow].faults_of_crashes("before", start=start, stride=4) == {}


@pytest.mark.parametrize("flow", STORIES)
def test_each_flow_ends_well_when_its_process_is_killed_after_a_call(flow: str) -> None:
    assert STORIES[flow].faults_of_crashes("after", start=1, stride=7) == {}


@pytest.mark.parametrize("seed", range(8))
def test_the_story_ends_well_whatever_two_calls_of_the_way_to_a_bill_processes_are_killed_at(seed: int) -> None:
    assert faults_of_two_crashes(seed, samples=25) == {}


def test_every_port_that_is_called_is_a_crash_point() -> None:
    world = story.tell()
    ports = {field.name: getattr(world.fakes.ports, field.name) for field in fields(Ports)}

    unhooked = {name for name, port in ports.items() if not isinstance(port, _Hooked)}

    assert unhooked == {"clock", "ids"}
    assert isinstance(ports["clock"], FakeClock)
    assert isinstance(ports["ids"], FakeIds)


def test_every_call_of_a_system_is_a_crash_point() -> None:
    called = {call for call in tell().fakes.hooks.counts if call.startswith("system.")}

    assert called >= {"system.changed_since", "system.fetch", "system.reference", "system.send"}


def test_every_port_call_in_the_code_of_the_workers_is_a_crash_point() -> None:
    """A new effect cannot be forgotten: the calls are read from the code, and each must be met by the hooks."""
    met = set(tell().fakes.hooks.counts)
    for story_of in STORIES.values():
        met |= set(story_of.tell().fakes.hooks.counts)
    pushing = dynamic()
    pushing.lapse()  # only a target that pushes is looked at as a whole
    met |= set(pushing.customer.world.fakes.hooks.counts)
    for seed in range(6):
        chaos = Chaos(seed, odds=Odds(vendor=0.4, duplicate=0.6))  # refused now and then, and dead letters
        chaos.run(60)
        met |= chaos.met

    called = points.port_calls(points.files_of_workers())

    assert called
    assert called - met == set()


def test_a_call_to_a_vendor_leaves_this_process_over_its_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every vendor call is a crash point since there is no other way out: sockets are taken away."""
    monkeypatch.setattr("socket.socket.connect", _no_way_out)

    stage = STORIES["invoices"].tell()

    assert {"jaggaer.GET ji/invoices/{id}", "freshbooks.POST bills/bills", "freshbooks.PUT bills/bills/{id}"} <= set(
        stage.fakes.hooks.counts
    )


def _no_way_out(*_: object) -> None:
    raise AssertionError("somebody called out past the line")


def test_a_call_of_a_port_is_read_from_the_code_however_it_is_spelt(tmp_path: Path) -> None:
    code = tmp_path / "new.py"
    code.write_text("self._ports.ledger.forget(1)\nshift.ports.log.debug('x')\nports.clock.now()\nother.ledger.get()\n")

    assert points.port_calls([code]) == {"ledger.forget", "log.debug"}
