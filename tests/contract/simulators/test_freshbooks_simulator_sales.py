"""The FreshBooks simulator's other half: clients, invoices, their payments, expenses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.freshbooks.caller import Caller, body_of, refusal_in
from tests.simulators.serving import Response

CLIENTS, INVOICES, PAYMENTS, TASKS = "users/clients", "invoices/invoices", "payments/payments", "projects/tasks"


def result_of(response: Response, kind: str) -> dict[str, Any]:
    assert response.status == 200
    return dict(body_of(response)["response"]["result"][kind])


def a_client(caller: Caller, **fields: Any) -> int:
    return int(caller.simulator.desk.add_client(organization="Northwind", **fields)["userid"])


def an_invoice(caller: Caller, **fields: Any) -> dict[str, Any]:
    return caller.simulator.desk.add_invoice(customerid=a_client(caller), **fields)


def read(caller: Caller, invoice_id: int) -> dict[str, Any]:
    return result_of(caller.account("GET", f"{INVOICES}/{invoice_id}"), "invoice")


def standing(caller: Caller, invoice_id: int) -> tuple[int, str, str, str]:
    row = read(caller, invoice_id)
    return row["status"], row["v3_status"], row["payment_status"], row["outstanding"]["amount"]


def happened(caller: Caller, noun: str) -> list[str]:
    return [name for name, _ in caller.simulator.books.events if name.startswith(f"{noun}.")]


def test_a_client_is_made_with_any_one_name() -> None:
    caller = Caller()

    made = result_of(caller.account("POST", CLIENTS, body={"client": {"email": "ap@northwind.example"}}), "client")
    refused = caller.account("POST", CLIENTS, body={"client": {"note": "nobody"}})

    assert made["id"] == made["userid"]
    assert refusal_in(refused)[0] == 422


def test_clients_are_found_by_what_works_and_all_of_them_by_what_does_not() -> None:
    caller = Caller()
    for name in ("Northwind", "Southwind", "Acme"):
        caller.simulator.desk.add_client(organization=name)

    def found(field: str, value: str) -> list[str]:
        return sorted(row["organization"] for row in caller.rows(CLIENTS, (f"search[{field}]", value)))

    assert found("organization_like", "WIND") == ["Northwind", "Southwind"]
    assert found("organization", "Acme") == ["Acme", "Northwind", "Southwind"]


def test_an_invoice_keeps_the_name_of_its_day_and_knows_the_one_of_today() -> None:
    caller = Caller()
    invoice = an_invoice(caller, amount="375.00")

    caller.account("PUT", f"{CLIENTS}/{invoice['customerid']}", body={"client": {"organization": "Nordwind"}})

    row = read(caller, invoice["id"])
    assert (row["organization"], row["current_organization"]) == ("Northwind", "Nordwind")
    assert (row["amount"], row["due_date"]) == ({"amount": "375.00", "code": "USD"}, "2026-04-01")


def test_an_invoice_adds_up_with_discount_and_taxes() -> None:
    caller = Caller()
    line = {"name": "Boards", "qty": "3", "unit_cost": {"amount": "10.00", "code": "USD"}}
    lines = [{**line, "taxName1": "HST", "taxAmount1": "13"}, line]

    invoice = an_invoice(caller, discount_value="10", lines=lines)

    assert invoice["amount"]["amount"] == "57.51"  # 27.00 + 3.51 + 27.00


def test_payments_make_an_invoice_partial_then_paid_and_a_deleted_one_takes_it_back() -> None:
    caller = Caller()
    invoice_id = an_invoice(caller)["id"]
    seen = [standing(caller, invoice_id)]

    for amount in ("40.00", "60.00"):
        payment = caller.simulator.desk.pay_invoice(invoice_id, amount)
        seen.append(standing(caller, invoice_id))
    caller.account("PUT", f"{PAYMENTS}/{payment['logid']}", body={"payment": {"vis_state": 1}})

    assert seen == [
        (2, "sent", "unpaid", "100.00"),
        (8, "partial", "partial", "60.00"),
        (4, "paid", "paid", "0.00"),
    ]
    assert standing(caller, invoice_id) == seen[1]
    assert happened(caller, "payment") == ["payment.create", "payment.create", "payment.delete"]


def test_a_payment_has_no_status() -> None:
    caller = Caller()
    invoice = an_invoice(caller)
    sent = {"invoiceid": invoice["id"], "date": "2026-03-02", "amount": {"amount": "40.00", "code": "USD"}}

    payment = result_of(caller.account("POST", PAYMENTS, body={"payment": {**sent, "type": "Check"}}), "payment")

    assert "status" not in payment
    assert (payment["clientid"], payment["type"]) == (invoice["customerid"], "Check")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"invoiceid": 1}, "invoiceid"),
        ({"amount": {"amount": "-1", "code": "USD"}}, "amount"),
        ({"amount": {"amount": "1", "code": "EUR"}}, "amount"),
        ({"date": "today"}, "date"),
        ({"type": "Barter"}, "type"),
    ],
)
def test_a_payment_that_is_wrong_is_refused(changes: dict[str, Any], field: str) -> None:
    caller = Caller()
    sent = {"invoiceid": an_invoice(caller)["id"], "date": "2026-03-02", "amount": {"amount": "40", "code": "USD"}}

    refused = caller.account("POST", PAYMENTS, body={"payment": {**sent, **changes}})

    assert (refusal_in(refused)[0], refusal_in(refused)[2]) == (422, field)


@pytest.mark.parametrize(("outcome", "status"), [("failed", (7, "failed")), ("retry", (6, "retry"))])
def test_a_card_that_was_refused_shows_on_the_invoice(outcome: str, status: tuple[int, str]) -> None:
    caller = Caller()
    invoice_id = an_invoice(caller, auto_bill=True)["id"]

    caller.simulator.desk.autobill(invoice_id, outcome)

    assert standing(caller, invoice_id)[:2] == status
    assert read(caller, invoice_id)["autobill_status"] == outcome
    assert happened(caller, "invoice") == ["invoice.create", "invoice.update"]


def test_an_invoice_falls_overdue() -> None:
    caller = Caller()
    invoice_id = an_invoice(caller)["id"]

    caller.clock.pass_time(days=31)
    caller.pair = caller.simulator.grant()

    assert standing(caller, invoice_id)[:2] == (2, "overdue")


@pytest.mark.parametrize(("status", "errno"), [(4, 1004), ("sent", 1015)])
def test_what_follows_from_payments_cannot_be_set(status: Any, errno: int) -> None:
    caller = Caller()
    invoice_id = an_invoice(caller)["id"]

    refused = caller.account("PUT", f"{INVOICES}/{invoice_id}", body={"invoice": {"status": status}})

    assert refusal_in(refused) == (422, errno, "status")


def test_an_invoice_that_is_sent_is_told_of_by_its_own_event() -> None:
    caller = Caller()
    invoice_id = an_invoice(caller, status=1)["id"]

    caller.account("PUT", f"{INVOICES}/{invoice_id}", body={"invoice": {"action_email": True}})

    assert read(caller, invoice_id)["v3_status"] == "sent"
    assert happened(caller, "invoice") == ["invoice.create", "invoice.sendByEmail", "invoice.update"]


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_an_invoice_is_deleted_either_way(method: str) -> None:
    caller = Caller()
    invoice_id = an_invoice(caller)["id"]
    body = {"invoice": {"vis_state": 1}} if method == "PUT" else None

    response = caller.account(method, f"{INVOICES}/{invoice_id}", body=body)

    assert (response.status, caller.rows(INVOICES), read(caller, invoice_id)["vis_state"]) == (200, [], 1)
    assert happened(caller, "invoice") == ["invoice.create", "invoice.delete"]
    assert [row["id"] for row in caller.rows(INVOICES, ("search[vis_state]", "1"))] == [invoice_id]


def test_only_invoices_can_be_deleted_by_that_method() -> None:
    caller = Caller()

    assert caller.account("DELETE", f"{CLIENTS}/{a_client(caller)}").status == 404


def test_a_listed_invoice_has_lines_where_they_are_asked_for() -> None:
    caller = Caller()
    an_invoice(caller)

    bare, whole = caller.rows(INVOICES), caller.rows(INVOICES, ("include[]", "lines"))

    assert ["lines" in rows[0] for rows in (bare, whole)] == [False, True]


def test_invoices_are_found_by_change_and_by_standing_and_sorted_by_one_field() -> None:
    caller = Caller()
    old = an_invoice(caller, create_date="2026-03-01")["id"]
    caller.clock.pass_time(days=5)
    caller.pair = caller.simulator.grant()
    new = an_invoice(caller, create_date="2026-02-01")["id"]
    caller.simulator.desk.pay_invoice(new, "100.00")

    def found(*query: tuple[str, str]) -> list[int]:
        return [row["id"] for row in caller.rows(INVOICES, *query)]

    assert found(("search[updated_min]", "2026-03-06")) == [new]
    assert (found(("search[paid]", "true")), found(("search[outstanding]", "true"))) == ([new], [old])
    assert found(("search[status]", "4")) == [new, old]
    assert found(("sort", "invoice_date_desc")) == [old, new]
    assert found(("sort", "updated_asc")) == [new, old]


def test_a_client_owes_what_the_invoices_leave() -> None:
    caller = Caller()
    invoice = an_invoice(caller)
    caller.simulator.desk.pay_invoice(invoice["id"], "40.00")

    client = result_of(caller.account("GET", f"{CLIENTS}/{invoice['customerid']}"), "client")

    assert client["outstanding_balance"] == [{"amount": {"amount": "60.00", "code": "USD"}}]


def test_an_expense_stands_as_its_invoice_does() -> None:
    caller = Caller()
    desk, invoice = caller.simulator.desk, an_invoice(caller)
    ours = desk.add_expense(amount="9.99")
    theirs = desk.add_expense(amount="9.99", clientid=invoice["customerid"])
    billed = desk.add_expense(amount="9.99", clientid=invoice["customerid"], invoiceid=invoice["id"])

    def status(expense: dict[str, Any]) -> int:
        return int(result_of(caller.account("GET", f"expenses/expenses/{expense['id']}"), "expense")["status"])

    assert [status(each) for each in (ours, theirs, billed)] == [0, 1, 2]
    desk.pay_invoice(invoice["id"], "100.00")
    assert status(billed) == 4
    assert happened(caller, "expense") == ["expense.create"] * 3
