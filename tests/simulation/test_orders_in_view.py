"""FJ4: purchase orders and contracts are polled; a change after posting reaches the bill's history, or its text too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import FlowId
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.jaggaer import invented_suppliers as suppliers

ORDER, CONTRACT = "0000009001", "C-2026-7"
FLAT_ORDERS = {
    "list": {
        "path": "/j1p/api/public/po/v2/orders",
        "filter": {"param": "flt", "template": "changed>={since}"},
        "items": "result.orders",
        "id": "id",
        "modified": "changed",
        "complete": True,
    },
    "detail": None,
    "accept": "state == 'O'",
    "fields": {
        "external_id": {"path": "id", "required": True},
        "number": {"path": "orderNo", "required": True},
        "status": {"path": "state", "values": {"O": "Open", "C": "Closed"}, "otherwise": "Cancelled"},
        "modified_at": {"path": "changed", "as": "instant"},
        "vendor_id": None,
        "vendor_internal_id": None,
        "vendor_name": None,
        "revision": None,
    },
    "lines": "lines",
}
CONTRACTS = {
    "list": {
        "path": "/j1p/api/public/ct/v1/contracts",
        "items": "contracts",
        "id": "contractId",
        "modified": "changed",
        "complete": True,
    },
    "accept": "lifecycle == 'Active'",
    "fields": {
        "external_id": {"path": "contractId", "required": True},
        "number": {"path": "contractNumber", "required": True},
        "vendor_id": "secondParty",
        "status": "lifecycle",
        "modified_at": {"path": "changed", "as": "instant"},
    },
}
VARIANTS = pytest.mark.parametrize(
    ("resources", "before", "after"),
    [
        ({}, "Completed / SentToSupplier / Open", "Completed / SentToSupplier / Closed"),
        ({"purchase_order": FLAT_ORDERS}, "Open", "Closed"),
    ],
    ids=["as the default profile has it", "as another house lists them"],
)


class Viewed:
    """One invoice over an order and a contract, posted, with both kept in view."""

    def __init__(self, *, resources: dict[str, Any] | None = None, polled: bool = True, **settings: Any) -> None:
        self.pair: Pair = a_pair()
        self.world, self.fakes, self.jaggaer = self.pair.world, self.pair.world.fakes, self.pair.jaggaer
        self._profile(resources or {})
        names = ("jaggaer_purchase_order_in_view", "jaggaer_contract_in_view") if polled else ()
        self.flows = [self._flow(name) for name in names]
        invoices = replace(self.fakes.connections.flow(self.pair.invoices), settings=settings)
        self.fakes.connections.save_flow(invoices)
        line = {"description": "Boards", "quantity": 2, "unitPrice": "50.00", "account": "600100"}
        self.jaggaer.add_purchase_order(number=ORDER, supplier=suppliers.COURIER, lines=[line])
        self.jaggaer.add_contract(number=CONTRACT, supplier=suppliers.COURIER)
        named = {**line, "poNumber": ORDER, "contractNumber": CONTRACT}
        invoice = self.jaggaer.add_invoice(number="INV-9001", supplier=suppliers.COURIER, lines=[named])
        self.invoice = int(invoice["header"]["invoiceId"])
        self.cycle()

    def cycle(self) -> None:
        self.pair.later(hours=3)
        for flow in self.flows:
            self.world.poll(flow)
            self.world.run_until_settled()
        self.pair.run()

    def close_the_order(self) -> None:
        self.jaggaer.set_purchase_order_status(ORDER, apStatus="Closed")
        self.cycle()

    def invoice_says(self, status: str) -> None:
        """JAGGAER writes another status of the order on the invoice's line."""
        invoice = next(each for each in self.jaggaer.invoices if each["header"]["invoiceId"] == self.invoice)
        lines = [{**line, "poAPStatus": status} for line in invoice["lineList"]["invoiceLine"]]
        self.jaggaer.edit_invoice(self.invoice, lines=lines)
        self.cycle()

    @property
    def text(self) -> str:
        return str(self.pair.bill(self.invoice)["lines"][0]["description"])

    @property
    def writes(self) -> int:
        return len([call for call in self.pair.freshbooks.calls if call[0] in ("POST", "PUT") and "bills" in call[1]])

    @property
    def row(self) -> CrossReference:
        return self.pair.row(self.invoice)

    @property
    def history(self) -> list[str]:
        return [entry.event.text for entry in self.fakes.ledger.trail(self.row.record)]

    def row_of(self, flow: FlowId, number: str) -> CrossReference:
        rows = self.fakes.ledger.rows.values()
        return next(row for row in rows if row.record.flow == flow and row.number == number)

    def _flow(self, name: str) -> FlowId:
        source, target = self.pair.invoices.source_connection, self.pair.invoices.target_connection
        return self.world.flow(name, source, target)

    def _profile(self, resources: dict[str, Any]) -> None:
        connection = self.fakes.connections.get(self.pair.invoices.source_connection)
        lines = {"line_fields": {"contract_number": "contractNumber"}}
        profile = {
            "connection": {"max_requests_per_second": 50},
            "resources": {"contract": CONTRACTS, "invoice": lines, **resources},
        }
        confirmed = ["invoice", "supplier", "purchase_order", "contract"]
        given = {**connection.settings, "profile": profile, "confirmed": confirmed}
        checked = self.world.catalog.connector("jaggaer").check_settings(given, local=True)
        self.fakes.connections.save(replace(connection, settings=checked))


