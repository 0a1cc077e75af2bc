"""FreshBooks' own Python SDK against the simulator: a client that we did not write agrees with what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from freshbooks.builders.filter import FilterBuilder
from freshbooks.builders.paginator import PaginateBuilder
from freshbooks.client import Client
from freshbooks.errors import FreshBooksError
from freshbooks.models import VisState

from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.serving import serve

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def simulator() -> FreshBooksSimulator:
    return FreshBooksSimulator(clock=lambda: NOW)


@pytest.fixture
def base_url(simulator: FreshBooksSimulator) -> Iterator[str]:
    with serve(simulator) as url:
        yield url


@pytest.fixture
def client(simulator: FreshBooksSimulator, base_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Signed in as the owner; `FRESHBOOKS_API_URL` is the SDK's own way to be sent elsewhere."""
    monkeypatch.setenv("FRESHBOOKS_API_URL", base_url)
    application, pair = simulator.application, simulator.grant()
    return Client(
        client_id=application.client_id,
        client_secret=application.client_secret,
        redirect_uri=application.redirect_uri,
        access_token=pair["access_token"],
        refresh_token=pair["refresh_token"],
        auto_retry=False,
    )


def a_vendor(**changes: Any) -> dict[str, Any]:
    return {"vendor_name": "Timberyard Ltd", "language": "en", "currency_code": "USD", **changes}


def a_bill(simulator: FreshBooksSimulator, **changes: Any) -> dict[str, Any]:
    line = {
        "categoryid": simulator.categories[0]["categoryid"],
        "description": "Oak boards",
        "quantity": 2,
        "unit_cost": {"amount": "10.50", "code": "USD"},
    }
    bill = {
        "vendorid": simulator.add_vendor(name="Ironworks")["vendorid"],
        "bill_number": "INV-1",
        "issue_date": "2026-03-01",
        "due_offset_days": 14,
        "currency_code": "USD",
        "language": "en",
        "lines": [line],
    }
    return {**bill, **changes}


def test_the_sdk_trades_a_code_for_tokens(client: Any, simulator: FreshBooksSimulator) -> None:
    pair = client.get_access_token(simulator.authorisation_code())

    assert client.current_user().identity_id == simulator.owner_id
    assert pair.access_token_expires_at == datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


def test_the_sdk_refreshes_once_with_each_refresh_token(client: Any) -> None:
    spent = client.refresh_token

    client.refresh_access_token()

    assert client.current_user().email == "owner@hillside.example"
    with pytest.raises(FreshBooksError) as refused:
        client.refresh_access_token(spent)
    assert refused.value.status_code == 400


def test_the_sdk_finds_the_account_in_its_user(client: Any, simulator: FreshBooksSimulator) -> None:
    membership = client.current_user().data["business_memberships"][0]

    assert membership["business"]["account_id"] == simulator.account_id
    assert membership["business"]["business_uuid"] == simulator.business_uuid


def test_the_sdk_creates_and_gets_a_vendor(client: Any, simulator: FreshBooksSimulator) -> None:
    created = client.bill_vendors.create(simulator.account_id, a_vendor())

    found = client.bill_vendors.get(simulator.account_id, created.vendorid)

    assert (found.vendor_name, found.vis_state, found.created_at) == ("Timberyard Ltd", VisState.ACTIVE, NOW)


def test_the_sdk_updates_a_vendor(client: Any, simulator: FreshBooksSimulator) -> None:
    vendor = client.bill_vendors.create(simulator.account_id, a_vendor())

    client.bill_vendors.update(simulator.account_id, vendor.vendorid, {"account_number": "A-17"})

    assert [row["account_number"] for row in simulator.vendors] == ["A-17"]


def test_the_sdk_deletes_a_vendor(client: Any, simulator: FreshBooksSimulator) -> None:
    vendor = client.bill_vendors.create(simulator.account_id, a_vendor())

    client.bill_vendors.delete(simulator.account_id, vendor.vendorid)

    assert len(client.bill_vendors.list(simulator.account_id)) == 0
    assert client.bill_vendors.get(simulator.account_id, vendor.vendorid).vis_state == VisState.DELETED


