"""One way only (FI4): every call that FreshBooks sees of this pair, whatever is done with it, is a read."""

from __future__ import annotations

import re

from ml_connector.pipeline.correcting.rollback import Rollback
from ml_connector.pipeline.correcting.selection import Selection
from ml_connector.pipeline.planning.dry_run import Planning
from ml_connector.pipeline.probe import steps_of
from tests.freshbooks_jira import BILLS, EXPENSES, FAILED, INVOICES, PAYMENTS, TIME, WITHDRAWN, Customer, a_customer
from tests.jira_pushing import PushingBooks, PushingJira
from tests.simulation.jira_trouble import a_bill, ask_again

READS = {
    "GET /accounting/account/A/bill_vendors/bill_vendors",
    "GET /accounting/account/A/bills/bills",
    "GET /accounting/account/A/bills/bills/N",
    "GET /accounting/account/A/expenses/categories",
    "GET /accounting/account/A/expenses/expenses",
    "GET /accounting/account/A/expenses/expenses/N",
    "GET /accounting/account/A/invoices/invoices",
    "GET /accounting/account/A/invoices/invoices/N",
    "GET /accounting/account/A/payments/payments",
    "GET /accounting/account/A/payments/payments/N",
    "GET /accounting/account/A/users/clients",
    "GET /accounting/businesses/U/ledger_accounts/accounts",
    "GET /auth/api/v1/users/me",
    "GET /timetracking/business/B/time_entries",
    "GET /timetracking/business/B/time_entries/N",
}
SIGNING_IN = {"POST /auth/oauth/token"}
REGISTERING = {
    "GET /events/account/A/events/callbacks",
    "POST /events/account/A/events/callbacks",
    "PUT /events/account/A/events/callbacks/N",
}
"""Where FreshBooks is to push: settings of our application, not of anybody's books."""


def every_flow(customer: Customer) -> None:
    for name in (INVOICES, FAILED, BILLS, PAYMENTS, WITHDRAWN, EXPENSES, TIME):
        customer.flow(name)


def run_all(customer: Customer) -> None:
    for settings in customer.world.fakes.connections.flows(customer.tenant):
        customer.run(settings.id, full=True)


def seen(customer: Customer) -> set[str]:
    """Each call, with the account, the business and the ids of single records put aside."""
    books = customer.freshbooks
    paths = (
        (method, path.replace(books.account_id, "A").replace(books.business_uuid, "U")) for method, path in books.calls
    )
    told = (f"{method} {path}".replace(f"business/{books.business_id}", "business/B") for method, path in paths)
    return {re.sub(r"/\d+\b", "/N", one) for one in told}


def people_work(customer: Customer, key: str) -> int:
    books = customer.freshbooks
    client = books.desk.add_client(organization="Acme Ltd")["id"]
    invoice = books.desk.add_invoice(customerid=client, amount="250.00")["id"]
    books.desk.autobill(invoice, "failed")
    books.desk.delete(books.desk.invoice_payments, books.desk.pay_invoice(invoice, "10.00")["id"])
    books.desk.pay_invoice(invoice, "100.00")
    books.desk.add_expense(amount="12.00", vendor="Staples", categoryid=books.categories[0]["id"])
    books.add_time_entry(is_logged=True, duration=600, started_at="2026-03-02T08:00:00Z", note=key)
    return a_bill(customer)


def test_whatever_is_done_with_this_pair_freshbooks_is_only_read() -> None:
    pushing = PushingJira(a_customer(oauth=True, webhooks="dynamic"))
    customer, books = pushing.customer, PushingBooks([pushing.customer])
    every_flow(customer)
    bill = people_work(customer, pushing.key)
    run_all(customer)
    books.registered()
    pushing.tend()
    customer.freshbooks.edit_bill(bill, bill_number="NW-2")
    books.send()
    pushing.jira.desk.edit_issue(pushing.key, summary="A person's own words")
    pushing.jira.desk.delete_issue(pushing.key)
    pushing.send()

    services = customer.world.services
    planning = Planning(services.ports, services.catalog, services.systems, pause=lambda wait: None)
    flows = [settings.id for settings in customer.world.fakes.connections.flows(customer.tenant)]
    for flow in flows:
        planning.dry_run(flow)
        rollback = Rollback(services.ports, services.catalog, services.systems)
        rollback.carry_out(rollback.plan(Selection(flows=(flow,))), actor="ann", reason="wrong site")
    customer.world.run_until_settled()
    ask_again(customer, pushing.bills, bill)
    for system in (customer.books, customer.site):
        list(steps_of(services.systems.open(customer.world.fakes.connections.get(system)).probe()))

    called = seen(customer)
    assert called - REGISTERING - SIGNING_IN <= READS
    assert {one for one in called if not one.startswith("GET ")} <= SIGNING_IN | REGISTERING
    assert called >= {one for one in READS if one.endswith(("bills", "bills/N", "time_entries", "invoices"))}
    assert [one for one in customer.freshbooks.writes if "/events/" not in one[1]] == []


def test_without_pushes_there_is_not_one_call_that_writes() -> None:
    customer = a_customer()
    key = str(customer.jira.desk.add_issue(summary="Consulting")["key"])
    every_flow(customer)
    bill = people_work(customer, key)
    run_all(customer)
    customer.freshbooks.edit_bill(bill, bill_number="NW-7790")
    customer.later(hours=13)
    run_all(customer)

    assert len(customer.jira.issues) == 7
    assert {one for one in seen(customer) if not one.startswith("GET ")} == SIGNING_IN
    assert customer.freshbooks.writes == []