@VARIANTS
def test_a_status_that_changes_after_posting_reaches_the_bills_history(
    resources: dict[str, Any], before: str, after: str
) -> None:
    viewed = Viewed(resources=resources)
    writes = viewed.writes

    viewed.close_the_order()

    assert viewed.history[-1] == f"PO {ORDER} is now {after} (was {before})"
    assert (viewed.row.state, viewed.writes) == (State.POSTED, writes)


@VARIANTS
def test_where_it_is_wanted_it_stands_in_the_bills_line_too(resources: dict[str, Any], before: str, after: str) -> None:
    viewed = Viewed(resources=resources, order_status="line_text")
    was = viewed.text

    viewed.close_the_order()

    assert f"PO {ORDER}/1 ({before})" in was
    assert f"PO {ORDER}/1 ({after})" in viewed.text
    assert viewed.row.state is State.POSTED


def test_a_status_that_is_not_in_the_text_changes_no_bill_whoever_tells_it() -> None:
    viewed = Viewed(polled=False)
    writes = viewed.writes

    viewed.invoice_says("Soft Closed")

    assert viewed.history[-1] == f"PO {ORDER} is now Soft Closed (was Open)"
    assert (viewed.row.state, viewed.writes) == (State.POSTED, writes)


@pytest.mark.parametrize("choice", ["history", "line_text"])
def test_a_contract_is_kept_in_view_like_an_order(choice: str) -> None:
    viewed = Viewed(order_status=choice)

    viewed.jaggaer.set_contract_status(CONTRACT, "Terminated")
    viewed.cycle()

    told = f"contract {CONTRACT} is now Terminated (was Active)"
    assert told in viewed.history
    assert ("(Terminated)" in viewed.text) is (choice == "line_text")


def test_an_order_has_a_history_of_its_own_and_writes_nothing() -> None:
    viewed = Viewed()

    viewed.close_the_order()

    row = viewed.row_of(viewed.flows[0], ORDER)
    trail = [entry.event for entry in viewed.fakes.ledger.trail(row.record)]
    assert (row.state, row.status_text) == (State.SKIPPED, "Completed / SentToSupplier / Closed")
    assert [event.step for event in trail] == [Step.RECEIVED, Step.SKIPPED, Step.RECEIVED, Step.SKIPPED]


def test_looking_for_an_order_finds_it_with_the_bills_that_name_it() -> None:
    viewed = Viewed()

    found = viewed.fakes.ledger.by_number(viewed.pair.invoices.tenant, ORDER)

    assert {record.flow for record in found} == {viewed.flows[0], viewed.pair.invoices}


def test_where_orders_are_not_polled_the_invoices_own_word_counts() -> None:
    viewed = Viewed(polled=False, order_status="line_text")
    was = viewed.text

    viewed.invoice_says("Soft Closed")

    assert ("(Open)" in was, "(Soft Closed)" in viewed.text) == (True, True)


def test_an_order_told_twice_is_one_line_in_the_history() -> None:
    viewed = Viewed()
    viewed.close_the_order()
    entries = viewed.row.audit_sequence

    viewed.world.poll(viewed.flows[0], full=True)
    viewed.world.run_until_settled()

    assert viewed.row.audit_sequence == entries


def test_nothing_is_written_to_jaggaer() -> None:
    viewed = Viewed(order_status="line_text")

    viewed.close_the_order()

    assert viewed.jaggaer.writes == []
