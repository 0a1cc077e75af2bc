"""What FreshBooks pushes is registered by us (FI8), and reaches the right Jira site and no other (P1, P6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.identity import FlowId
from ml_connector.domain.registration import RegistrationState
from tests.freshbooks_jira import (
    BILLS,
    EXPENSES,
    FAILED,
    INVOICES,
    PAYMENTS,
    TIME,
    WITHDRAWN,
    Customer,
    a_customer,
    several_businesses,
    several_customers,
)
from tests.jira_pushing import PushingBooks
from tests.simulators.jira.answers import Fields

EVERY = (INVOICES, FAILED, BILLS, PAYMENTS, WITHDRAWN, EXPENSES, TIME)
NOUNS = {
    INVOICES: "invoice",
    FAILED: "invoice",
    BILLS: "bill",
    PAYMENTS: "payment",
    WITHDRAWN: "payment",
    EXPENSES: "expense",
    TIME: "time_entry",
}


def events(world: PushingBooks, customer: Customer) -> set[str]:
    """What FreshBooks will push: registered, and verified by the handshake."""
    verified = [one for one in world.door.of(customer.books) if one.state is RegistrationState.VERIFIED]
    there = {row.uri for row in customer.freshbooks.callbacks.all() if row.verified}
    return {one.event for one in verified if one.uri in there}


def of_nouns(*nouns: str) -> set[str]:
    return {f"{noun}.{verb}" for noun in nouns for verb in ("create", "update", "delete")}


def read_once(world: PushingBooks, flows: list[tuple[Customer, FlowId]]) -> None:
    """The first read, which brings the lists; then registered. Nothing is polled from here on."""
    for customer, flow in flows:
        customer.run(flow)
    world.registered()
    world.send()


def a_bill(customer: Customer, number: str) -> int:
    vendor = customer.freshbooks.add_vendor(name=f"Paper mill {number}")
    return int(customer.freshbooks.add_bill(vendorid=vendor["id"], bill_number=number)["id"])


def told(customer: Customer) -> list[str]:
    return [str(issue["fields"]["summary"]) for issue in customer.jira.issues]


@pytest.mark.parametrize("flow", EVERY)
def test_each_flow_has_its_own_events_registered_and_verified_and_no_others(flow: str) -> None:
    customer = a_customer()
    customer.flow(flow)
    world = PushingBooks([customer])

    world.registered()

    assert events(world, customer) == of_nouns(NOUNS[flow])


def test_what_no_flow_needs_any_more_is_unregistered() -> None:
    customer = a_customer()
    flows = {name: customer.flow(name) for name in EVERY}
    world = PushingBooks([customer])
    world.registered()
    before = events(world, customer)

    connections = customer.world.fakes.connections
    for name in (INVOICES, BILLS, PAYMENTS, WITHDRAWN, EXPENSES, TIME):
        connections.save_flow(replace(connections.flow(flows[name]), enabled=False))
    world.registered()

    assert before == of_nouns("invoice", "bill", "payment", "expense", "time_entry")
    assert events(world, customer) == of_nouns("invoice")
    assert {row.event for row in customer.freshbooks.callbacks.all()} == of_nouns("invoice")


def an_invoice(customer: Customer) -> Fields:
    client = customer.freshbooks.desk.add_client(organization="Acme Ltd")["id"]
    return customer.freshbooks.desk.add_invoice(customerid=client, amount="250.00", invoice_number="0000042")


def test_each_kind_of_event_becomes_its_issue_or_worklog_by_its_push_alone() -> None:
    customer = a_customer()
    key = customer.jira.desk.add_issue(summary="Consulting")["key"]
    world, books = PushingBooks([customer]), customer.freshbooks
    read_once(world, [(customer, customer.flow(name)) for name in EVERY])

    invoice = an_invoice(customer)["id"]
    payment = books.desk.pay_invoice(invoice, "100.00")["id"]
    a_bill(customer, "NW-1")
    books.desk.add_expense(amount="12.00", vendor="Staples", categoryid=books.categories[0]["id"])
    books.add_time_entry(is_logged=True, duration=600, started_at="2026-03-02T08:00:00Z", note=key)
    world.send()
    books.desk.autobill(invoice, "failed")
    books.desk.delete(books.desk.invoice_payments, payment)
    world.send()

    assert sorted(" ".join(summary.split()[:2]) for summary in told(customer)) == [
        "Bill NW-1",
        "Consulting",
        "Expense: 12.00",
        "Invoice 0000042",
        "Payment failed:",
        "Payment received:",
        "Payment withdrawn:",
    ]
    assert len(customer.worklogs()) == 1


def test_an_event_that_comes_three_times_makes_one_issue() -> None:
    customer = a_customer()
    world = PushingBooks([customer])
    read_once(world, [(customer, customer.flow(BILLS))])
    customer.freshbooks.turn(event_copies=3)

    a_bill(customer, "NW-1")
    world.send()
    world.send()

    assert len(customer.jira.issues) == 1


def test_events_of_two_tenants_go_to_each_ones_site_though_project_and_bill_have_the_same_names() -> None:
    one, other = several_customers("acme", "blue")
    world = PushingBooks([one, other])
    flows = [(customer, customer.flow(BILLS)) for customer in (one, other)]
    read_once(world, flows)

    bills = [a_bill(one, "A-1"), a_bill(other, "B-1")]
    world.send()

    assert bills[0] == bills[1]
    assert [told(customer)[0].split()[1] for customer in (one, other)] == ["A-1", "B-1"]
    assert [len(customer.jira.issues) for customer in (one, other)] == [1, 1]
    assert [issue["key"] for customer in (one, other) for issue in customer.jira.issues] == ["FIN-1", "FIN-1"]


def test_events_of_two_businesses_of_one_tenant_go_to_the_site_of_each() -> None:
    north, south = several_businesses("north", "south")
    world = PushingBooks([north, south])
    read_once(world, [(customer, customer.flow(BILLS)) for customer in (north, south)])

    a_bill(south, "S-1")
    world.send()
    only_south = [told(north), len(told(south))]
    a_bill(north, "N-1")
    world.send()

    assert only_south == [[], 1]
    assert [told(customer)[0].split()[1] for customer in (north, south)] == ["N-1", "S-1"]


@pytest.mark.parametrize("wrong", ["account_id", "business_id"])
def test_an_event_with_the_ids_of_another_business_is_refused_and_tells_nobody(wrong: str) -> None:
    one, other = several_customers("acme", "blue")
    world = PushingBooks([one, other])
    read_once(world, [(customer, customer.flow(BILLS)) for customer in (one, other)])
    stranger = replace(one.freshbooks.business, **{wrong: getattr(other.freshbooks.business, wrong)})

    one.freshbooks.deliveries.business = stranger
    a_bill(one, "A-1")
    world.send()

    assert world.door.answers[-1] >= 400
    assert [told(customer) for customer in (one, other)] == [[], []]
