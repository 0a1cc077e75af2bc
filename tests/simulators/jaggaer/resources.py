"""The resources themselves: a read that has passed the gate in, JAGGAER's answer out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulators.jaggaer import answers, pages
from tests.simulators.jaggaer.contracts import ContractBook, flat_orders
from tests.simulators.jaggaer.invoices import InvoiceBook
from tests.simulators.jaggaer.orders import OrderBook
from tests.simulators.jaggaer.suppliers import SupplierBook
from tests.simulators.jaggaer.switches import CONTRACTS, INVOICES, PURCHASE_ORDERS, SUPPLIERS, Switches
from tests.simulators.jaggaer.traffic import resource_of
from tests.simulators.serving import Request, Response

_RIGHTS = {
    "invoice": INVOICES,
    "supplier": SUPPLIERS,
    "purchase order": PURCHASE_ORDERS,
    "flat order": PURCHASE_ORDERS,
    "contract": CONTRACTS,
}
_APPROVED = {"paymentStatus": "Payable", "workflowStatus": "Completed"}
_UNAPPROVED = {"workflowStatus": "Pending"}


class Resources:
    def __init__(
        self, *, invoices: InvoiceBook, suppliers: SupplierBook, orders: OrderBook, contracts: ContractBook
    ) -> None:
        self._invoices = invoices
        self._suppliers = suppliers
        self._orders = orders
        self._contracts = contracts

    def answer(self, request: Request, switches: Switches) -> Response:
        resource, record_id = resource_of(request.path)
        if resource is None:
            return answers.not_found("No such resource")
        if _RIGHTS[resource] in switches.forbidden:
            return answers.forbidden(f"The client is not entitled to {_RIGHTS[resource]}")
        if record_id is None:
            return self._list(resource, request, switches)
        return self._detail(resource, record_id, switches)

    def _list(self, resource: str, request: Request, switches: Switches) -> Response:
        if resource == "invoice":
            return pages.answer(request, self._invoices.listing(), switches)
        if resource == "purchase order":
            return pages.answer(request, self._orders.listing(), switches)
        if resource == "flat order":
            return pages.answer(request, flat_orders(self._orders.all()), switches)
        if resource == "contract":
            return pages.answer(request, self._contracts.listing(), switches)
        thin = switches.thin_without_comp and not dict(request.query).get("comp")
        return pages.answer(request, self._suppliers.listing(thin=thin), switches)

    def _detail(self, resource: str, record_id: str, switches: Switches) -> Response:
        if resource == "invoice":
            self._move_on(record_id, switches)
            return _bare(self._invoices.find(record_id))
        return _bare(self._orders.find(record_id) if resource == "purchase order" else None)

    def _move_on(self, record_id: str, switches: Switches) -> None:
        """What happened to the invoice since the list was read: once, then it is so."""
        document = self._invoices.find(record_id)
        if document is None:
            return
        invoice_id, header = int(record_id), document["header"]
        for ids, statuses in ((switches.approve_on_detail, _APPROVED), (switches.unapprove_on_detail, _UNAPPROVED)):
            if invoice_id in ids and not statuses.items() <= header.items():
                self._invoices.edit(invoice_id, statuses)


def _bare(document: Mapping[str, Any] | None) -> Response:
    """One record comes without an envelope."""
    return answers.not_found("No such record") if document is None else answers.document(document)
