"""A short story for each flow of the pair, told over the real connectors, with a death at any call on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from tests.fakes.hooks import Crash, CrashAt, Passed
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulation.test_orders_in_view import CONTRACTS
from tests.simulation.vendor_books import SUPPLIER, a_supplier, consents_again, lets_run
from tests.simulation.vendor_line import VendorLine
from tests.simulators.jaggaer.invented_cases import SUPPLIES, line
from tests.simulators.serving import Simulator
from tests.world import TENANT

ORDER, CONTRACT, INVOICE = "0000009001", "C-2026-7", 2_700_001
ORDERS_FLOW, CONTRACTS_FLOW = "jaggaer_purchase_order_in_view", "jaggaer_contract_in_view"


class Stage:
    """One supplier, one order, one contract; every call to a vendor passes the hooks of the process that makes it."""

    def __init__(self) -> None:
        self.lines: list[VendorLine] = []
        self.pair: Pair = a_pair(load=a_supplier, line=self._line)
        self.world, self.jaggaer, self.freshbooks = self.pair.world, self.pair.jaggaer, self.pair.freshbooks
        self.fakes = self.world.fakes
        for each in self.lines:
            each.clock = self.fakes.clock
        self.fakes.budgets.unlimited = True
        self._read_contracts()
        self.orders, self.contracts = self._flow(ORDERS_FLOW), self._flow(CONTRACTS_FLOW)
        self.jaggaer.add_purchase_order(number=ORDER, supplier=SUPPLIER, lines=[self.a_line()])
        self.jaggaer.add_contract(number=CONTRACT, supplier=SUPPLIER)

    def invoice(self) -> None:
        named = {**self.a_line(), "poNumber": ORDER, "contractNumber": CONTRACT}
        self.jaggaer.add_invoice(number="INV-1", supplier=SUPPLIER, lines=[named], invoiceId=INVOICE)

    def a_line(self, price: str = "50.00") -> dict[str, object]:
        return line("Boards", 1, price, SUPPLIES)

    def cycle(self, *flows: FlowId) -> None:
        """Each flow's poll, again after a crash, upkeep, and all that follows."""
        self.pair.later(hours=3)
        for flow in flows:
            while not self._polled(flow):
                self.pair.later(minutes=10)
            self.world.look_after()
            self.world.run_until_settled()

    def authorise_again(self) -> None:
        """The one window that nobody can close, a death between a refresh and its storing, ends in a plain request."""
        stopped = [each for each in self.fakes.connections.list(TENANT) if not each.is_running]
        assert all("authorise again" in (each.state_why or "") for each in stopped)
        if stopped:
            consents_again(self.world, self.freshbooks)
            lets_run(self.world)

    def _polled(self, flow: FlowId) -> bool:
        try:
            self.world.poll(flow)
        except Crash:
            self.world.restart()
            return False
        return True

    def _read_contracts(self) -> None:
        connection = self.fakes.connections.get(self.pair.suppliers.source_connection)
        lines = {"line_fields": {"contract_number": "contractNumber"}}
        resources = {"contract": CONTRACTS, "invoice": lines}
        profile = {"connection": {"max_requests_per_second": 50}, "resources": resources}
        confirmed = ["invoice", "supplier", "purchase_order", "contract"]
        given = {**connection.settings, "profile": profile, "confirmed": confirmed}
        checked = self.world.catalog.connector("jaggaer").check_settings(given, local=True)
        self.fakes.connections.save(replace(connection, settings=checked))

    def _flow(self, name: str) -> FlowId:
        flow = replace(self.pair.suppliers, flow=name)
        known = self.fakes.connections.flow(self.pair.suppliers)
        self.fakes.connections.save_flow(replace(known, id=flow, cadence="rate(1 hour)"))
        return flow

    def _line(self, name: str, simulator: Simulator) -> httpx.MockTransport:
        way = VendorLine(name=name, simulator=simulator)  # type: ignore[arg-type]  # both have their faults
        way.hooks = Passed(lambda: self.world.fakes.hooks if hasattr(self, "world") else None)
        self.lines.append(way)
        return way.transport()


