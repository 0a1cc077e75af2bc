"""When a flow runs next, as EventBridge Scheduler reads rates and crons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ml_connector.pipeline.connections.next_run import next_run
from tests.fakes.clock import START  # Monday, 2026-03-02 09:00 UTC


@pytest.mark.parametrize(
    ("cron", "zone", "expected"),
    [
        ("0 6 ? * MON-FRI *", "UTC", "2026-03-03T06:00"),
        ("0 9 ? * MON-FRI *", "UTC", "2026-03-03T09:00"),
        ("0 9 ? * MON-FRI *", "Europe/Berlin", "2026-03-03T08:00"),
        ("0 6 ? * 1 *", "UTC", "2026-03-08T06:00"),
        ("0/15 7-18 * * ? *", "UTC", "2026-03-02T09:15"),
        ("*/20 * * * ? *", "UTC", "2026-03-02T09:20"),
        ("30 9,17 * * ? *", "UTC", "2026-03-02T09:30"),
        ("0 0 1 * ? *", "UTC", "2026-04-01T00:00"),
        ("0 0 L * ? *", "UTC", "2026-03-31T00:00"),
        ("0 0 L-2 * ? *", "UTC", "2026-03-29T00:00"),
        ("0 0 LW 5 ? *", "UTC", "2026-05-29T00:00"),
        ("0 0 15W 3 ? *", "UTC", "2026-03-16T00:00"),
        ("0 0 1W 8 ? *", "UTC", "2026-08-03T00:00"),
        ("0 0 ? * 6L *", "UTC", "2026-03-27T00:00"),
        ("0 0 ? * FRI#2 *", "UTC", "2026-03-13T00:00"),
        ("0 0 ? JUN SAT *", "UTC", "2026-06-06T00:00"),
        ("0 12 ? * FRI-MON *", "UTC", "2026-03-02T12:00"),
        ("0 6 1 1 ? 2028", "UTC", "2028-01-01T06:00"),
    ],
)
def test_a_cron_tells_its_next_moment(cron: str, zone: str, expected: str) -> None:
    found = next_run(f"cron({cron})", zone, now=START, last=None)

    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_cron_that_never_comes_again_has_none() -> None:
    assert next_run("cron(0 6 1 1 ? 2020)", "UTC", now=START, last=None) is None


def test_a_rate_counts_from_the_last_run() -> None:
    last = START - timedelta(minutes=5)

    assert next_run("rate(15 minutes)", "UTC", now=START, last=last) == START + timedelta(minutes=10)


def test_a_rate_that_is_late_is_due_now_and_one_that_never_ran_has_no_moment() -> None:
    assert next_run("rate(1 hour)", "UTC", now=START, last=START - timedelta(days=1)) == START
    assert next_run("rate(1 hour)", "UTC", now=START, last=None) is None
