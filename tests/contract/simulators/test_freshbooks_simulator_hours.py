"""The FreshBooks simulator's hours, timers, projects and tasks; and how sales are told and kept."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.simulators.freshbooks.caller import Caller, body_of
from tests.simulators.freshbooks.control import Controlled
from tests.simulators.serving import Request, Response

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


def happened(caller: Caller, noun: str) -> list[str]:
    return [name for name, _ in caller.simulator.books.events if name.startswith(f"{noun}.")]


def hours(caller: Caller, *query: tuple[str, str]) -> list[dict[str, Any]]:
    path = f"/timetracking/business/{caller.simulator.business_id}/time_entries"
    return list(body_of(caller.call("GET", path, query=query))["time_entries"])


def test_a_running_timer_has_no_duration_and_is_listed_where_asked_for() -> None:
    caller = Caller()
    work = caller.simulator.desk.time_tracking
    entry = work.start_timer(identity_id=caller.simulator.owner_id, note="FIN-1")

    running = hours(caller, ("include_unlogged", "true"))
    caller.clock.pass_time(minutes=90)
    work.stop_timer(entry["id"])

    assert (hours(caller)[0]["duration"], hours(caller)[0]["timer"]) == (5_400, None)
    assert (running[0]["is_logged"], running[0]["duration"], running[0]["timer"]["is_running"]) == (False, None, True)
    assert happened(caller, "time_entry") == ["time_entry.create", "time_entry.update"]


def test_a_running_timer_is_not_listed_otherwise() -> None:
    caller = Caller()

    caller.simulator.desk.time_tracking.start_timer(identity_id=caller.simulator.owner_id)

    assert hours(caller) == []


def test_a_deleted_entry_is_told_of_and_listed_where_asked_for() -> None:
    caller = Caller()
    entry = caller.simulator.add_time_entry(note="FIN-1", project_id=7)
    work = caller.simulator.desk.time_tracking

    edited = work.edit_entry(entry["id"], duration=60)
    work.delete_entry(entry["id"])

    assert (edited["note"], edited["project_id"]) == ("FIN-1", 7)
    assert (hours(caller), [row["active"] for row in hours(caller, ("include_deleted", "true"))]) == ([], [False])
    assert happened(caller, "time_entry") == ["time_entry.create", "time_entry.update", "time_entry.delete"]


def test_projects_are_filtered_and_told_of() -> None:
    caller = Caller()
    work = caller.simulator.desk.time_tracking
    first, second = (caller.simulator.add_project(title=title, client_id=7)["id"] for title in ("Roof", "Shed"))
    work.edit_project(first, complete=True)
    path = f"/projects/business/{caller.simulator.business_id}/projects"

    def found(**query: str) -> list[int]:
        return [row["id"] for row in body_of(caller.call("GET", path, query=list(query.items())))["projects"]]

    assert (found(complete="true"), found(complete="false"), found(client_id="8")) == ([first], [second], [])
    assert found(title="Roof") == [first, second]
    assert happened(caller, "project") == ["project.create", "project.create", "project.update"]


def test_tasks_belong_to_accounting() -> None:
    caller = Caller()

    task = result_of(caller.account("POST", TASKS, body={"task": {"name": "Joinery"}}), "task")

    assert [row["name"] for row in caller.rows(TASKS)] == [task["name"]]
    assert task["rate"] == {"amount": "0.00", "code": "USD"}


@pytest.mark.parametrize("path", [CLIENTS, INVOICES, PAYMENTS])
def test_each_kind_takes_its_own_scope(path: str) -> None:
    caller = Caller()
    caller.pair = caller.simulator.grant(scopes=("user:bills:read",))

    assert caller.account("GET", path).status == 403


def test_sales_are_made_by_the_back_door_and_kept_in_the_state() -> None:
    caller = Caller()
    controlled = Controlled(caller.simulator)

    def post(name: str, **body: Any) -> Any:
        request = Request(method="POST", path=f"/_control/{name}", body=json.dumps(body).encode())
        return body_of(controlled.handle(request))

    client = post("add_client", organization="Northwind")
    invoice = post("add_invoice", customerid=client["id"], amount="10.00")
    post("pay_invoice", invoice_id=invoice["id"], amount="10.00")
    post("edit_invoice", invoice_id=invoice["id"], notes="thanks")
    entry = post("start_timer", note="FIN-1")
    post("stop_timer", time_entry_id=entry["id"])

    other = Caller()
    other.simulator.restore(json.loads(json.dumps(caller.simulator.snapshot())))
    row = read(other, invoice["id"])
    assert (row["v3_status"], row["notes"]) == ("paid", "thanks")
    assert len(hours(other)) == 1


@pytest.mark.parametrize("noun", ["invoice", "client", "payment", "expense", "time_entry", "project"])
def test_what_happens_is_delivered_to_who_listens(noun: str) -> None:
    caller = Caller()
    simulator, heard = caller.simulator, []
    simulator.deliveries.post = lambda uri, headers, body: heard.append(body) or 200  # type: ignore[func-returns-value]
    callbacks = f"/events/account/{simulator.account_id}/events/callbacks"
    sent = {"callback": {"event": f"{noun}.create", "uri": "https://connector.example/in"}}
    made = result_of(caller.call("POST", callbacks, body=sent), "callback")
    verifier = simulator.callbacks.all()[0].verifier
    caller.call("PUT", f"{callbacks}/{made['id']}", body={"callback": {"verifier": verifier}})

    simulator.desk.pay_invoice(an_invoice(caller)["id"], "40.00")
    simulator.desk.add_expense(amount="9.99")
    simulator.add_time_entry(project_id=simulator.add_project(title="Roof")["id"])
    simulator.send_events()

    events = [dict(parse_qsl(body.decode()))["name"] for body in heard]
    assert events == ["callback.verify", f"{noun}.create"]


@pytest.mark.parametrize(
    ("touches", "told"), [(True, ["invoice.create", "invoice.update"]), (False, ["invoice.create"])]
)
def test_a_payment_may_be_told_as_a_change_of_its_invoice_too(touches: bool, told: list[str]) -> None:
    caller = Caller(payment_touches_invoice=touches)

    caller.simulator.desk.pay_invoice(an_invoice(caller)["id"], "40.00")

    assert happened(caller, "invoice") == told
