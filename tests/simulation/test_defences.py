"""Each defence shown to be needed: without it a promise breaks, with it the same schedule ends well."""

from __future__ import annotations

import pytest

from tests.fakes.system import Act
from tests.simulation.chaos import Chaos
from tests.simulation.defences import DEFENCES, without
from tests.simulation.defences.defence import Defence

EVERY = pytest.mark.parametrize(("name", "defence"), DEFENCES.items(), ids=list(DEFENCES))
LAYERED = pytest.mark.parametrize(
    ("name", "defence", "behind"),
    [(name, defence, defence.behind) for name, defence in DEFENCES.items() if defence.behind],
    ids=[name for name, defence in DEFENCES.items() if defence.behind],
)
MOST_SEEDS = 20
TROUBLES = (Act.LOSE_ANSWER, Act.LATE, Act.UNKNOWN, Act.LOSE_ANSWER, Act.TRANSIENT, Act.LATE)


@EVERY
def test_with_every_defence_its_schedule_keeps_every_promise(name: str, defence: Defence) -> None:
    assert defence.schedule() == set()


@EVERY
def test_without_a_defence_and_what_is_behind_it_its_promise_breaks(name: str, defence: Defence) -> None:
    with without(name, *([defence.behind] if defence.behind else [])):
        broken = defence.schedule()

    assert defence.breaks in broken


@LAYERED
def test_a_defence_with_a_layer_behind_it_is_held_by_either_of_the_two(
    name: str, defence: Defence, behind: str
) -> None:
    for missing in (name, behind):
        with without(missing):
            assert defence.schedule() == set()


@LAYERED
def test_the_layer_behind_is_needed_by_itself_as_well(name: str, defence: Defence, behind: str) -> None:
    assert DEFENCES[behind].behind is None


@pytest.mark.parametrize("name", [name for name, defence in DEFENCES.items() if defence.found_by_chance])
def test_chance_alone_finds_that_it_is_missing_and_nothing_on_the_same_seed_with_it(name: str) -> None:
    behind = DEFENCES[name].behind
    with without(name, *([behind] if behind else [])):
        seed = next((seed for seed in range(MOST_SEEDS) if _faults(seed)), None)

    assert seed is not None, f"no fault in {MOST_SEEDS} seeds"
    assert _faults(seed) == []


def test_a_double_lasts_no_longer_than_its_block() -> None:
    before = [getattr(where, name) for defence in DEFENCES.values() for where, name, _ in defence.doubles]

    with without(*DEFENCES):
        pass

    assert [getattr(where, name) for defence in DEFENCES.values() for where, name, _ in defence.doubles] == before


def _faults(seed: int) -> list[str]:
    chaos = Chaos(seed=seed, faults=TROUBLES)
    chaos.run()
    return chaos.faults_left()
