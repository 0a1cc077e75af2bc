"""Payments of invoices. They have no status: one that was taken back is a deleted payment, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from tests.simulators.freshbooks.amounts import money
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import INVALID, deleted, not_found
from tests.simulators.freshbooks.invoices import Invoices
from tests.simulators.freshbooks.listing import Filter, at_least, at_most, decimal_in, one_of
from tests.simulators.freshbooks.payments import TYPES
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row

READ_ONLY_FIELDS = frozenset({"id", "logid", "clientid", "updated", "accounting_systemid", "gateway", "transactionid"})


class InvoicePayments:
    path, single, plural = "payments/payments", "payment", "payments"
    scope, event = "payments", "payment"
    methods = ("GET", "POST", "PUT")

    def __init__(self, books: Books, invoices: Invoices, *, account_id: str) -> None:
        self._books = books
        self._invoices = invoices
        self._account_id = account_id
        self._read = Reader(object="payment")
        self.table = books.invoice_payments
        self.filters: dict[str, Filter] = {
            **{name: one_of(name) for name in ("invoiceid", "clientid", "type")},
            "clientids": one_of("clientid"),
            "customerid": one_of("clientid"),
            "customerids": one_of("clientid"),
            "currency": lambda row, values: row["amount"]["code"] in values,
            "amount_min": lambda row, values: Decimal(row["amount"]["amount"]) >= decimal_in(values),
            "amount_max": lambda row, values: Decimal(row["amount"]["amount"]) <= decimal_in(values),
            **{f"{name}_min": at_least(name) for name in ("date", "updated")},
            **{f"{name}_max": at_most(name) for name in ("date", "updated")},
        }

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        self._read.require(sent, ("invoiceid", "amount", "date"))
        invoice = self._invoice(sent["invoiceid"])
        fields: Fields = {
            "invoiceid": invoice.id,
            "clientid": invoice.fields["customerid"],
            "code": invoice.fields["currency_code"],
            "type": "Other",
            "note": None,
            "gateway": None,
            "orderid": None,
            "creditid": None,
            "overpaymentid": None,
            "vis_state": ACTIVE,
            **self._fields(sent, invoice.fields["currency_code"]),
            "updated": self._books.stamp(utc=False),
        }
        row = self.table.add(fields)
        self._touch(invoice)
        return row

    def update(self, row: Row, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS | {"invoiceid"})
        if row.deleted and "vis_state" not in sent:
            raise deleted(self.single, field="logid", value=row.id)
        changes = self._fields(sent, row.fields["code"])
        if "vis_state" in sent:
            changes["vis_state"] = self._read.visibility(sent["vis_state"])
        after = self.table.put(row.with_fields({**changes, "updated": self._books.stamp(utc=False)}))
        invoice = self._books.invoices.find(row.fields["invoiceid"])
        if invoice is not None:
            self._touch(invoice)
        return after

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        kept = {name: value for name, value in row.fields.items() if name != "code"}
        amount = money(Decimal(row.fields["amount"]), row.fields["code"])
        mine = {"id": row.id, "logid": row.id, "accounting_systemid": self._account_id, "from_credit": False}
        return {**mine, **kept, "amount": amount}

    def _fields(self, sent: Fields, code: str) -> Fields:
        found: Fields = {}
        if "amount" in sent:
            found["amount"] = str(self._amount(sent["amount"], code))
        if "date" in sent:
            found["date"] = self._read.day("date", sent["date"])
        if "type" in sent:
            if sent["type"] not in TYPES:
                raise self._read.refusal(INVALID, "type", "type is not one of the known ones.", sent["type"])
            found["type"] = sent["type"]
        if "note" in sent:
            found["note"] = self._read.text("note", sent["note"])
        return found

    def _amount(self, sent: Any, code: str) -> Decimal:
        amount = self._read.money("amount", sent, code=code)
        if amount <= 0:
            raise self._read.refusal(INVALID, "amount", "amount must be above zero.", amount)
        return amount

    def _invoice(self, value: Any) -> Row:
        invoice = self._books.invoices.find(self._read.whole("invoiceid", value))
        status = self._books.switches.unknown_reference_status
        if invoice is None:
            raise not_found("invoice", field="invoiceid", value=value, status=status)
        if invoice.deleted:
            raise deleted("invoice", field="invoiceid", value=value, status=status)
        return invoice

    def _touch(self, invoice: Row) -> None:
        """A payment changes what its invoice says of itself."""
        if self._books.switches.payment_touches_invoice:
            self._invoices.changed(invoice, {})
            self._books.record("invoice.update", invoice.id)