def test_the_sdk_pages_through_vendors(client: Any, simulator: FreshBooksSimulator) -> None:
    names = {simulator.add_vendor(name=f"Vendor {number}")["vendor_name"] for number in range(5)}

    first = client.bill_vendors.list(simulator.account_id, builders=[PaginateBuilder(1, 3)])
    both = first + client.bill_vendors.list(simulator.account_id, builders=[PaginateBuilder(2, 3)])

    assert (first.pages.pages, first.pages.total) == (2, 5)
    assert {vendor.vendor_name for vendor in both} == names


def test_the_sdk_creates_and_gets_a_bill(client: Any, simulator: FreshBooksSimulator) -> None:
    created = client.bills.create(simulator.account_id, a_bill(simulator))

    found = client.bills.get(simulator.account_id, created.id)

    assert (found.bill_number, found.due_date, found.status) == ("INV-1", date(2026, 3, 15), "unpaid")
    assert (found.total_amount.amount, found.lines[0].category.category) == ("21.00", "Advertising")


def test_the_sdk_updates_a_bill(client: Any, simulator: FreshBooksSimulator) -> None:
    bill = client.bills.create(simulator.account_id, a_bill(simulator))

    changed = client.bills.update(simulator.account_id, bill.id, {"bill_number": "INV-2"})

    assert (changed.bill_number, changed.data["lines"]) == ("INV-2", bill.data["lines"])


def test_the_sdk_deletes_a_bill(client: Any, simulator: FreshBooksSimulator) -> None:
    bill = client.bills.create(simulator.account_id, a_bill(simulator))

    client.bills.delete(simulator.account_id, bill.id)

    assert (simulator.bills, len(simulator.all_bills)) == ([], 1)


def test_the_sdk_filters_bills_by_id_and_by_state(client: Any, simulator: FreshBooksSimulator) -> None:
    kept = client.bills.create(simulator.account_id, a_bill(simulator))
    gone = client.bills.create(simulator.account_id, a_bill(simulator, bill_number="INV-2"))
    client.bills.delete(simulator.account_id, gone.id)

    by_id = client.bills.list(simulator.account_id, builders=[FilterBuilder().in_list("ids", [kept.id, gone.id])])
    deleted = client.bills.list(simulator.account_id, builders=[FilterBuilder().equals("vis_state", 1)])

    assert ([bill.id for bill in by_id], [bill.id for bill in deleted]) == ([kept.id], [gone.id])


def test_the_sdk_pays_a_bill(client: Any, simulator: FreshBooksSimulator) -> None:
    bill = client.bills.create(simulator.account_id, a_bill(simulator))
    payment = {"billid": bill.id, "amount": {"amount": "21.00", "code": "USD"}, "payment_type": "Check"}

    client.bill_payments.create(simulator.account_id, {**payment, "paid_date": "2026-03-02"})

    assert client.bills.get(simulator.account_id, bill.id).status == "paid"
    assert len(client.bill_payments.list(simulator.account_id)) == 1


def test_the_sdk_lists_expense_categories(client: Any, simulator: FreshBooksSimulator) -> None:
    categories = client.expenses_categories.list(simulator.account_id, builders=[PaginateBuilder(1, 100)])

    one = client.expenses_categories.get(simulator.account_id, categories[0].id)

    assert len(categories) == len(simulator.categories)
    assert (one.category, one.parentid) == (categories[0].category, categories[0].parentid)


def test_the_sdk_lists_creates_and_updates_ledger_accounts(client: Any, simulator: FreshBooksSimulator) -> None:
    accounts = client.ledger_accounts.list(simulator.business_uuid)
    parent = next(row for row in accounts.data["accounts"] if row["name"] == "Accounts Payable")
    sent = {"name": "Trade creditors", "sub_type": parent["sub_type"], "parent_account": parent["uuid"]}

    created = client.ledger_accounts.create(simulator.business_uuid, sent)
    client.ledger_accounts.update(simulator.business_uuid, created.uuid, {"name": "Creditors"})

    assert client.ledger_accounts.get(simulator.business_uuid, created.uuid).name == "Creditors"
    assert (created.number, created.type) == ("2000-1", "liability")


