"""Invoices, payments and expenses of FreshBooks become Jira's issues (FI1), and the people of FI3 with them."""

from __future__ import annotations

import pytest

from ml_connector.connectors.jira.adf import plain
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.records.kinds import ReferenceKind
from tests.freshbooks_jira import EXPENSES, FAILED, INVOICES, PAYMENTS, WITHDRAWN, Customer, a_customer


def an_invoice(customer: Customer, **fields: object) -> tuple[int, int]:
    """The client's id and the invoice's."""
    client = customer.freshbooks.desk.add_client(organization="Acme Ltd")["id"]
    invoice = customer.freshbooks.desk.add_invoice(
        customerid=client, amount="250.00", invoice_number="0000042", **fields
    )
    return int(client), int(invoice["id"])


def summaries(customer: Customer) -> list[str]:
    return sorted(issue["fields"]["summary"] for issue in customer.jira.issues)


def codes(customer: Customer, flow: FlowId, external_id: object) -> list[str]:
    return [reason.code for reason in customer.row(flow, external_id).reasons]


def test_an_invoice_becomes_an_issue_with_its_client_its_lines_and_the_way_back() -> None:
    customer = a_customer()
    invoices = customer.flow(INVOICES)
    _, invoice = an_invoice(customer)

    customer.run(invoices)

    issue = customer.issue_of(invoices, invoice)
    told = plain(issue["fields"]["description"])
    assert issue["fields"]["summary"] == "Invoice 0000042 to Acme Ltd: 250.00 USD"
    assert "Client: Acme Ltd" in told
    assert "Line: Work (250.00 USD)" in told
    assert f"freshbooks.com/#/invoice/{invoice}" in str(issue["fields"]["description"])


def test_an_invoice_that_is_deleted_is_told_on_its_issue_or_takes_it_back() -> None:
    telling, voiding = a_customer(), a_customer()
    flows = [telling.flow(INVOICES), voiding.flow(INVOICES, on_deleted="void")]
    made = [an_invoice(customer)[1] for customer in (telling, voiding)]
    for customer, flow, invoice in zip((telling, voiding), flows, made, strict=True):
        customer.run(flow)
        customer.freshbooks.desk.delete(customer.freshbooks.desk.invoices, invoice)
        customer.later(hours=1)
        customer.run(flow)

    assert "deleted in FreshBooks" in plain(telling.issue_of(flows[0], made[0])["fields"]["description"])
    assert voiding.jira.issues == []
    assert voiding.row(flows[1], made[1]).state is State.REVERSED


def test_where_nothing_may_be_deleted_a_withdrawn_issue_says_so_once() -> None:
    customer = a_customer()
    customer.jira.desk.withhold("DELETE_ISSUES", "FIN")
    invoices = customer.flow(INVOICES, on_deleted="void")
    _, invoice = an_invoice(customer)
    customer.run(invoices)

    customer.freshbooks.desk.delete(customer.freshbooks.desk.invoices, invoice)
    customer.later(hours=1)
    customer.run(invoices)
    customer.run(invoices, full=True)

    (issue,) = customer.jira.issues
    assert len(issue["comments"]) == 1
    assert issue["properties"]["ml-connector"]["withdrawn"] is True
    assert customer.row(invoices, invoice).state is State.REVERSED


def test_a_payment_names_its_invoice_and_one_that_is_deleted_later_gets_an_issue_of_its_own() -> None:
    customer = a_customer()
    received, withdrawn = customer.flow(PAYMENTS, on_deleted="leave"), customer.flow(WITHDRAWN)
    _, invoice = an_invoice(customer)
    payment = customer.freshbooks.desk.pay_invoice(invoice, "100.00", type="Check")["id"]
    customer.run(received)
    customer.run(withdrawn)
    before = summaries(customer), codes(customer, withdrawn, payment)

    customer.freshbooks.desk.delete(customer.freshbooks.desk.invoice_payments, payment)
    customer.later(hours=1)
    customer.run(received)
    customer.run(withdrawn)

    assert before == (["Payment received: 100.00 USD from Acme Ltd for invoice 0000042"], ["not_withdrawn"])
    assert summaries(customer)[1] == "Payment withdrawn: 100.00 USD from Acme Ltd for invoice 0000042"


