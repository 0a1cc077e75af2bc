"""Times at which nothing is written, as people write them, by the flow's own clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ml_connector.domain.blackout import closed_until, parse_blackout
from ml_connector.domain.errors import SettingsError


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now", "until"),
    [
        ("2026-12-30..2027-01-04", "2026-12-29T23:59", None),
        ("2026-12-30..2027-01-04", "2026-12-30T00:00", "2027-01-05T00:00"),
        ("2026-12-30..2027-01-04", "2027-01-04T23:59", "2027-01-05T00:00"),
        ("2026-12-30..2027-01-04", "2027-01-05T00:00", None),
        ("2026-12-31", "2026-12-31T12:00", "2027-01-01T00:00"),
        ("2026-12-30 18:00..2027-01-02 08:00", "2026-12-30T17:59", None),
        ("2026-12-30T18:00..2027-01-02T08:00", "2027-01-02T07:59", "2027-01-02T08:00"),
        ("2026-12-30 18:00..2027-01-02 08:00", "2027-01-02T08:00", None),
        ("day 28..3", "2026-03-27T23:59", None),
        ("day 28..3", "2026-03-28T00:00", "2026-04-04T00:00"),
        ("day 28..3", "2026-04-03T12:00", "2026-04-04T00:00"),
        ("day 31..2", "2026-02-28T10:00", "2026-03-03T00:00"),
        ("day last..2", "2026-04-30T10:00", "2026-05-03T00:00"),
        ("day last 18:00..day 2 08:00", "2026-04-30T17:59", None),
        ("day last 18:00..2 08:00", "2026-05-02T07:00", "2026-05-02T08:00"),
        ("day 15", "2026-04-15T10:00", "2026-04-16T00:00"),
        ("FRI 18:00..MON 06:00", "2026-03-06T17:59", None),
        ("FRI 18:00..MON 06:00", "2026-03-08T12:00", "2026-03-09T06:00"),
        ("FRI 18:00..MON 06:00", "2026-03-09T06:00", None),
        ("SAT..SUN", "2026-03-07T00:00", "2026-03-09T00:00"),
        ("MON 20:00..MON 22:00", "2026-03-09T21:00", "2026-03-09T22:00"),
    ],
)
def test_a_blackout_holds_from_its_beginning_up_to_its_end(window: str, now: str, until: str | None) -> None:
    assert closed_until([window], "UTC", at(now)) == (at(until) if until else None)


def test_it_goes_by_the_flows_own_clock() -> None:
    assert closed_until(["2026-07-01..2026-07-02"], "America/Chicago", at("2026-07-01T04:59")) is None
    assert closed_until(["2026-07-01..2026-07-02"], "America/Chicago", at("2026-07-01T05:00")) == at("2026-07-03T05:00")


def test_one_that_begins_where_another_ends_is_waited_for_too() -> None:
    windows = ["SAT..SUN", "2026-03-09..2026-03-10", "2026-03-12"]

    assert closed_until(windows, "UTC", at("2026-03-07T10:00")) == at("2026-03-11T00:00")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("month end", "is no blackout"),
        ("XXX..MON", "is no blackout"),
        ("day 0..3", "does not exist"),
        ("day 32..3", "does not exist"),
        ("2026-02-30..2026-03-01", "does not exist"),
        ("FRI 25:00..MON 06:00", "does not exist"),
        ("FRI..3", "two ends that do not fit"),
        ("FRI 18:00", "two ends that do not fit"),
        ("2027-01-04..2026-12-30", "ends before it begins"),
        ("MON..SUN", "leaves no time at all"),
        ("day 4..3", "leaves no time at all"),
        ("..", "is no blackout"),
    ],
)
def test_what_is_no_blackout_says_how_to_write_one(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        parse_blackout(text)
