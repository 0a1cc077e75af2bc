"""`flows`, `schedule` and `reset-watermark`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.watermark import PollProgress
from tests.fakes.clock import START
from tests.fakes.upkeep import Scheduled
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import INVOICES


def test_flows_show_what_moves_how_often_and_the_choices(desk: Desk) -> None:
    desk.office.world.polls.progress[desk.office.flow] = PollProgress(last_finished=START)

    out = desk.run("flows").out

    assert out.startswith(f"{INVOICES}: JAGGAER invoices to FreshBooks bills\n")
    assert "  runs           rate(15 minutes), UTC\n  last run       2026-03-02 09:00 UTC\n" in out
    assert "  on_cancelled   void (of void, hold): an invoice cancelled after it was posted voids its bill" in out


def test_flows_that_could_be_set_up_are_listed_too(desk: Desk) -> None:
    printed = desk.run("flows")
    name = "jaggaer_supplier_to_freshbooks_vendor"

    assert printed.out.endswith(f"Not set up:\n  {name}: JAGGAER suppliers to FreshBooks bill vendors\n")
    assert [one["name"] for one in desk.run("flows", "--json").data["not_set_up"]] == [name]


def test_a_flow_that_stands_still_says_why(desk: Desk) -> None:
    settings = desk.office.world.connections.flow(desk.office.flow)
    desk.office.world.connections.save_flow(replace(settings, paused=True))

    assert "  stands still   the flow is paused\n" in desk.run("flows").out


@pytest.mark.parametrize(
    ("given", "kept"),
    [("1h", "rate(1 hour)"), ("15m", "rate(15 minutes)"), ("cron(0 6 ? * MON-FRI *)", "cron(0 6 ? * MON-FRI *)")],
    ids=["an hour", "minutes", "cron"],
)
def test_a_flow_is_scheduled_and_remembers_it(desk: Desk, given: str, kept: str) -> None:
    desk.run("schedule", INVOICES, given, "--time-zone", "Europe/Berlin")

    expected = Scheduled(cadence=kept, enabled=True, time_zone="Europe/Berlin")
    settings = desk.office.world.connections.flow(desk.office.flow)
    assert desk.office.world.schedules.entries == {desk.office.flow: expected}
    assert (settings.cadence, settings.time_zone) == (kept, "Europe/Berlin")


def test_a_flow_may_run_by_hand_only(desk: Desk) -> None:
    desk.run("schedule", INVOICES, "15m")

    printed = desk.run("schedule", INVOICES, "off")

    assert desk.office.world.schedules.entries == {}
    assert printed.out == f"Flow {INVOICES} runs only by hand: ml-connector run {INVOICES}\n"


def test_a_paused_flow_is_scheduled_but_stays_paused(desk: Desk) -> None:
    settings = desk.office.world.connections.flow(desk.office.flow)
    desk.office.world.connections.save_flow(replace(settings, paused=True))

    printed = desk.run("schedule", INVOICES, "15m")

    assert desk.office.world.schedules.entries[desk.office.flow].enabled is False
    assert f"It is paused: ml-connector resume {INVOICES}" in printed.out


@pytest.mark.parametrize(
    "said", [("every morning",), ("15m", "--time-zone", "Mars/Olympus")], ids=["cadence", "time zone"]
)
def test_what_is_no_cadence_or_zone_changes_nothing(desk: Desk, said: tuple[str, ...]) -> None:
    printed = desk.run("schedule", INVOICES, *said)

    assert (printed.code, desk.office.world.schedules.entries) == (2, {})
    assert desk.office.world.connections.flow(desk.office.flow).cadence == "rate(15 minutes)"


def test_a_watermark_is_reset(desk: Desk) -> None:
    desk.office.world.polls.progress[desk.office.flow] = PollProgress(since=START)

    printed = desk.run("reset-watermark", INVOICES)

    assert desk.office.world.polls.load(desk.office.flow).since is None
    assert f"ml-connector run {INVOICES} --wait" in printed.out
