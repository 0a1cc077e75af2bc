"""Lost answers, late effects, refusals, crashes, repeats and three workers at once: one bill for each invoice."""

from __future__ import annotations

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.fakes.system import Act
from tests.simulation.chaos import Chaos

acts = st.lists(st.sampled_from(list(Act)), max_size=15)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(min_value=0, max_value=2**32), faults=acts)
def test_each_approved_invoice_becomes_exactly_one_bill(seed: int, faults: list[Act]) -> None:
    chaos = Chaos(seed, faults)

    chaos.run()

    note(f"seed {seed}, faults {[act.value for act in faults]}")
    assert chaos.faults_left() == []
