"""Before and after: a plan shows the very requests that follow, a rollback takes back what they made (P12, P15)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.pipeline.correcting.rollback import Rollback
from ml_connector.pipeline.correcting.selection import Selection
from ml_connector.pipeline.planning.dry_run import Planning
from ml_connector.pipeline.planning.plan_file import Act, Plan, plan_text, read_plan
from tests.freshbooks_jira import BILLS, TIME, Customer, a_customer
from tests.simulation.jira_trouble import a_bill, ask_again
from tests.simulators.faults import FaultPlan


def planned(customer: Customer, flow: FlowId) -> Plan:
    services = customer.world.services
    return Planning(services.ports, services.catalog, services.systems, pause=lambda wait: None).dry_run(flow).plan


def sent(customer: Customer, ending: str, *, method: str = "POST") -> list[Any]:
    """The bodies of the calls whose path ends so."""
    calls = [one for one in customer.asked if one.method == method and one.path.endswith(ending)]
    return [json.loads(one.body) for one in calls]


def by_summary(bodies: list[Any]) -> list[Any]:
    return sorted(bodies, key=lambda body: str(body["fields"]["summary"]))


def roll_back(customer: Customer, flow: FlowId) -> None:
    services = customer.world.services
    rollback = Rollback(services.ports, services.catalog, services.systems)
    rollback.carry_out(rollback.plan(Selection(flows=(flow,))), actor="ann", reason="wrong site")
    customer.world.run_until_settled()


def logged(customer: Customer, note: str) -> tuple[FlowId, str]:
    time = customer.flow(TIME)
    given: dict[str, Any] = {"is_logged": True, "duration": 600, "started_at": "2026-03-02T08:00:00Z", "note": note}
    return time, str(customer.freshbooks.add_time_entry(**given)["id"])


def test_a_plan_shows_the_exact_issue_and_writes_nothing() -> None:
    customer = a_customer()
    customer.jira.desk.add_issue(issue_type="Epic", summary="Books")
    bills = customer.flow(BILLS, fields={"Amount": "amount", "Vendor": "party"}, epic="FIN-1")
    for number, amount in (("NW-1", "375.00"), ("NW-2", "0.15")):
        a_bill(customer, bill_number=number, amount=amount)

    plan = planned(customer, bills)
    written = list(customer.jira.writes)
    customer.run(bills)

    assert [entry.act for entry in plan.entries] == [Act.CREATE] * 2
    assert written == []
    assert by_summary([entry.payload for entry in plan.entries]) == by_summary(sent(customer, "/issue"))
    amounts = {
        entry.payload["fields"][customer.jira.field_id("Amount")] for entry in read_plan(plan_text(plan)).entries
    }
    assert amounts == {375, 0.15}


def test_a_plan_shows_the_exact_update() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    customer.freshbooks.edit_bill(bill, bill_number="NW-9")
    customer.later(hours=1)

    plan = planned(customer, bills)
    customer.run(bills)

    issue_id = customer.issue_of(bills, bill)["id"]
    assert [(entry.act, entry.payload) for entry in plan.entries] == [
        (Act.UPDATE, *sent(customer, f"/issue/{issue_id}", method="PUT"))
    ]


def test_a_plan_shows_the_exact_worklog() -> None:
    customer = a_customer()
    time, _ = logged(customer, customer.jira.desk.add_issue(summary="Here")["key"])

    plan = planned(customer, time)
    customer.run(time)

    assert [entry.payload for entry in plan.entries] == sent(customer, "/worklog")
    assert plan.entries[0].payload["timeSpentSeconds"] == 600


def test_a_plan_says_what_the_screen_would_hold() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    a_bill(customer)
    customer.jira.desk.set_screen(project="FIN", field="Category", required=True)

    (entry,) = planned(customer, bills).entries

    assert entry.act is Act.HOLD
    assert customer.jira.writes == []


def test_a_rollback_takes_issues_and_worklogs_back_and_no_cycle_brings_them_again() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    by_hand = customer.jira.desk.add_issue(summary="A person's own")
    time, entry = logged(customer, by_hand["key"])
    customer.run(time)
    before = len(customer.worklogs())

    for flow in (time, bills):
        roll_back(customer, flow)
    customer.later(hours=1)
    customer.run(bills, full=True)
    customer.run(time, full=True)

    assert (before, customer.worklogs()) == (1, [])
    assert [issue["key"] for issue in customer.jira.issues] == [by_hand["key"]]
    assert [customer.row(bills, bill).state, customer.row(time, entry).state] == [State.REVERSED, State.REVERSED]


@pytest.mark.parametrize("fault", ["lose the answer", "break", "break after the work", "lose the request", "refuse"])
def test_a_rollback_gets_there_whatever_becomes_of_its_answer(fault: str) -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    customer.jira.faults = FaultPlan([fault], only=lambda request: request.method == "DELETE")

    roll_back(customer, bills)

    assert customer.jira.issues == []
    assert customer.row(bills, bill).state is State.REVERSED


@pytest.mark.parametrize(
    ("may_delete", "settings", "comments", "status"),
    [
        (False, {}, 1, "To Do"),
        (False, {"void_fallback": "transition", "void_transition": "Close"}, 0, "Done"),
        (True, {"on_void": "comment"}, 1, "To Do"),
        (True, {"on_void": "transition", "void_transition": "close"}, 0, "Done"),
    ],
    ids=["may not: comment", "may not: transition", "comment by choice", "transition by choice"],
)
def test_where_nothing_may_or_shall_be_deleted_the_issue_says_so_once(
    may_delete: bool, settings: dict[str, Any], comments: int, status: str
) -> None:
    customer = a_customer(**settings)
    if not may_delete:
        customer.jira.desk.withhold("DELETE_ISSUES", "FIN")
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)

    for _ in range(2):
        roll_back(customer, bills)
        customer.later(hours=1)
        customer.run(bills, full=True)

    (issue,) = customer.jira.issues
    assert (len(issue["comments"]), issue["fields"]["status"]["name"]) == (comments, status)
    assert issue["properties"]["ml-connector"]["withdrawn"] is True
    assert customer.row(bills, bill).state is State.REVERSED


@pytest.mark.parametrize("fault", ["lose the answer", "break after the work"])
def test_a_withdrawal_whose_last_answer_was_lost_is_settled_by_reading_and_not_told_again(fault: str) -> None:
    customer = a_customer(on_void="comment")
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    customer.jira.faults = FaultPlan([fault], only=lambda request: request.method == "PUT")

    roll_back(customer, bills)

    (issue,) = customer.jira.issues
    assert len(issue["comments"]) == 1
    assert customer.row(bills, bill).state is State.REVERSED


def test_a_transition_that_the_issue_does_not_offer_is_held_with_those_that_it_does() -> None:
    customer = a_customer(on_void="transition", void_transition="Cancel")
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)

    roll_back(customer, bills)

    (reason,) = customer.row(bills, bill).reasons
    assert (customer.row(bills, bill).state, reason.code) == (State.HELD, "transition")
    assert "'Cancel'" in reason.text
    assert "Close" in reason.text


def test_what_was_rolled_back_comes_again_on_a_persons_word() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    roll_back(customer, bills)

    ask_again(customer, bills, bill)

    assert len(customer.jira.issues) == 1
    assert customer.row(bills, bill).state is State.POSTED
