"""120 days with a poll every 15 minutes and nobody there: tokens of twelve hours, refresh tokens that work once."""

from __future__ import annotations

from datetime import timedelta

from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.probe import steps_of
from tests.consenting import Scene

DAYS, POLLS_A_DAY = 120, 96
POLL = timedelta(minutes=15)


def test_four_months_go_by_without_a_human() -> None:
    scene = Scene().fresh()
    scene.consent()
    vendor_id, refreshes = str(scene.pair.freshbooks.add_vendor(name="Mill")["vendorid"]), 0

    for _ in range(DAYS * POLLS_A_DAY):
        refreshes += scene.desk.systems.renew_grant(scene.connection())
        scene.desk.systems.open(scene.connection()).fetch(RecordKind.VENDOR, vendor_id)
        scene.pair.world.fakes.clock.advance(POLL)

    assert scene.connection().is_running
    assert scene.fakes.log.messages("error") == []
    assert refreshes == _token_calls(scene) - 1
    assert DAYS * 2 <= refreshes <= DAYS * 24 / 11.5


def test_four_months_of_new_processes_and_colliding_workers() -> None:
    """Each half day all processes are new, and three of them find the same token about to expire."""
    scene = Scene().fresh()
    scene.consent()

    for _ in range(DAYS * 2):
        scene.pair.later(hours=11, minutes=45)
        before = _token_calls(scene)
        for _ in range(3):
            scene.restart().upkeep.run(scene.pair.world.deadline())
        assert _token_calls(scene) == before + 1
        scene.pair.later(minutes=15)

    assert all(step.ok for step in steps_of(scene.desk.systems.open(scene.connection()).probe()))


def _token_calls(scene: Scene) -> int:
    return sum(path.endswith("/oauth/token") for _, path in scene.pair.freshbooks.calls)
