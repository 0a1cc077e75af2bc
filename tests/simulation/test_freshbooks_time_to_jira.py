"""FreshBooks' time entries become Jira's worklogs (FI2)."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.connectors.jira.adf import plain
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.records.kinds import ReferenceKind
from tests.fakes.hooks import CrashAt
from tests.freshbooks_jira import TIME, Customer, a_customer
from tests.simulators.faults import FaultPlan
from tests.simulators.serving import Request


def is_worklog(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/worklog")


def an_entry(customer: Customer, **fields: Any) -> str:
    defaults = {"is_logged": True, "duration": 5400, "started_at": "2026-03-02T08:00:00Z", "note": "Slow day"}
    return str(customer.freshbooks.add_time_entry(**{**defaults, **fields})["id"])


def reasons(customer: Customer, flow: FlowId, entry: str) -> list[str]:
    return [reason.code for reason in customer.row(flow, entry).reasons]


def test_time_whose_note_names_an_issue_is_logged_on_it_once() -> None:
    customer = a_customer()
    issue = customer.jira.desk.add_issue(summary="Invoice run")
    time = customer.flow(TIME, workers={"1": "Ana"})
    entry = an_entry(customer, note=f"{issue['key']}: slow day")

    customer.run(time)
    customer.later(hours=25)
    customer.run(time, full=True)

    (worklog,) = customer.worklogs()
    assert worklog["timeSpentSeconds"] == 5400
    assert plain(worklog["comment"]).startswith(f"{issue['key']}: slow day\nLogged by")
    assert customer.row(time, entry).state is State.POSTED


def test_time_of_a_mapped_project_is_logged_on_its_issue() -> None:
    customer = a_customer()
    issue = customer.jira.desk.add_issue(summary="Consulting")
    project = customer.freshbooks.add_project(title="Consulting")["id"]
    time = customer.flow(TIME)
    customer.map(ReferenceKind.ISSUE, f"project:{project}", issue["id"])
    an_entry(customer, project_id=project)

    customer.run(time)

    assert len(customer.worklogs()) == 1


def test_time_that_names_no_issue_is_passed_over_and_a_wrong_key_is_held_until_the_issue_is_there() -> None:
    customer = a_customer()
    time = customer.flow(TIME)
    plain_entry, wrong = an_entry(customer), an_entry(customer, note="FIN-1 at last")
    customer.run(time)
    before = customer.row(time, plain_entry).state, reasons(customer, time, wrong)

    customer.jira.desk.add_issue(summary="FIN-1 it is")
    customer.later(hours=1)
    customer.run(time)

    assert before == (State.SKIPPED, ["issue_missing"])
    assert customer.row(time, wrong).state is State.POSTED


def test_a_running_timer_waits_until_it_stops() -> None:
    customer = a_customer()
    issue = customer.jira.desk.add_issue(summary="Timer")
    time = customer.flow(TIME)
    entry = an_entry(customer, note=issue["key"], is_logged=False, duration=0)
    customer.run(time)
    waited = reasons(customer, time, entry)

    customer.edit_time(entry, is_logged=True, duration=600)
    customer.later(minutes=10)
    customer.run(time)

    assert waited == ["running"]
    assert [worklog["timeSpentSeconds"] for worklog in customer.worklogs()] == [600]


def test_an_entry_that_changes_changes_its_worklog_and_one_that_is_deleted_takes_it_back() -> None:
    customer = a_customer()
    issue = customer.jira.desk.add_issue(summary="Changes")
    time = customer.flow(TIME)
    entry = an_entry(customer, note=issue["key"])
    customer.run(time)

    customer.edit_time(entry, duration=7200)
    customer.later(minutes=10)
    customer.run(time)
    changed = [worklog["timeSpentSeconds"] for worklog in customer.worklogs()]
    customer.delete_time(entry)
    customer.later(minutes=10)
    customer.run(time)

    assert changed == [7200]
    assert customer.worklogs() == []
    assert customer.row(time, entry).state is State.REVERSED


def test_an_entry_that_names_another_issue_later_moves_its_worklog() -> None:
    customer = a_customer()
    first, second = (customer.jira.desk.add_issue(summary=name) for name in ("First", "Second"))
    time = customer.flow(TIME)
    entry = an_entry(customer, note=first["key"])
    customer.run(time)

    customer.edit_time(entry, note=second["key"])
    customer.later(minutes=10)
    customer.run(time)

    logged = {issue["key"]: len(issue["worklogs"]) for issue in customer.jira.issues}
    assert logged == {first["key"]: 0, second["key"]: 1}


def test_a_move_that_was_killed_before_it_was_written_down_finds_the_worklog_on_its_new_issue() -> None:
    customer = a_customer()
    first, second = (customer.jira.desk.add_issue(summary=name) for name in ("First", "Second"))
    time = customer.flow(TIME)
    entry = an_entry(customer, note=first["key"])
    customer.run(time)

    customer.edit_time(entry, note=second["key"])
    customer.later(minutes=10)
    customer.world.fakes.hooks.on_after = CrashAt(1, "jira.DELETE")
    customer.run(time)

    logged = {issue["key"]: [worklog["id"] for worklog in issue["worklogs"]] for issue in customer.jira.issues}
    sure = customer.row(time, entry).confirmed
    assert logged[first["key"]] == []
    assert sure is not None
    assert [sure.target_id] == [f"{second['id']}:{worklog}" for worklog in logged[second["key"]]]
    assert customer.row(time, entry).state is State.POSTED
    assert customer.steps(time, entry)[-1] == "recovered"


@pytest.mark.parametrize("fault", ["lose the answer", "break after the work", "break", "lose the request", "refuse"])
def test_a_worklog_is_never_added_twice_whatever_becomes_of_the_answer(fault: str) -> None:
    customer = a_customer()
    issue = customer.jira.desk.add_issue(summary="Once")
    customer.jira.faults = FaultPlan([fault], only=is_worklog)
    time = customer.flow(TIME)
    entry = an_entry(customer, note=issue["key"])

    customer.run(time)

    assert len(customer.worklogs()) == 1
    assert customer.row(time, entry).state is State.POSTED


def test_under_a_minute_is_logged_as_one_or_passed_over() -> None:
    rounding, passing = a_customer(), a_customer()
    flows = [rounding.flow(TIME), passing.flow(TIME, under_a_minute="skip")]
    keys = [customer.jira.desk.add_issue(summary="Short")["key"] for customer in (rounding, passing)]
    an_entry(rounding, note=keys[0], duration=20)
    short = an_entry(passing, note=keys[1], duration=20)

    rounding.run(flows[0])
    passing.run(flows[1])

    assert [worklog["timeSpentSeconds"] for worklog in rounding.worklogs()] == [60]
    assert reasons(passing, flows[1], short) == ["too_short"]


def test_a_note_that_names_two_issues_is_held() -> None:
    customer = a_customer()
    keys = [customer.jira.desk.add_issue(summary=name)["key"] for name in ("One", "Two")]
    time = customer.flow(TIME)
    entry = an_entry(customer, note=" and ".join(keys))

    customer.run(time)

    assert reasons(customer, time, entry) == ["issue_ambiguous"]


def test_words_that_only_look_like_keys_do_not_count_where_the_projects_are_named() -> None:
    customer = a_customer()
    time = customer.flow(TIME, key_projects=["FIN"])
    entry = an_entry(customer, note="UTF-8 again")

    customer.run(time)

    assert reasons(customer, time, entry) == ["no_issue"]
