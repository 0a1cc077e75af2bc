"""Epochs, schedules, runs and metrics."""

from __future__ import annotations

from ml_connector.pipeline.ports import Epoch
from tests.contract.ports.builders import ACME, ACME_SECOND_TARGET, GLOBEX
from tests.contract.ports.harness import Harness


def test_the_first_epoch_is_one_and_stays(harness: Harness) -> None:
    assert harness.ports.epochs.current() == Epoch(number=1)
    assert harness.other.epochs.current(thorough=True) == Epoch(number=1)


def test_lost_tables_raise_the_epoch_once(harness: Harness) -> None:
    harness.ports.epochs.current()

    harness.lose_tables()

    assert harness.ports.epochs.current() == Epoch(number=2, restored=True)
    assert harness.other.epochs.current(thorough=True) == Epoch(number=2, restored=True)


def test_a_person_may_raise_the_epoch(harness: Harness) -> None:
    harness.ports.epochs.current()

    assert harness.ports.epochs.raise_epoch() == Epoch(number=2, restored=True)
    assert harness.ports.epochs.raise_epoch() == Epoch(number=3, restored=True)
    assert harness.other.epochs.current(thorough=True) == Epoch(number=3, restored=True)


def test_each_flow_has_a_schedule_of_its_own(harness: Harness) -> None:
    harness.ports.schedules.put(ACME, "rate(1 hour)", enabled=True)
    harness.ports.schedules.put(ACME_SECOND_TARGET, "rate(5 minutes)", enabled=False)
    harness.ports.schedules.put(GLOBEX, "cron(0 6 * * ? *)", enabled=True, time_zone="Europe/Berlin")

    assert sorted(harness.schedules()) == sorted(
        [
            (str(ACME), "rate(1 hour)", True),
            (str(ACME_SECOND_TARGET), "rate(5 minutes)", False),
            (str(GLOBEX), "cron(0 6 * * ? *)", True),
        ]
    )


def test_a_schedule_is_replaced_and_removed(harness: Harness) -> None:
    harness.ports.schedules.put(ACME, "rate(1 hour)", enabled=True)
    harness.ports.schedules.put(ACME, "rate(2 hours)", enabled=False)
    replaced = harness.schedules()
    harness.ports.schedules.remove(ACME)
    harness.ports.schedules.remove(ACME)

    assert replaced == [(str(ACME), "rate(2 hours)", False)]
    assert harness.schedules() == []


def test_a_run_is_started_with_the_flow_that_was_named(harness: Harness) -> None:
    harness.ports.runs.start(ACME, run_id="r1", full=True, actor="ann")

    assert harness.runs() == [(str(ACME), "r1", True)]


def test_counts_add_up(harness: Harness) -> None:
    harness.ports.metrics.count("posted", 2, flow=str(ACME))
    harness.ports.metrics.count("posted")

    assert harness.counted("posted") == 3