def test_the_sdk_lists_taxes(client: Any, simulator: FreshBooksSimulator) -> None:
    assert {tax.name for tax in client.taxes.list(simulator.account_id)} == {"GST", "HST"}


def test_the_sdk_creates_an_expense(client: Any, simulator: FreshBooksSimulator) -> None:
    category = simulator.categories[0]["categoryid"]
    sent = {"categoryid": category, "staffid": 1, "date": "2026-03-01", "amount": {"amount": "9.99", "code": "USD"}}

    expense = client.expenses.create(simulator.account_id, sent)

    assert client.expenses.get(simulator.account_id, expense.id).amount.amount == "9.99"


def test_the_sdk_creates_lists_and_deletes_time_entries(client: Any, simulator: FreshBooksSimulator) -> None:
    sent = {"is_logged": True, "duration": 900, "note": "PROJ-12", "started_at": "2026-03-02T09:00:00Z"}
    entry = client.time_entries.create(simulator.business_id, sent)

    listed = [row.note for row in client.time_entries.list(simulator.business_id)]
    client.time_entries.delete(simulator.business_id, entry.id)

    assert (listed, len(client.time_entries.list(simulator.business_id))) == (["PROJ-12"], 0)


def test_the_sdk_reads_the_old_error_shape(client: Any, simulator: FreshBooksSimulator) -> None:
    with pytest.raises(FreshBooksError) as refused:
        client.bills.create(simulator.account_id, a_bill(simulator, status="paid"))

    assert (refused.value.status_code, refused.value.error_code) == (403, 1038)


def test_the_sdk_reads_the_ledgers_error_shape(client: Any, simulator: FreshBooksSimulator) -> None:
    with pytest.raises(FreshBooksError) as refused:
        client.ledger_accounts.create(simulator.business_uuid, {"sub_type": "Equity", "parent_account": "x"})

    assert (refused.value.status_code, str(refused.value)) == (400, "name: name is required.")


def test_the_sdk_does_not_notice_an_error_that_comes_with_http_200(client: Any, simulator: FreshBooksSimulator) -> None:
    """Why success is read from status and body alike: the SDK takes a gated list for an empty one."""
    simulator.turn(gated=frozenset({"bills"}))

    answer = client.bills.list(simulator.account_id)

    assert answer.data["response"]["errors"][0]["errno"] == 41_001
    assert len(answer) == 0


def test_the_sdk_writes_an_invoice_takes_its_payment_and_deletes_it(
    client: Any, simulator: FreshBooksSimulator
) -> None:
    customer = client.clients.create(simulator.account_id, {"organization": "Northwind"})
    line = {"name": "Boards", "qty": 2, "unit_cost": {"amount": "10.50", "code": "USD"}}
    sent = {"customerid": customer.id, "create_date": "2026-03-01", "lines": [line]}
    invoice = client.invoices.create(simulator.account_id, sent)
    paid = {"invoiceid": invoice.id, "date": "2026-03-02", "amount": {"amount": "21.00", "code": "USD"}}

    payment = client.payments.create(simulator.account_id, paid)
    after = client.invoices.get(simulator.account_id, invoice.id)
    client.payments.delete(simulator.account_id, payment.logid)
    client.invoices.delete(simulator.account_id, invoice.id)

    assert (after.v3_status, after.outstanding.amount, after.lines[0].amount.amount) == ("paid", "0.00", "21.00")
    assert len(client.invoices.list(simulator.account_id)) == len(client.payments.list(simulator.account_id)) == 0


def test_the_sdk_reads_projects_and_tasks(client: Any, simulator: FreshBooksSimulator) -> None:
    project = simulator.add_project(title="Roof")
    client.tasks.create(simulator.account_id, {"name": "Joinery"})

    assert client.projects.get(simulator.business_id, project["id"]).title == "Roof"
    assert [task.name for task in client.tasks.list(simulator.account_id)] == ["Joinery"]