@dataclass(frozen=True, kw_only=True)
class Story:
    """`before` is told in peace, then each chapter with its cycle; `ends` names what is wrong at the end."""

    flow: Callable[[Stage], FlowId]
    before: Callable[[Stage], None]
    chapters: tuple[Callable[[Stage], object], ...]
    ends: Callable[[Stage], list[str]]

    def tell(self, crash: CrashAt | None = None, *, moment: str = "before") -> Stage:
        stage = Stage()
        self.before(stage)
        stage.world.restart()
        if crash is not None:
            setattr(stage.fakes.hooks, f"on_{moment}", crash)
        for chapter in self.chapters:
            chapter(stage)
            stage.cycle(self.flow(stage))
        stage.authorise_again()
        stage.cycle(self.flow(stage))
        return stage

    def faults(self, stage: Stage) -> list[str]:
        rows = stage.fakes.ledger.rows.values()
        found = [f"{row.record.external_id} is left {row.state}" for row in rows if row.is_busy]
        found += [fault for row in rows for fault in stage.fakes.ledger.broken_links(row.record)]
        found += [f"left on a queue: {body}" for body in (*stage.fakes.notices.bodies, *stage.fakes.postings.bodies)]
        found += [f"wrote to JAGGAER: {write}" for write in stage.jaggaer.writes]
        return found + self.ends(stage)

    def faults_of_crashes(self, moment: str, *, start: int, stride: int) -> dict[int, list[str]]:
        """Told anew for every stride-th call from `start`, each time with a death there."""
        calls = self.tell().fakes.hooks.calls
        told = {n: self.faults(self.tell(CrashAt(n), moment=moment)) for n in range(start, len(calls) + 1, stride)}
        return {n: [calls[n - 1], *found] for n, found in told.items() if found}


def _supplier_ends(stage: Stage) -> list[str]:
    made = [event for event, _ in stage.freshbooks.books.events if event == "bill_vendor.create"]
    cities = [vendor["city"] for vendor in stage.freshbooks.vendors]
    good = (cities, made, stage.world.states(stage.pair.suppliers))
    return [] if good == (["Harrowby"], ["bill_vendor.create"], {State.POSTED: 1}) else [str(good)]


def _invoice_ends(stage: Stage) -> list[str]:
    events = sorted(event for event, _ in stage.freshbooks.books.events if event.startswith("bill."))
    good = (len(stage.freshbooks.bills), events.count("bill.create"), stage.world.states(stage.pair.invoices))
    return [] if good == (0, 1, {State.REVERSED: 1}) else [f"{good} {events}"]


def _viewed(stage: Stage, status: str) -> list[str]:
    mentions = [one.status for one in stage.pair.row(INVOICE).mentions if one.status and status in one.status]
    events = [event for event, _ in stage.freshbooks.books.events if event == "bill.create"]
    return [] if mentions and len(events) == 1 else [f"{stage.pair.row(INVOICE).mentions} {events}"]


def _posted(stage: Stage) -> None:
    stage.invoice()
    stage.cycle(stage.orders, stage.contracts, stage.pair.suppliers, stage.pair.invoices)


STORIES = {
    "suppliers": Story(
        flow=lambda stage: stage.pair.suppliers,
        before=lambda stage: None,
        chapters=(lambda stage: None, lambda stage: stage.jaggaer.edit_supplier(SUPPLIER, city="Harrowby")),
        ends=_supplier_ends,
    ),
    "invoices": Story(
        flow=lambda stage: stage.pair.invoices,
        before=lambda stage: stage.cycle(stage.pair.suppliers),
        chapters=(
            Stage.invoice,
            lambda stage: stage.jaggaer.edit_invoice(INVOICE, lines=[stage.a_line("75.00")]),
            lambda stage: stage.jaggaer.cancel_invoice(INVOICE),
        ),
        ends=_invoice_ends,
    ),
    "orders": Story(
        flow=lambda stage: stage.orders,
        before=_posted,
        chapters=(lambda stage: stage.jaggaer.set_purchase_order_status(ORDER, apStatus="Closed"),),
        ends=lambda stage: _viewed(stage, "Closed"),
    ),
    "contracts": Story(
        flow=lambda stage: stage.contracts,
        before=_posted,
        chapters=(lambda stage: stage.jaggaer.set_contract_status(CONTRACT, "Terminated"),),
        ends=lambda stage: _viewed(stage, "Terminated"),
    ),
}
