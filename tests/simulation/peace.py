"""How a simulated world comes to rest: no more trouble, a person who looks after what was given up, and cycles."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.world import FakeWorld
from tests.simulation.jobs import Process
from tests.simulation.scene import Scene

_ROUNDS = 3
"""What a person mends may show what is the matter underneath."""


def come_to_rest(scene: Scene, fakes: FakeWorld, keeper: Process) -> None:
    scene.calm()
    fakes.ledger.index_lag = 0
    fakes.ledger.settle_indexes()
    scene.world.services = keeper.services
    scene.mend()
    scene.world.person = scene.mend
    _cycle(scene, fakes, keeper)
    keeper.redrive(fakes)
    waited: frozenset[str] | None = None
    for _ in range(_ROUNDS):
        waits = scene.given_up()
        _cycle(scene, fakes, keeper)
        if waits in (waited, frozenset()):
            return
        waited = waits


def _cycle(scene: Scene, fakes: FakeWorld, keeper: Process) -> None:
    fakes.clock.advance(timedelta(hours=1))
    for flow in scene.flows:
        scene.world.poll(flow)
        scene.world.look_after()
        scene.push(keeper.services)
        scene.world.run_until_settled()
