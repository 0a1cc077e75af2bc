"""`flows`, `schedule` and `reset-watermark`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.watermark import PollProgress
from tests.fakes.clock import START
from tests.fakes.upkeep import Scheduled
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import INVOICES


def words(out: str) -> str:
    """Without the columns, whose width goes by the longest name."""
    return " ".join(out.split())


def test_flows_show_what_moves_how_often_and_the_choices(desk: Desk) -> None:
    desk.office.world.polls.progress[desk.office.flow] = PollProgress(last_finished=START)

    out = desk.run("flows").out

    assert out.startswith(f"{INVOICES}: JAGGAER invoices to FreshBooks bills\n")
    assert "runs rate(15 minutes), UTC last run 2026-03-02 09:00 UTC" in words(out)
    assert "on_cancelled void (of void, hold): an invoice cancelled after it was posted voids its bill" in words(out)


def test_flows_that_could_be_set_up_are_listed_too(desk: Desk) -> None:
    printed = desk.run("flows")
    name = "jaggaer_supplier_to_freshbooks_vendor"

    assert f"  {name}: JAGGAER suppliers to FreshBooks bill vendors\n" in printed.out.partition("Not set up:\n")[2]
    assert name in [one["name"] for one in desk.run("flows", "--json").data["not_set_up"]]


def test_a_flow_that_stands_still_says_why(desk: Desk) -> None:
    settings = desk.office.world.connections.flow(desk.office.flow)
    desk.office.world.connections.save_flow(replace(settings, paused=True))

    assert "stands still the flow is paused" in words(desk.run("flows").out)


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


def test_flows_tell_when_they_run_next_and_when_they_write_nothing(desk: Desk) -> None:
    desk.office.world.polls.progress[desk.office.flow] = PollProgress(last_finished=START)
    desk.run("schedule", INVOICES, "--blackout", "2026-03-01..2026-03-04", "--blackout", "SAT..SUN")

    out, data = words(desk.run("flows").out), desk.run("flows", "--json").data["flows"][0]

    assert "next run 2026-03-02 09:15 UTC at the latest writes nothing 2026-03-01..2026-03-04, SAT..SUN" in out
    assert "waits it reads, and writes nothing until 2026-03-05 00:00 UTC" in out
    assert (data["next_run"], data["waits_until"], data["blackouts"]) == (
        "2026-03-02T09:15:00+00:00",
        "2026-03-05T00:00:00+00:00",
        ["2026-03-01..2026-03-04", "SAT..SUN"],
    )


def test_a_paused_flow_has_no_next_run(desk: Desk) -> None:
    desk.run("schedule", INVOICES, "cron(0 6 ? * MON-FRI *)")
    desk.run("pause", INVOICES)

    assert desk.run("schedule", INVOICES, "--json").data["next_run"] is None


def test_a_schedule_is_shown_without_changing_anything(desk: Desk) -> None:
    desk.run("schedule", INVOICES, "cron(0 6 ? * MON-FRI *)", "--time-zone", "Europe/Berlin")
    before = desk.office.world.journal.entries("acme")

    printed = desk.run("schedule", INVOICES)

    assert printed.out == (
        f"Flow {INVOICES} runs at cron(0 6 ? * MON-FRI *), Europe/Berlin\nNext: 2026-03-03 05:00 UTC\n"
    )
    assert desk.office.world.journal.entries("acme") == before


def test_blackouts_are_set_without_touching_the_cadence_and_taken_away(desk: Desk) -> None:
    desk.run("schedule", INVOICES, "--blackout", "day 28..3")
    set_ = desk.office.world.connections.flow(desk.office.flow)
    desk.run("schedule", INVOICES, "--no-blackouts")

    assert (set_.cadence, set_.blackouts) == ("rate(15 minutes)", ("day 28..3",))
    assert desk.office.world.connections.flow(desk.office.flow).blackouts == ()


def test_what_is_no_blackout_changes_nothing_and_says_how_to_write_one(desk: Desk) -> None:
    printed = desk.run("schedule", INVOICES, "1h", "--blackout", "month end")

    assert (printed.code, "write 2026-12-30..2027-01-04" in printed.err) == (2, True)
    assert desk.office.world.connections.flow(desk.office.flow).cadence == "rate(15 minutes)"


def test_every_change_is_told_with_who_made_it(desk: Desk) -> None:
    desk.run("schedule", INVOICES, "1h", "--blackout", "day 28..3")
    desk.run("pause", INVOICES, "--why", "audit week")
    desk.run("resume", INVOICES)
    desk.run("pause", "freshbooks")
    desk.run("reset-watermark", INVOICES)

    data = desk.run("changes", "--json").data

    assert [(one["actor"], one["step"], one["subject"].split("/")[1]) for one in data["changes"]] == [
        ("anna", "rescheduled", INVOICES),
        ("anna", "paused", INVOICES),
        ("anna", "resumed", INVOICES),
        ("anna", "paused", "freshbooks"),
        ("anna", "read_anew", INVOICES),
    ]
    assert data["changes"][0]["text"] == "cadence rate(15 minutes) -> rate(1 hour); blackouts none -> day 28..3"
    assert data["changes"][1]["text"] == "audit week"


def test_the_changes_of_one_flow_or_connection_can_be_asked_for(desk: Desk) -> None:
    desk.run("pause", INVOICES)
    desk.run("pause", "freshbooks", "--why", "year end")

    out = desk.run("changes", "freshbooks").out

    assert out.startswith("WHEN (UTC)           WHO   DID     TO          WHAT\n")
    assert ("year end" in out, INVOICES in out) == (True, False)


def test_a_journal_that_was_changed_is_told(desk: Desk) -> None:
    desk.run("pause", INVOICES)
    kept = desk.office.world.journal.kept["acme"]
    kept[1] = replace(kept[1], actor="bob")

    printed = desk.run("changes")

    assert (printed.code, "tampered with: entry 1" in printed.out) == (1, True)
