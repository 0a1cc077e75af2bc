"""Wherever a process dies while registering: in the end each event has one callback, one registration and its key."""

from __future__ import annotations

import pytest

from ml_connector.domain.registration import RegistrationState
from tests.fakes.hooks import Crash, CrashAt
from tests.pushing import TARGET_EVENTS, Pushed


def told(crash: CrashAt | None = None, *, moment: str = "before") -> Pushed:
    """Registered, its handshakes confirmed, with a crash on the way; then a few hours of upkeep."""
    world = Pushed()
    if crash is not None:
        setattr(world.fakes.hooks, f"on_{moment}", crash)
    for _ in range(6):
        for act in (world.tend, world.send):
            try:
                act()
            except Crash:
                world.restart()
        world.later(minutes=45)
    return world


def faults(world: Pushed) -> list[str]:
    callbacks = {row.uri: row for row in world.freshbooks.callbacks.all()}
    found = [f"{one.event} is {one.state}" for one in world.live if one.state is not RegistrationState.VERIFIED]
    found += [f"{one.event} has another key" for one in world.live if world.key(one) != callbacks[one.uri].verifier]
    if (events := [one.event for one in world.live]) != TARGET_EVENTS:
        found.append(f"registered are {events}")
    if sorted(row.event for row in callbacks.values() if row.verified) != TARGET_EVENTS:
        found.append(f"FreshBooks has {sorted(row.event for row in callbacks.values())}")
    return found


def faults_of_every_crash(moment: str, *, start: int, stride: int) -> dict[int, list[str]]:
    calls = told().fakes.hooks.calls
    ended = {n: faults(told(CrashAt(n), moment=moment)) for n in range(start, len(calls) + 1, stride)}
    return {n: [calls[n - 1], *found] for n, found in ended.items() if found}


def test_without_a_crash_all_is_well() -> None:
    assert faults(told()) == []


@pytest.mark.parametrize("start", range(1, 5))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_leaves_nothing_behind(moment: str, start: int) -> None:
    assert faults_of_every_crash(moment, start=start, stride=4) == {}
