"""A schedule that ended badly, told so that somebody can play it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.chaos import Chaos


def retold(chaos: Chaos, faults: Sequence[str], *, last: int = 120) -> str:
    """The seed, what was wrong, the last steps, and a plain test to paste."""
    steps = [f"  {step}" for step in chaos.told[-last:]]
    left = [f"  - {fault}" for fault in faults]
    return "\n".join([f"seed {chaos.seed}", *left, "steps:", *steps, "as a test:", "", a_test(chaos)])


def a_test(chaos: Chaos) -> str:
    faults = ", ".join(f"Act.{act.name}" for act in chaos.faults)
    scene = chaos.scene_of.__name__  # type: ignore[attr-defined]  # a class, wherever it comes from here
    call = f"Chaos({chaos.seed}, [{faults}], {chaos.odds!r}, documents={chaos.documents}, scene_of={scene})"
    return "\n".join(
        [
            f"def test_seed_{chaos.seed}() -> None:",
            f"    chaos = {call}",
            f"    chaos.run({chaos.steps})",
            "",
            "    assert chaos.faults_left() == []",
        ]
    )
