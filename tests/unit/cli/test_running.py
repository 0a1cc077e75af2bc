"""`run`, and watching it until it is quiet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.crossreference import State
from ml_connector.domain.watermark import PollProgress
from tests.fakes.clock import START
from tests.fakes.upkeep import Started
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import INVOICES, Office, missing_account, usd


def _ended(desk: Desk) -> None:
    """What a finished pass leaves behind."""
    desk.office.world.polls.progress[desk.office.flow] = PollProgress(last_finished=START, seen=5, passed_on=2)


def test_a_flow_runs_now_under_the_name_of_the_person(desk: Desk) -> None:
    printed = desk.run("run", INVOICES, "--full", "--json")

    run_id = printed.data["run_id"]
    assert desk.office.world.runs.started == [
        Started(flow=desk.office.flow, run_id=run_id, full=True, actor="anna"),
    ]
    assert printed.data["waited"] is False


def test_a_flow_may_be_named_by_its_id(desk: Desk) -> None:
    desk.run("run", str(desk.office.flow))

    assert [started.flow for started in desk.office.world.runs.started] == [desk.office.flow]


def test_flows_of_one_name_must_be_told_apart_by_id(desk: Desk) -> None:
    second = replace(desk.office.flow, source="jaggaer-eu")
    desk.office.world.connections.save_flow(replace(desk.office.world.connections.flow(desk.office.flow), id=second))

    printed = desk.run("run", INVOICES)

    assert (printed.code, desk.office.world.runs.started) == (2, [])
    assert f"\n  {desk.office.flow}\n  {second}\n" in printed.err


@pytest.mark.parametrize("length", ["9999999999w", "9" * 5000 + "s"], ids=["weeks", "digits"])
def test_a_wait_that_nobody_lives_to_see_is_a_wrong_use_and_starts_nothing(desk: Desk, length: str) -> None:
    printed = desk.run("run", INVOICES, "--wait", "--at-most", length)

    assert (printed.code, desk.office.world.runs.started) == (2, [])
    assert printed.err.endswith("is too long a time: 3650d at most\n")


def test_a_flow_of_another_tenant_cannot_be_run(desk: Desk) -> None:
    other = Office(tenant="globex", world=desk.office.world)

    assert desk.run("run", str(other.flow), "--tenant", "acme").code == 3


def test_a_flow_that_stands_still_is_not_started_and_says_why(desk: Desk) -> None:
    freshbooks = desk.office.world.connections.get(desk.office.connection("freshbooks"))
    desk.office.world.connections.save(replace(freshbooks, state=ConnectionState.STOPPED, state_why="no grant"))

    printed = desk.run("run", INVOICES)

    assert (printed.code, desk.office.world.runs.started) == (1, [])
    assert "cannot run now: connection freshbooks is stopped: no grant" in printed.err


def test_waiting_ends_when_the_pass_has_ended_and_the_totals_stand(desk: Desk) -> None:
    desk.office.record("1", State.POSTED, amount=usd("10.00"))
    desk.office.record("2", State.HELD, amount=usd("1.00"), reasons=[missing_account("600300")])
    desk.terminal.nap = lambda: _ended(desk)

    printed = desk.run("run", INVOICES, "--wait")

    assert printed.code == 0
    assert "2 records, each in exactly one state: the states add up." in printed.out
    assert "Done: 5 records seen, 2 of them new or changed." in printed.out
    assert printed.out.endswith("What is held, and what would help: ml-connector holds\n")
    assert desk.terminal.notes == ["2 records differed; now 1 posted, 1 held"]


def test_waiting_does_not_end_while_something_is_to_be_posted(desk: Desk) -> None:
    desk.office.record("1", State.PLANNED)
    desk.terminal.nap = lambda: _ended(desk)

    printed = desk.run("run", INVOICES, "--wait", "--at-most", "30s")

    assert (printed.code, desk.terminal.slept) == (1, 30)
    assert "Not quiet after 0:00:30; it goes on by itself." in printed.out


def test_waiting_ends_when_a_connection_is_stopped_on_the_way(desk: Desk) -> None:
    freshbooks = desk.office.world.connections.get(desk.office.connection("freshbooks"))
    stopped = replace(freshbooks, state=ConnectionState.STOPPED, state_why="the secret was refused")
    desk.terminal.nap = lambda: desk.office.world.connections.save(stopped)

    printed = desk.run("run", INVOICES, "--wait", "--json")

    assert (printed.code, printed.data["quiet"]) == (1, False)
    assert printed.data["outcome"] == "The run stopped: connection freshbooks is stopped: the secret was refused"


def test_waiting_ends_when_the_poll_has_failed_and_says_why(desk: Desk) -> None:
    former = PollProgress(pass_began=START, trouble="refused", trouble_at=START)
    desk.office.world.polls.progress[desk.office.flow] = former
    again = replace(former, trouble_at=START + timedelta(seconds=2))
    desk.terminal.nap = lambda: desk.office.world.polls.progress.update({desk.office.flow: again})

    printed = desk.run("run", INVOICES, "--wait", "--json")

    assert (printed.code, printed.data["quiet"]) == (1, False)
    assert printed.data["outcome"] == "The run stopped: it could not be read: refused"


def test_a_failure_of_an_earlier_poll_ends_nothing(desk: Desk) -> None:
    former = PollProgress(pass_began=START, trouble="refused", trouble_at=START)
    desk.office.world.polls.progress[desk.office.flow] = former

    printed = desk.run("run", INVOICES, "--wait", "--at-most", "2s")

    assert "Not quiet after 0:00:02" in printed.out


def test_progress_goes_beside_the_output_so_that_json_stays_json(desk: Desk) -> None:
    desk.office.world.polls.progress[desk.office.flow] = PollProgress(pass_began=START, seen=50, passed_on=3)

    printed = desk.run("run", INVOICES, "--wait", "--at-most", "2s", "--json")

    assert desk.terminal.notes == ["reading: 50 records seen, 3 differ"]
    assert printed.data["waited"] is True
