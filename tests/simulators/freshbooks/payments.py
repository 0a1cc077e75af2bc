"""Payments of bills: they exist only for a bill that is there, and make its `paid` and `outstanding`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Protocol

from tests.simulators.freshbooks.amounts import money
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import INVALID, deleted, not_found
from tests.simulators.freshbooks.listing import Filter
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row

TYPES = (
    "Check",
    "Credit",
    "Cash",
    "Bank Transfer",
    "Credit Card",
    "Debit",
    "PayPal",
    "2Checkout",
    "VISA",
    "MASTERCARD",
    "DISCOVER",
    "AMEX",
    "DINERS",
    "JCB",
    "ACH",
    "Other",
)
READ_ONLY_FIELDS = frozenset({"id", "matched_with_expense"})


class Owing(Protocol):
    """What a payment needs to know of bills."""

    def outstanding(self, row: Row) -> Decimal: ...


def active_payments(books: Books, bill_id: int) -> list[Row]:
    return [row for row in books.payments if row.fields["billid"] == bill_id and row.fields["vis_state"] == ACTIVE]


def shown_payment(row: Row) -> Fields:
    amount = money(Decimal(row.fields["amount"]), row.fields["code"])
    kept = {name: value for name, value in row.fields.items() if name != "code"}
    return {"id": row.id, **kept, "amount": amount, "matched_with_expense": False}


class BillPayments:
    path, single, plural = "bill_payments/bill_payments", "bill_payment", "bill_payments"
    scope, event = "bill_payments", "bill_payment"
    methods = ("GET", "POST", "PUT")
    filters: Mapping[str, Filter] = {}  # none works, not even by bill

    def __init__(self, books: Books, bills: Owing) -> None:
        self._books = books
        self._bills = bills
        self._read = Reader(object="bill_payment")
        self.table = books.payments

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        self._read.require(sent, ("billid", "amount"))
        bill = self._bill(sent["billid"])
        fields: Fields = {
            "billid": bill.id,
            "code": bill.fields["currency_code"],
            "paid_date": self._books.today().isoformat(),
            "payment_type": "Other",
            "note": None,
            "vis_state": ACTIVE,
            **self._fields(sent, bill),
        }
        self._refuse_too_much(bill, Decimal(fields["amount"]), before=Decimal(0))
        self._touch(bill)
        return self.table.add(fields)

    def update(self, row: Row, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS | {"billid"})
        bill = self._bill(row.fields["billid"])
        after = row.with_fields(self._fields(sent, bill))
        if "vis_state" in sent:
            after = after.with_fields({"vis_state": self._read.visibility(sent["vis_state"])})
        before = _counted(row)
        if _counted(after) > before:
            self._refuse_too_much(bill, _counted(after), before=before)
        self._touch(bill)
        return self.table.put(after)

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        return shown_payment(row)

    def _fields(self, sent: Fields, bill: Row) -> Fields:
        found: Fields = {}
        if "amount" in sent:
            found["amount"] = str(self._amount(sent["amount"], bill.fields["currency_code"]))
        if "paid_date" in sent:
            found["paid_date"] = self._read.day("paid_date", sent["paid_date"])
        if "payment_type" in sent:
            found["payment_type"] = self._type(sent["payment_type"])
        if "note" in sent:
            found["note"] = self._read.text("note", sent["note"])
        return found

    def _amount(self, sent: Any, code: str) -> Decimal:
        amount = self._read.money("amount", sent, code=code)
        if amount <= 0:
            raise self._read.refusal(INVALID, "amount", "amount must be above zero.", amount)
        return amount

    def _type(self, sent: Any) -> str:
        if sent not in TYPES:
            raise self._read.refusal(INVALID, "payment_type", "payment_type is not one of the known ones.", sent)
        return str(sent)

    def _bill(self, value: Any) -> Row:
        bill = self._books.bills.find(self._read.whole("billid", value))
        status = self._books.switches.unknown_reference_status
        if bill is None:
            raise not_found("bill", field="billid", value=value, status=status)
        if bill.deleted:
            raise deleted("bill", field="billid", value=value, status=status)
        return bill

    def _refuse_too_much(self, bill: Row, amount: Decimal, *, before: Decimal) -> None:
        if amount - before > self._bills.outstanding(bill) and not self._books.switches.overpayment:
            raise self._read.refusal(INVALID, "amount", "The payment is more than the bill leaves to pay.", amount)

    def _touch(self, bill: Row) -> None:
        if self._books.switches.payment_touches_bill:
            self._books.bills.put(bill.with_fields({"updated_at": self._books.stamp(utc=True)}))
            self._books.record("bill.update", bill.id)


def _counted(row: Row) -> Decimal:
    return Decimal(row.fields["amount"]) if row.fields["vis_state"] == ACTIVE else Decimal(0)
