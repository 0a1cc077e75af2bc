"""A back door for demonstrations: look into a served simulator and play the accounting person, under `/_control/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.simulators.faults import FaultPlan
from tests.simulators.freshbooks.answers import answer, nowhere
from tests.simulators.freshbooks.errors import Refusal
from tests.simulators.freshbooks.simulator import FreshBooksSimulator
from tests.simulators.freshbooks.switches import RateLimit
from tests.simulators.freshbooks.table import Fields
from tests.simulators.serving import Request, Response

PREFIX = "/_control/"


class Controlled:
    """The simulator with its back door open. What comes in by it is no call: no fault, no limit, no record."""

    def __init__(self, simulator: FreshBooksSimulator) -> None:
        self._simulator = simulator

    def handle(self, request: Request) -> Response:
        if not request.path.startswith(PREFIX):
            return self._simulator.handle(request)
        name = request.path.removeprefix(PREFIX).rstrip("/")
        try:
            if request.method == "GET" and name in self._looks:
                return answer(200, self._looks[name]())
            if request.method == "POST" and name in self._acts:
                return answer(200, self._acts[name](request.json() if request.body else {}))
        except Refusal as refusal:
            return answer(refusal.status, {"errors": [asdict(problem) for problem in refusal.problems]})
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return answer(400, {"error": f"{type(error).__name__}: {error}"})
        return nowhere()

    @property
    def _looks(self) -> dict[str, Callable[[], Any]]:
        simulator = self._simulator
        return {
            "about": self._about,
            "bills": lambda: simulator.bills,
            "all_bills": lambda: simulator.all_bills,
            "vendors": lambda: simulator.vendors,
            "payments": lambda: simulator.payments,
            "expenses": lambda: simulator.expenses,
            "categories": lambda: simulator.categories,
            "clients": lambda: simulator.desk.all_of(simulator.desk.clients),
            "invoices": lambda: simulator.desk.all_of(simulator.desk.invoices),
            "invoice_payments": lambda: simulator.desk.all_of(simulator.desk.invoice_payments),
            "ledger_accounts": lambda: simulator.ledger_accounts,
            "calls": lambda: simulator.calls,
            "writes": lambda: simulator.writes,
            "events": lambda: simulator.books.events,
            "callbacks": lambda: [asdict(row) for row in simulator.callbacks.all()],
        }

    @property
    def _acts(self) -> dict[str, Callable[[Fields], Any]]:
        simulator = self._simulator
        return {
            "register": lambda sent: simulator.register(sent["redirect_uri"]),
            "grant": lambda sent: simulator.grant(**sent),
            "authorisation_code": lambda sent: {"code": simulator.authorisation_code(**sent)},
            "disconnect": lambda sent: simulator.disconnect(),
            "add_vendor": lambda sent: simulator.add_vendor(**sent),
            "edit_vendor": lambda sent: simulator.edit_vendor(sent.pop("vendor_id"), **sent),
            "add_category": lambda sent: simulator.add_category(**sent),
            "add_ledger_account": lambda sent: simulator.add_ledger_account(**sent),
            "add_bill": lambda sent: simulator.add_bill(**sent),
            "edit_bill": lambda sent: simulator.edit_bill(sent.pop("bill_id"), **sent),
            "delete_bill": lambda sent: simulator.delete_bill(sent["bill_id"]),
            "pay_bill": lambda sent: simulator.pay_bill(sent.pop("bill_id"), sent.pop("amount"), **sent),
            "add_project": lambda sent: simulator.add_project(**sent),
            "add_time_entry": lambda sent: simulator.add_time_entry(**sent),
            **self._sales,
            "send_events": lambda sent: [
                {"event": one.form["name"], "status": one.status} for one in simulator.send_events()
            ],
            "faults": self._plan,
            "switches": self._turn,
        }

    @property
    def _sales(self) -> dict[str, Callable[[Fields], Any]]:
        """What clients owe, what was spent, and what was worked."""
        desk, owner = self._simulator.desk, self._simulator.owner_id
        work = desk.time_tracking
        return {
            "add_expense": lambda sent: desk.add_expense(**sent),
            "edit_expense": lambda sent: desk.edit(desk.expenses, sent.pop("expense_id"), sent),
            "delete_expense": lambda sent: desk.delete(desk.expenses, sent["expense_id"]),
            "add_client": lambda sent: desk.add_client(**sent),
            "edit_client": lambda sent: desk.edit(desk.clients, sent.pop("client_id"), sent),
            "delete_client": lambda sent: desk.delete(desk.clients, sent["client_id"]),
            "add_task": lambda sent: desk.add_task(**sent),
            "add_invoice": lambda sent: desk.add_invoice(**sent),
            "edit_invoice": lambda sent: desk.edit(desk.invoices, sent.pop("invoice_id"), sent),
            "delete_invoice": lambda sent: desk.delete(desk.invoices, sent["invoice_id"]),
            "autobill": lambda sent: desk.autobill(**sent),
            "pay_invoice": lambda sent: desk.pay_invoice(sent.pop("invoice_id"), sent.pop("amount"), **sent),
            "edit_payment": lambda sent: desk.edit(desk.invoice_payments, sent.pop("payment_id"), sent),
            "delete_payment": lambda sent: desk.delete(desk.invoice_payments, sent["payment_id"]),
            "edit_project": lambda sent: work.edit_project(sent.pop("project_id"), **sent),
            "edit_time_entry": lambda sent: work.edit_entry(sent.pop("time_entry_id"), **sent),
            "delete_time_entry": lambda sent: work.delete_entry(sent["time_entry_id"]),
            "start_timer": lambda sent: work.start_timer(identity_id=sent.pop("identity_id", owner), **sent),
            "stop_timer": lambda sent: work.stop_timer(sent["time_entry_id"]),
        }

    def _about(self) -> Fields:
        """What an onboarding file needs."""
        simulator = self._simulator
        return {
            "application": asdict(simulator.application),
            **asdict(simulator.business),
            "identity_id": simulator.owner_id,
            "switches": {
                **asdict(simulator.switches),
                "gated": sorted(simulator.switches.gated),
                "lost_events": sorted(simulator.switches.lost_events),
            },
        }

    def _plan(self, sent: Fields) -> Fields:
        """`{"faults": [...], "method": "POST", "path": "/bills/bills"}`: method and part of a path narrow it down."""
        method, path = sent.get("method"), sent.get("path", "")
        self._simulator.faults = FaultPlan(
            sent.get("faults", []),
            only=lambda request: method in (None, request.method) and path in request.path,
        )
        return {"left": self._simulator.faults.left}

    def _turn(self, sent: Fields) -> Fields:
        changes = dict(sent)
        if "gated" in sent:
            changes["gated"] = frozenset(sent["gated"])
        if "lost_events" in sent:
            changes["lost_events"] = frozenset(sent["lost_events"])
        if sent.get("rate_limit"):
            changes["rate_limit"] = RateLimit(**sent["rate_limit"])
        self._simulator.turn(**changes)
        return self._about()
