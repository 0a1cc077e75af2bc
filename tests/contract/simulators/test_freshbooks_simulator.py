"""The rules of the FreshBooks simulator: its bills, vendors, categories and accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.freshbooks.caller import BILLS, PAYMENTS, VENDORS, Caller, bill_in, body_of, refusal_in


def test_a_created_bill_is_priced_by_freshbooks() -> None:
    bill = Caller().created()

    assert (bill["total_amount"], bill["outstanding"]["amount"]) == ({"amount": "21.00", "code": "USD"}, "21.00")
    assert (bill["status"], bill["due_date"], bill["lines"][0]["quantity"]) == ("unpaid", "2026-03-15", "2")


def test_a_compounded_second_tax_is_taken_on_the_first() -> None:
    caller = Caller()
    cost = {"amount": "100", "code": "USD"}
    line = caller.a_line(quantity=1, unit_cost=cost, tax_percent1="10", tax_percent2="5", compounded_tax=True)

    bill = caller.created(lines=[line])

    assert (bill["amount"]["amount"], bill["tax_amount"]["amount"]) == ("100.00", "15.50")


@pytest.mark.parametrize(
    "field", ["vendorid", "issue_date", "due_offset_days", "currency_code", "language", "lines"], ids=str
)
def test_a_bill_needs(field: str) -> None:
    caller = Caller()
    sent = caller.a_bill()
    del sent["bill"][field]

    assert refusal_in(caller.account("POST", BILLS, body=sent)) == (422, 1001, field)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"due_date": "2026-03-15"}, (403, 1038, "due_date")),
        ({"status": "paid"}, (403, 1038, "status")),
        ({"language": ""}, (422, 1001, "language")),
        ({"issue_date": "01/03/2026"}, (422, 1033, "issue_date")),
        ({"currency_code": "dollars"}, (422, 1004, "currency_code")),
        ({"vendorid": 999_999}, (422, 1012, "vendorid")),
        ({"lines": []}, (422, 1001, "lines")),
    ],
    ids=["due date", "status", "empty language", "date", "currency", "vendor", "no lines"],
)
def test_a_bill_is_refused_for(changes: dict[str, Any], refused: tuple[int, int, str]) -> None:
    assert refusal_in(Caller().create_bill(**changes)) == refused


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"categoryid": None}, (422, 1001, "categoryid")),
        ({"categoryid": 1}, (422, 1012, "categoryid")),
        ({"categoryid": "0e2f-not-a-number"}, (422, 1006, "categoryid")),
        ({"amount": {"amount": "21.00", "code": "USD"}}, (403, 1038, "amount")),
        ({"unit_cost": 10.5}, (422, 1006, "unit_cost")),
        ({"unit_cost": {"amount": "10.50", "code": "EUR"}}, (422, 1004, "unit_cost")),
    ],
    ids=["no category", "unknown category", "ledger uuid", "computed", "bare number", "other currency"],
)
def test_a_line_is_refused_for(changes: dict[str, Any], refused: tuple[int, int, str]) -> None:
    caller = Caller()

    assert refusal_in(caller.create_bill(lines=[caller.a_line(**changes)])) == refused


def test_a_deleted_vendor_cannot_be_billed() -> None:
    caller = Caller()
    caller.simulator.edit_vendor(caller.vendor_id, vis_state=1)

    assert refusal_in(caller.create_bill()) == (422, 1011, "vendorid")


@pytest.mark.parametrize(("allowed", "status"), [(True, 200), (False, 422)], ids=["accepted", "refused"])
def test_a_negative_line_by_switch(allowed: bool, status: int) -> None:
    caller = Caller(negative_unit_cost=allowed)
    discount = caller.a_line(quantity=1, unit_cost={"amount": "-1.00", "code": "USD"})

    assert caller.create_bill(lines=[caller.a_line(), discount]).status == status


@pytest.mark.parametrize(
    ("rule", "status"), [("no", 200), ("per vendor", 422), ("everywhere", 422)], ids=["no", "per vendor", "everywhere"]
)
def test_a_second_bill_of_the_same_number_by_switch(rule: str, status: int) -> None:
    caller = Caller(bill_number_unique=rule)
    caller.create_bill()

    assert caller.create_bill().status == status


def test_an_update_leaves_alone_what_it_does_not_name() -> None:
    caller = Caller()
    before = caller.created()
    caller.clock.pass_time(hours=1)

    after = bill_in(caller.edit(before["id"], bill_number="INV-2"))

    assert {name for name in after if after[name] != before[name]} == {"bill_number", "updated_at"}


@pytest.mark.parametrize(("rule", "totals"), [("replace", ["1.00"]), ("merge", ["21.00", "1.00"])], ids=str)
def test_lines_in_an_update_replace_or_merge_by_switch(rule: str, totals: list[str]) -> None:
    caller = Caller(lines_update=rule)
    bill_id = caller.created(lines=[caller.a_line(), caller.a_line()])["id"]
    change = {"list_index": 2, "categoryid": caller.category_id, "quantity": 1, "unit_cost": {"amount": "1"}}

    bill = bill_in(caller.edit(bill_id, lines=[change]))

    assert [line["amount"]["amount"] for line in bill["lines"]] == totals


def test_a_deleted_bill_leaves_the_list_but_can_be_asked_for() -> None:
    caller = Caller()
    bill_id = caller.created()["id"]

    caller.edit(bill_id, vis_state=1)

    assert caller.rows(BILLS) == []
    assert [row["id"] for row in caller.rows(BILLS, ("search[vis_state]", "1"))] == [bill_id]
    assert bill_in(caller.account("GET", f"{BILLS}/{bill_id}"))["vis_state"] == 1


def test_a_deleted_bill_is_refused_by_switch() -> None:
    caller = Caller(deleted_read="refused")
    bill_id = caller.created()["id"]

    caller.simulator.delete_bill(bill_id)

    assert refusal_in(caller.account("GET", f"{BILLS}/{bill_id}"))[:2] == (404, 1011)


def test_a_payment_moves_the_bill_from_partial_to_paid() -> None:
    caller = Caller()
    bill_id = caller.created()["id"]
    first = {"bill_payment": {"billid": bill_id, "amount": {"amount": "1.00", "code": "USD"}, "payment_type": "Check"}}

    caller.account("POST", PAYMENTS, body=first)
    partial = bill_in(caller.account("GET", f"{BILLS}/{bill_id}"))
    caller.simulator.pay_bill(bill_id, "20.00")

    assert (partial["status"], partial["outstanding"]["amount"]) == ("partial", "20.00")
    assert [bill["status"] for bill in caller.simulator.bills] == ["paid"]


def test_a_payment_type_must_be_spelled_as_freshbooks_does() -> None:
    caller = Caller()
    payment = {"billid": caller.created()["id"], "amount": {"amount": "1", "code": "USD"}, "payment_type": "check"}

    refused = refusal_in(caller.account("POST", PAYMENTS, body={"bill_payment": payment}))

    assert refused == (422, 1004, "payment_type")


def test_a_paid_bill_keeps_its_amount() -> None:
    caller = Caller()
    bill_id = caller.created()["id"]
    caller.simulator.pay_bill(bill_id, "21.00")

    assert refusal_in(caller.edit(bill_id, lines=[caller.a_line(quantity=3)])) == (422, 1004, "lines")
    assert caller.edit(bill_id, bill_number="INV-1a").status == 200


def test_an_unpaid_bill_is_overdue_after_its_due_date() -> None:
    caller = Caller()
    caller.create_bill()

    caller.clock.pass_time(days=14)

    assert [bill["status"] for bill in caller.simulator.bills] == ["overdue"]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"vendor_name": None}, (422, 1001, "vendor_name")),
        ({"language": ""}, (422, 1001, "language")),
        ({"vendorid": 5}, (403, 1038, "vendorid")),
        ({"vendor_name": "timberyard ltd"}, (422, 1004, "vendor_name")),
    ],
    ids=["name", "language", "read-only", "name taken"],
)
def test_a_vendor_is_refused_for(changes: dict[str, Any], refused: tuple[int, int, str]) -> None:
    vendor = {"vendor_name": "Ironworks", "language": "en", "currency_code": "USD", **changes}

    response = Caller(vendor_name_unique=True).account("POST", VENDORS, body={"bill_vendor": vendor})

    assert refusal_in(response) == refused


def test_what_is_owed_shows_in_the_vendor() -> None:
    caller = Caller()
    caller.create_bill()

    vendor = caller.rows(VENDORS)[0]

    assert vendor["outstanding_balance"] == [{"amount": {"amount": "21.00", "code": "USD"}}]


def test_a_category_cannot_be_made_through_the_api() -> None:
    assert Caller().account("POST", "expenses/categories", body={"category": {"category": "Bribes"}}).status == 404


def test_the_chart_links_its_expense_accounts_to_categories() -> None:
    caller = Caller()
    path = f"/accounting/businesses/{caller.simulator.business_uuid}/ledger_accounts/accounts"

    accounts = body_of(caller.call("GET", path))["data"]

    linked = {account["category_id"] for account in accounts if account["type"] == "expense"}
    assert linked == {category["id"] for category in caller.simulator.categories}
    assert {account["category_id"] for account in accounts if account["type"] == "liability"} == {None}


def test_the_ledger_has_an_error_shape_of_its_own() -> None:
    caller = Caller()
    path = f"/accounting/businesses/{caller.simulator.business_uuid}/ledger_accounts/accounts"

    response = caller.call("POST", path, body={"sub_type": "Operating Expense", "parent_account": "x"})

    assert (response.status, body_of(response)["errors"]["details"][0]["metadata"]["field"]) == (400, "name")


def test_time_entries_have_an_error_shape_of_their_own() -> None:
    caller = Caller()
    path = f"/timetracking/business/{caller.simulator.business_id}/time_entries"

    unnamed = caller.call("POST", path, body={"time_entry": {"is_logged": True, "duration": 60}})
    bare_date = caller.call("GET", path, query=[("updated_since", "2026-03-01")])

    assert body_of(unnamed) == {"errno": 2001, "error": {"started_at": "field required"}}
    assert bare_date.status == 422
