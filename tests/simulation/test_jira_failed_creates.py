"""A create that failed is written down and waits for a person, or is looked for and tried again (FI6)."""

from __future__ import annotations

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import FlowId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from tests.freshbooks_jira import BILLS, Customer, a_customer
from tests.simulation.jira_trouble import a_bill, ask_again, is_create, link
from tests.simulators.faults import FaultPlan
from tests.simulators.serving import Request


@pytest.mark.parametrize("fault", ["break after the work", "lose the answer", "garble the answer"])
def test_an_issue_whose_answer_was_lost_is_found_again_and_not_made_twice(fault: str) -> None:
    customer = a_customer()
    customer.jira.turn(search_lag_seconds=120)
    customer.jira.faults = FaultPlan([fault], only=is_create)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)

    customer.run(bills)

    assert len(customer.jira.issues) == 1
    assert customer.row(bills, bill).state is State.POSTED
    assert customer.steps(bills, bill)[-1] == "recovered"


def test_a_create_that_failed_is_written_down_and_not_tried_again_by_itself() -> None:
    customer = a_customer()
    customer.jira.faults = FaultPlan(["break"], only=is_create)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)

    customer.run(bills)
    for _ in range(3):
        customer.later(hours=6)
        customer.freshbooks.edit_bill(bill, bill_number=f"NW-{customer.world.fakes.clock.now():%H%d}")
        customer.run(bills, full=True)

    row = customer.row(bills, bill)
    assert customer.jira.issues == []
    assert row.state is State.DEAD
    assert [reason.code for reason in row.reasons] == ["create_failed"]
    assert "failed" in customer.steps(bills, bill)
    assert customer.jira.calls.count(("POST", "/rest/api/3/issue")) == 1


def test_a_failed_create_is_made_once_on_a_persons_word_after_looking() -> None:
    customer = a_customer()
    customer.jira.faults = FaultPlan(["break"], only=is_create)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    searched = customer.jira.calls.count(("POST", "/rest/api/3/search/jql"))

    ask_again(customer, bills, bill)
    ask_again(customer, bills, bill)

    assert len(customer.jira.issues) == 1
    assert customer.row(bills, bill).state is State.POSTED
    assert customer.jira.calls.count(("POST", "/rest/api/3/search/jql")) > searched


def test_a_refused_create_is_looked_for_before_a_person_has_it_made() -> None:
    customer = a_customer()
    customer.jira.desk.withhold("CREATE_ISSUES", "FIN")
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    refused = customer.row(bills, bill)

    customer.jira.desk.permit("CREATE_ISSUES")
    customer.later(minutes=10)
    ask_again(customer, bills, bill)

    assert refused.state in (State.REJECTED, State.HELD)
    assert len(customer.jira.issues) == 1
    assert ("POST", "/rest/api/3/search/jql") in customer.jira.calls


def test_with_retry_a_failed_create_is_looked_for_and_made_by_itself() -> None:
    customer = a_customer()
    customer.jira.faults = FaultPlan(["break"], only=is_create)
    bills = customer.flow(BILLS, on_failure="retry")
    bill = a_bill(customer)

    customer.run(bills)

    assert len(customer.jira.issues) == 1
    assert customer.row(bills, bill).state is State.POSTED


@pytest.mark.parametrize("fault", ["lose the request", "refuse", "refuse without a wait"])
def test_what_was_surely_not_done_is_tried_again(fault: str) -> None:
    customer = a_customer()
    customer.jira.faults = FaultPlan([fault, fault], only=is_create)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)

    customer.run(bills)

    assert customer.row(bills, bill).state is State.POSTED
    assert len(customer.jira.issues) == 1


@pytest.mark.parametrize("fault", ["break", "lose the answer", "refuse", "garble the answer"])
def test_what_goes_wrong_before_the_create_is_sent_is_no_failed_create(fault: str) -> None:
    customer = a_customer()
    customer.jira.faults = FaultPlan([fault] * 3, only=lambda request: "createmeta" in request.path)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)

    customer.run(bills)

    assert customer.row(bills, bill).state is State.POSTED
    assert customer.jira.calls.count(("POST", "/rest/api/3/issue")) == 1


def test_a_clone_of_our_issue_is_not_taken_for_it() -> None:
    customer = a_customer()
    customer.jira.faults = FaultPlan(["break"], only=is_create)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    marker = customer.row(bills, bill).record.marker
    customer.jira.desk.add_issue(summary="A clone", labels=[f"ml-{marker}"])

    ask_again(customer, bills, bill)

    assert len(customer.jira.issues) == 2
    assert customer.issue_of(bills, bill)["fields"]["summary"].startswith("Bill NW-7781")


def test_a_failed_event_is_linked_to_an_issue_made_by_hand_and_asked_again_makes_none() -> None:
    customer = a_customer()
    customer.jira.faults = FaultPlan(["break"], only=is_create)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    by_hand = customer.jira.desk.add_issue(summary="The paper bill")

    link(customer, bills, bill, by_hand["key"])
    ask_again(customer, bills, bill)

    row = customer.row(bills, bill)
    assert (row.state, row.other_number) == (State.LINKED, by_hand["key"])
    assert [issue["key"] for issue in customer.jira.issues] == [by_hand["key"]]


def test_an_issue_that_is_one_events_counterpart_is_not_linked_to_another() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    first = a_bill(customer)
    customer.run(bills)
    customer.jira.desk.withhold("CREATE_ISSUES", "FIN")
    customer.later(minutes=10)
    second = a_bill(customer)
    customer.run(bills)

    with pytest.raises(SettingsError, match="counterpart"):
        link(customer, bills, second, customer.issue_of(bills, first)["key"])


def test_what_stands_in_the_target_cannot_be_linked_elsewhere() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    by_hand = customer.jira.desk.add_issue(summary="The paper bill")

    with pytest.raises(SettingsError, match="posted"):
        link(customer, bills, bill, by_hand["key"])


def after_the_screen_changed(customer: Customer, bills: FlowId) -> int:
    """A bill whose create Jira refuses: the screen that we know is not the one that is there by now."""
    a_bill(customer)
    customer.run(bills)
    customer.jira.desk.set_screen(project="FIN", field="labels", on=False)
    return a_bill(customer)


def test_a_refused_create_is_not_tried_again_because_the_source_changes() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = after_the_screen_changed(customer, bills)
    customer.run(bills)

    customer.jira.desk.set_screen(project="FIN", field="labels")
    customer.freshbooks.edit_bill(bill, bill_number="NW-9")
    customer.later(hours=1)
    customer.run(bills)
    waited = customer.row(bills, bill).state
    ask_again(customer, bills, bill)

    assert waited is State.REJECTED
    assert customer.issue_of(bills, bill)["fields"]["summary"].startswith("Bill NW-9")


def test_a_refused_create_is_not_tried_again_because_the_source_changed_meanwhile() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = after_the_screen_changed(customer, bills)
    beside, world = customer.world.another_process(), customer.world

    def change_meanwhile(request: Request) -> bool:
        if is_create(request):
            customer.freshbooks.edit_bill(bill, bill_number="NW-9")
            noticed = (NoticedRecord(external_id=str(bill)),)
            notice = Notice(flow=bills, cause=NoticeCause.PUSHED, records=noticed, run_id="beside")
            beside.ingestor.handle(notice, world.deadline())
        return False

    customer.jira.faults = FaultPlan(["none"], only=change_meanwhile)
    customer.run(bills)

    assert customer.row(bills, bill).state is State.REJECTED
    assert customer.row(bills, bill).number == "NW-9"
