"""A JAGGAER instance in memory: what its staff do are methods, what its API answers is `handle`.

Written from the vendor sheet and sharing no code with the connector, or the two would be wrong together.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jaggaer import answers, invented, published, tokens
from tests.simulators.jaggaer.charges import Amount
from tests.simulators.jaggaer.contracts import ContractBook
from tests.simulators.jaggaer.invoices import InvoiceBook, NewInvoice, Total
from tests.simulators.jaggaer.orders import OrderBook
from tests.simulators.jaggaer.resources import Resources
from tests.simulators.jaggaer.suppliers import SupplierBook
from tests.simulators.jaggaer.switches import Switches
from tests.simulators.jaggaer.traffic import TOKEN, WRITE, Traffic, Write, kind_of
from tests.simulators.serving import AnswerLost, Request, RequestLost, Response

type Document = dict[str, Any]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class JaggaerSimulator:
    """`faults` and `switches` may be replaced at any time. Records handed out are copies."""

    client_id = tokens.CLIENT_ID
    client_secret = tokens.CLIENT_SECRET

    def __init__(
        self,
        *,
        faults: FaultPlan | None = None,
        switches: Switches | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.faults = faults or FaultPlan()
        self.switches = switches or Switches()
        self._clock = clock
        self._tokens = tokens.TokenDesk()
        self._traffic = Traffic()
        self._moments: dict[str, deque[Callable[[], object]]] = {}
        self._invoices = InvoiceBook(clock)
        self._suppliers = SupplierBook(clock)
        self._orders = OrderBook(clock)
        self._contracts = ContractBook(clock)
        self._resources = Resources(
            invoices=self._invoices, suppliers=self._suppliers, orders=self._orders, contracts=self._contracts
        )

    def handle(self, request: Request) -> Response:
        fault = self.faults.next(request)
        if fault is Fault.LOSE_REQUEST:
            raise RequestLost
        self._traffic.record(request)
        refused = self._refused(fault)
        if refused is not None:
            return refused
        response = self._answer(request)
        match fault:
            case Fault.LOSE_ANSWER:
                raise AnswerLost
            case Fault.GARBLE:
                return answers.garbage()
            case Fault.BREAK_AFTER:
                return answers.broken(500)
            case Fault.REFUSE_AFTER:
                return answers.too_many(retry_after_seconds=self.switches.retry_after_seconds)
        return response

    def _refused(self, fault: Fault) -> Response | None:
        match fault:
            case Fault.REFUSE:
                return answers.too_many(retry_after_seconds=self.switches.retry_after_seconds or 15)
            case Fault.REFUSE_BARE:
                return answers.too_many(retry_after_seconds=None)
            case Fault.BREAK:
                return answers.broken(503)
            case Fault.STALE_TOKEN:
                return answers.unauthorized(odd=self.switches.odd_401)
        return None

    def _answer(self, request: Request) -> Response:
        """Token, write, pace, bearer, then the resource: a write is refused whoever asks."""
        kind, now = kind_of(request), self._clock()
        if kind == TOKEN:
            return self._tokens.answer(request, switches=self.switches, now=now)
        if kind == WRITE:
            return answers.forbidden("The client may not write")
        if self._traffic.too_fast(now, self.switches.requests_per_second):
            return answers.too_many(retry_after_seconds=self.switches.retry_after_seconds)
        if not self._tokens.accepts(request.headers.get("authorization", ""), now=now):
            return answers.unauthorized(odd=self.switches.odd_401)
        self._let_happen(kind)
        return self._resources.answer(request, self.switches)

    # What a test may arrange.

    def just_before(self, kind: str, action: Callable[[], object]) -> None:
        """Do something right before the next call of a kind (`invoice detail`, ...) is answered; once.

        Several wait in line, one for each call.
        """
        self._moments.setdefault(kind, deque()).append(action)

    def switch(self, **changes: Any) -> None:
        self.switches = self.switches.with_changes(changes)

    def revoke_tokens(self) -> None:
        self._tokens.revoke_all()

    def _let_happen(self, kind: str) -> None:
        waiting = self._moments.get(kind)
        if waiting:
            waiting.popleft()()

    # What the customer's staff do.

    def add_supplier(self, *, number: str, name: str, **fields: Any) -> Document:
        return self._suppliers.add(number=number, name=name, **fields)

    def edit_supplier(self, number: str, **changes: Any) -> Document:
        return self._suppliers.edit(number, changes)

    def add_invoice(
        self,
        *,
        number: str,
        supplier: str,
        lines: Sequence[Mapping[str, Any]],
        total: Amount | Total | None = Total.COMPUTED,
        currency: str = "USD",
        account: str | None = None,
        misc_fee: Amount | None = None,
        terms: str = "Net 30",
        approved: bool = True,
        supplier_name: str | None = None,
        **header: Any,
    ) -> Document:
        """Lines as in `lines.py`; `account` is the header's own segment; other words are wire fields of the header.

        `total=None` leaves the total out, and a header field given as None leaves that out. `number` serves as
        JAGGAER's number and as the supplier's, unless `supplierInvoiceNumber` says otherwise.
        """
        new = NewInvoice(
            number=number,
            supplier=self._suppliers.on_documents(supplier, name=supplier_name),
            lines=lines,
            total=total,
            currency=currency,
            account=account,
            misc_fee=misc_fee,
            terms=terms,
            approved=approved,
            header=header,
        )
        return self._invoices.add(new)

    def approve_invoice(self, invoice_id: int) -> Document:
        return self._invoices.edit(invoice_id, {"paymentStatus": "Payable", "workflowStatus": "Completed"})

    def unapprove_invoice(self, invoice_id: int) -> Document:
        return self._invoices.edit(invoice_id, {"workflowStatus": "Pending"})

    def cancel_invoice(self, invoice_id: int) -> Document:
        return self._invoices.cancel(invoice_id)

    def edit_invoice(self, invoice_id: int, **changes: Any) -> Document:
        return self._invoices.edit(invoice_id, changes)

    def add_purchase_order(
        self, *, number: str, supplier: str, lines: Sequence[Mapping[str, Any]], **header: Any
    ) -> Document:
        short = self._suppliers.on_documents(supplier, name=None)
        return self._orders.add(number=number, supplier=short, lines=lines, header=header)

    def set_purchase_order_status(self, number: str, **statuses: str) -> Document:
        """Any of `workflowStatus`, `supplierStatus`, `apStatus`."""
        return self._orders.set_status(number, statuses)

    def edit_purchase_order(self, number: str, **changes: Any) -> Document:
        return self._orders.edit(number, changes)

    def add_contract(self, *, number: str, supplier: str, status: str = "Active") -> Document:
        return self._contracts.add(
            number=number, status=status, supplier=self._suppliers.on_documents(supplier, name=None)
        )

    def set_contract_status(self, number: str, status: str) -> Document:
        return self._contracts.set_status(number, status)

    def load_invented(self) -> None:
        invented.load(self)

    def load_published(self, folder: Path) -> None:
        """A list published elsewhere, with the one detail that may lie beside it."""
        invoices, suppliers, orders = self._invoices, self.add_supplier, self.add_purchase_order
        published.load(folder, invoices=invoices, add_supplier=suppliers, add_order=orders)

    # What can be looked at afterwards.

    @property
    def invoices(self) -> list[Document]:
        return self._invoices.all()

    @property
    def suppliers(self) -> list[Document]:
        return self._suppliers.all()

    @property
    def purchase_orders(self) -> list[Document]:
        return self._orders.all()

    @property
    def calls(self) -> list[tuple[str, str]]:
        return self._traffic.calls

    @property
    def call_counts(self) -> Counter[str]:
        return self._traffic.counts

    @property
    def token_calls(self) -> int:
        return self._traffic.counts[TOKEN]

    @property
    def writes(self) -> list[Write]:
        return self._traffic.writes
