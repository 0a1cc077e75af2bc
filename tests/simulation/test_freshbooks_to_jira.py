"""FreshBooks' events become Jira's issues, through the real connectors and the real pipeline (FI1, FI5)."""

from __future__ import annotations

from ml_connector.connectors.jira.adf import plain
from ml_connector.domain.crossreference import State
from tests.freshbooks_jira import BILLS, a_customer, several_customers
from tests.simulation.jira_trouble import a_bill, is_create
from tests.simulators.faults import FaultPlan


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


def test_two_tenants_with_the_same_project_key_never_mix() -> None:
    one, other = several_customers("acme", "blue")
    flows = [customer.flow(BILLS) for customer in (one, other)]
    bills = [a_bill(one, bill_number="A-1"), a_bill(other, bill_number="B-1")]

    for customer, flow in zip((one, other), flows, strict=True):
        customer.run(flow)

    told = [
        [(issue["key"], issue["fields"]["summary"].split()[1]) for issue in customer.jira.issues]
        for customer in (one, other)
    ]
    assert bills[0] == bills[1]
    assert told == [[("FIN-1", "A-1")], [("FIN-1", "B-1")]]
    assert one.row(flows[0], bills[0]).record.marker != other.row(flows[1], bills[1]).record.marker
