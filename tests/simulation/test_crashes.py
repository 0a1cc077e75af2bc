"""P10: killed before or after any call of a port or a system, one at a time: nothing lost, nothing posted twice."""

from __future__ import annotations

from dataclasses import fields

import pytest

from ml_connector.pipeline.ports import Ports
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.hooks import _Hooked
from tests.simulation import story
from tests.simulation.story import faults, faults_of_every_crash, tell


def test_the_story_ends_well_without_a_crash() -> None:
    world = tell()

    assert faults(world) == []
    assert world.actions == ["create", "create", "create", "update", "void", "create"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("start", range(1, 9), ids=lambda start: f"from call {start}")
def test_the_story_ends_well_whatever_call_the_process_is_killed_at(moment: str, start: int) -> None:
    assert faults_of_every_crash(moment, start=start, stride=8) == {}


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
