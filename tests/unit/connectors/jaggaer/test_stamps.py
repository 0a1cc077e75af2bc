"""Dates and instants as JAGGAER writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ml_connector.connectors.jaggaer.stamps import Pattern, read_date, read_duration, read_instant, read_zone

MOMENT = datetime(2026, 1, 14, 19, 58, 56, 973000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2026-01-14T19:58:56.973Z"),
        ("yyyyMMddHHmmss", "20260114195856"),
        ("dd/MM/yyyy", "14/01/2026"),
    ],
)
def test_a_pattern_writes_what_it_reads(pattern: str, text: str) -> None:
    known = Pattern(pattern)

    assert known.write(MOMENT) == text
    assert known.write(known.read(text)) == text


@pytest.mark.parametrize("text", ["yyyy-mm-DD", "HH:mm", "yyyyMMddX", ""])
def test_a_pattern_of_other_letters_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a pattern"):
        Pattern(text)


def test_midnight_z_is_a_date_and_never_shifts() -> None:
    assert read_date("2026-01-14T00:00:00.000Z", None) == date(2026, 1, 14)


def test_an_instant_without_a_zone_takes_the_profiles() -> None:
    zone = read_zone("+01:00")

    assert zone == timezone(timedelta(hours=1))
    assert read_instant("20260114205856", Pattern("yyyyMMddHHmmss"), zone) == MOMENT.replace(microsecond=0)
    assert read_instant("2026-01-14T20:58:56.973", None, zone) == MOMENT


def test_durations_are_iso_8601() -> None:
    assert read_duration("PT2H") == timedelta(hours=2)
    assert read_duration("P1DT30M") == timedelta(days=1, minutes=30)
