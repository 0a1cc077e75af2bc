"""P9, P10: whatever goes wrong, and whenever: one bill for each approved invoice, and everything adds up.

What Hypothesis draws is the seed, how the first writes end, and how often what else goes wrong. A failure prints the
steps and a test to paste. `python -m tests.simulation` plays as many schedules as one likes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.fakes.system import HONEST, Act
from tests.simulation.chaos import Chaos, SceneOf
from tests.simulation.invoice_scene import InvoiceScene
from tests.simulation.odds import Odds
from tests.simulation.telling import retold
from tests.simulation.vendor_scene import VendorScene

seeds = st.integers(min_value=0, max_value=2**32)
acts = st.lists(st.sampled_from(HONEST), max_size=15)
days = st.builds(
    Odds,
    crash=st.sampled_from((0.004, 0.01, 0.001, 0.0)),
    store_error=st.sampled_from((0.004, 0.01, 0.001, 0.0)),
    oversleep=st.sampled_from((0.01, 0.0)),
    vendor=st.sampled_from((0.1, 0.3, 0.0)),
    moved=st.sampled_from((0.05, 0.0)),
    delay=st.sampled_from((0.05, 0.0)),
    restore=st.sampled_from((0.005, 0.02, 0.0)),
    revoke=st.sampled_from((0.01, 0.0)),
)
_patient = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=60, deadline=None, suppress_health_check=_patient)
@given(seed=seeds, faults=acts, odds=days)
def test_each_approved_invoice_becomes_exactly_one_bill(seed: int, faults: list[Act], odds: Odds) -> None:
    _play(Chaos(seed, faults, odds), steps=80)


@settings(max_examples=15, deadline=None, suppress_health_check=_patient)
@given(seed=seeds, odds=days)
def test_each_approved_invoice_becomes_exactly_one_bill_at_the_vendors_simulators(seed: int, odds: Odds) -> None:
    _play(Chaos(seed, odds=odds, scene_of=VendorScene), steps=40)


@pytest.mark.parametrize("scene_of", [InvoiceScene, VendorScene])
def test_a_schedule_that_is_played_again_takes_the_same_steps(scene_of: SceneOf) -> None:
    first, second = Chaos(7, scene_of=scene_of), Chaos(7, scene_of=scene_of)
    for chaos in (first, second):
        chaos.run(30)

    assert first.told == second.told
    assert len(first.told) > 30


def test_seed_100026() -> None:
    """Restored tables forgot an update, and the source went back to what they remember."""
    odds = Odds(
        store_error=0.0003,
        switch=0.03,
        oversleep=0.003,
        vendor=0.05,
        moved=0.025,
        duplicate=0.0,
        delay=0.025,
        revoke=0.0,
    )
    chaos = Chaos(100026, [], odds, documents=8)
    chaos.run(500)

    assert chaos.faults_left() == []


def test_seed_14621769() -> None:
    """A dead notice hid that the target held another total, and the record counted as posted after the redrive."""
    chaos = Chaos(14621769, [], Odds(crash=0.01, store_error=0.001, delay=0.0, revoke=0.0))
    chaos.run(80)

    assert chaos.faults_left() == []


def test_a_vendor_that_refuses_what_it_has_done_is_believed_and_leaves_two_bills() -> None:
    """What we cannot defend against, and why `refusals_lie` is off by default: a 429 means that nothing was done."""
    broken = [_broken_by_lies(seed) for seed in range(12)]

    assert any("was made 2 times" in fault for faults in broken for fault in faults)


def test_a_failure_is_told_with_its_seed_its_steps_and_a_test_to_paste() -> None:
    chaos = Chaos(3, [Act.LATE], Odds(crash=0.0))
    chaos.run(20)

    told = retold(chaos, ["INV-1 is wrong"])

    assert "seed 3" in told
    assert "  - INV-1 is wrong" in told
    assert "Chaos(3, [Act.LATE], Odds(crash=0.0), documents=4, scene_of=InvoiceScene)" in told
    assert "chaos.run(20)" in told


def _play(chaos: Chaos, *, steps: int) -> None:
    chaos.run(steps)
    faults = chaos.faults_left()
    if faults:
        note(retold(chaos, faults))
    assert faults == []


def _broken_by_lies(seed: int) -> list[str]:
    chaos = Chaos(seed, odds=replace(Odds(), vendor=0.6, crash=0.0, store_error=0.0, refusals_lie=True))
    try:
        chaos.run(40)
    except AssertionError as error:
        return [str(error)]
    return chaos.faults_left()
