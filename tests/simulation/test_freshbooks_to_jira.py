"""FreshBooks' events become Jira's issues, through the real connectors and the real pipeline (FI1, FI4, FI5, FI6)."""

from __future__ import annotations

import pytest

from ml_connector.connectors.jira.adf import plain
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import FlowId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.pipeline.correcting.link import Linking
from tests.freshbooks_jira import BILLS, Customer, a_customer, several_customers
from tests.simulators.faults import FaultPlan
from tests.simulators.serving import Request


def a_bill(customer: Customer, **fields: object) -> int:
    vendor = customer.freshbooks.add_vendor(name="Northwind Paper")
    bill = customer.freshbooks.add_bill(vendorid=vendor["id"], amount="375.00", bill_number="NW-7781", **fields)
    return int(bill["id"])


def is_create(request: Request) -> bool:
    return (request.method, request.path.rpartition("/rest")[2]) == ("POST", "/api/3/issue")


def ask_again(customer: Customer, flow: FlowId, external_id: int) -> None:
    """A person's word, as the command line gives it."""
    records = [customer.row(flow, external_id).record]
    customer.world.services.releaser.plan_again(records, cause=NoticeCause.REPLAYED, run_id="again", actor="ada")
    customer.world.run_until_settled()


def link(customer: Customer, flow: FlowId, external_id: int, key: str) -> None:
    services = customer.world.services
    Linking(services.ports, services.systems).link(customer.row(flow, external_id).record, key, actor="ada")


def test_a_bill_becomes_one_issue_that_tells_of_it() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS, fields={"Amount": "amount", "Vendor": "party"})
    bill = a_bill(customer)

    customer.run(bills)
    customer.later(hours=1)
    customer.run(bills, full=True)

    issue = customer.issue_of(bills, bill)
    assert len(customer.jira.issues) == 1
    assert issue["fields"]["summary"] == "Bill NW-7781 from Northwind Paper: 375.00 USD"
    assert customer.row(bills, bill).other_number == issue["key"]
    assert customer.row(bills, bill).state is State.POSTED


def test_what_fields_and_texts_say_is_what_the_bill_says() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS, fields={"Amount": "amount", "Vendor": "party", "Category": "=Supplies"}, epic="FIN-1")
    epic = customer.jira.desk.add_issue(issue_type="Epic", summary="Books")
    bill = a_bill(customer, issue_date="2026-03-01", due_offset_days=30)

    customer.run(bills)

    fields = customer.issue_of(bills, bill)["fields"]
    assert fields[customer.jira.field_id("Amount")] == 375
    assert fields[customer.jira.field_id("Vendor")] == "Northwind Paper"
    assert fields[customer.jira.field_id("Category")]["value"] == "Supplies"
    assert fields["parent"]["key"] == epic["key"]
    assert fields["labels"][0] == "freshbooks"
    assert plain(fields["description"]).splitlines()[:4] == [
        "Number: NW-7781",
        "Amount: 375.00 USD",
        "Vendor: Northwind Paper",
        "Category: Advertising",
    ]


def test_a_bill_that_changes_updates_its_issue_and_one_that_a_person_edited_is_held() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)

    customer.freshbooks.edit_bill(bill, bill_number="NW-7782")
    customer.later(minutes=5)
    customer.run(bills)
    updated = customer.issue_of(bills, bill)
    customer.jira.desk.edit_issue(updated["key"], summary="Ours now")
    customer.freshbooks.edit_bill(bill, bill_number="NW-7783")
    customer.later(minutes=5)
    customer.run(bills)

    assert updated["fields"]["summary"] == "Bill NW-7782 from Northwind Paper: 375.00 USD"
    assert [reason.code for reason in customer.row(bills, bill).reasons] == ["target_conflict"]
    assert customer.issue_of(bills, bill)["fields"]["summary"] == "Ours now"


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


def test_a_required_field_that_nothing_fills_is_told_before_anything_is_sent() -> None:
    customer = a_customer()
    customer.jira.desk.set_screen(project="FIN", field="Category", required=True)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)

    customer.run(bills)

    (reason,) = customer.row(bills, bill).reasons
    assert reason.code == "required_fields"
    assert "Category" in reason.text
    assert customer.jira.writes == []


def test_without_labels_on_the_screen_the_marker_goes_into_a_text_field() -> None:
    customer = a_customer(marker_field="Source record")
    customer.jira.desk.set_screen(project="FIN", field="labels", on=False)
    customer.jira.faults = FaultPlan(["lose the answer"], only=is_create)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)

    customer.run(bills)

    assert len(customer.jira.issues) == 1
    assert customer.steps(bills, bill)[-1] == "recovered"


def test_without_room_for_a_marker_nothing_is_made() -> None:
    customer = a_customer()
    customer.jira.desk.set_screen(project="FIN", field="labels", on=False)
    bills = customer.flow(BILLS)
    bill = a_bill(customer)

    customer.run(bills)

    assert "marker_field" in customer.row(bills, bill).reasons[0].text
    assert customer.jira.writes == []


def test_through_the_gateway_a_persons_consent_does_the_same() -> None:
    customer = a_customer(oauth=True)
    bills = customer.flow(BILLS)
    a_bill(customer)

    customer.run(bills)
    customer.later(hours=30)
    a_bill(customer)
    customer.run(bills)

    assert len(customer.jira.issues) == 2
    assert customer.world.failures == []


def test_two_customers_with_the_same_project_key_never_mix() -> None:
    one, other = several_customers("acme", "blue")
    flows = [customer.flow(BILLS) for customer in (one, other)]
    bills = [a_bill(one), a_bill(other)]

    one.run(flows[0])
    other.run(flows[1])

    assert bills[0] == bills[1]
    assert [len(one.jira.issues), len(other.jira.issues)] == [1, 1]
    assert one.row(flows[0], bills[0]).record.marker != other.row(flows[1], bills[1]).record.marker


def test_nothing_is_ever_written_to_freshbooks() -> None:
    customer = a_customer()
    bills = customer.flow(BILLS)
    bill = a_bill(customer)
    customer.run(bills)
    customer.freshbooks.edit_bill(bill, bill_number="NW-7790")
    customer.later(hours=1)
    customer.run(bills, full=True)

    signing_in = [call for call in customer.freshbooks.calls if call[1].startswith("/auth/")]
    rest = [call for call in customer.freshbooks.calls if call not in signing_in]
    assert {method for method, _ in rest} == {"GET"}
    assert customer.freshbooks.writes == []


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