def test_an_automatic_payment_that_failed_gets_one_issue() -> None:
    customer = a_customer()
    failed = customer.flow(FAILED)
    _, invoice = an_invoice(customer)
    customer.run(failed)
    before = codes(customer, failed, invoice)

    customer.freshbooks.desk.autobill(invoice, "failed")
    customer.later(hours=1)
    customer.run(failed)

    assert before == ["not_failed"]
    assert summaries(customer) == ["Payment failed: invoice 0000042 to Acme Ltd: 250.00 USD"]


def test_an_expense_becomes_an_issue_with_its_category() -> None:
    customer = a_customer()
    expenses = customer.flow(EXPENSES)
    category = customer.freshbooks.categories[0]
    customer.freshbooks.desk.add_expense(amount="12.00", vendor="Staples", categoryid=category["id"])

    customer.run(expenses)

    assert summaries(customer) == [f"Expense: 12.00 USD at Staples ({category['category']})"]


def test_what_is_older_than_the_first_day_gets_no_issue() -> None:
    customer = a_customer()
    invoices = customer.flow(INVOICES, since="2026-03-02")
    _, old = an_invoice(customer, create_date="2026-03-01")
    _, new = an_invoice(customer, create_date="2026-03-02")

    customer.run(invoices)

    assert codes(customer, invoices, old) == ["before_start"]
    assert customer.row(invoices, new).state is State.POSTED


@pytest.mark.parametrize("role", ["reporter", "assignee"])
def test_a_mapped_client_is_the_issues_person(role: str) -> None:
    customer = a_customer()
    invoices = customer.flow(INVOICES, party=role)
    olive = next(user for user in customer.jira.site.users.values() if user.name == "Olive Marsh")
    client, invoice = an_invoice(customer)
    customer.map(ReferenceKind.PERSON, f"client:{client}", olive.account_id)

    customer.run(invoices)

    assert customer.issue_of(invoices, invoice)["fields"][role]["accountId"] == olive.account_id


def test_a_client_that_is_named_like_a_component_gets_it_and_one_that_is_not_mapped_gets_none() -> None:
    customer = a_customer()
    customer.jira.desk.add_component("FIN", "Acme")
    invoices = customer.flow(INVOICES, party="component")
    _, invoice = an_invoice(customer)
    stranger = customer.freshbooks.desk.add_client(organization="Quite Another")["id"]
    other = customer.freshbooks.desk.add_invoice(customerid=stranger)["id"]

    customer.run(invoices)

    assert [each["name"] for each in customer.issue_of(invoices, invoice)["fields"]["components"]] == ["Acme"]
    assert customer.issue_of(invoices, other)["fields"]["components"] == []


def test_a_client_mapped_to_somebody_who_left_is_held() -> None:
    customer = a_customer()
    invoices = customer.flow(INVOICES, party="assignee")
    client, invoice = an_invoice(customer)
    customer.map(ReferenceKind.PERSON, f"client:{client}", "nobody")

    customer.run(invoices)

    assert codes(customer, invoices, invoice) == ["person_ambiguous"]


def test_an_issue_is_left_as_it_was_made_where_the_tenant_wants_it_so() -> None:
    customer = a_customer()
    invoices = customer.flow(INVOICES, on_changed="leave")
    _, invoice = an_invoice(customer)
    customer.run(invoices)

    customer.freshbooks.desk.edit(customer.freshbooks.desk.invoices, invoice, {"invoice_number": "0000043"})
    customer.later(hours=1)
    customer.run(invoices)

    assert summaries(customer) == ["Invoice 0000042 to Acme Ltd: 250.00 USD"]
    assert customer.row(invoices, invoice).state is State.POSTED
