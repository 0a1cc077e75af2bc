"""Bills: what must be there, what is computed, and when an edit is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.simulators.freshbooks.amounts import money
from tests.simulators.freshbooks.bill_lines import ZERO, BillLines, price
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import INVALID, deleted
from tests.simulators.freshbooks.listing import one_of
from tests.simulators.freshbooks.payments import active_payments, shown_payment
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.switches import PaidBill, Unique
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row
from tests.simulators.freshbooks.vendors import Vendors

REQUIRED_FIELDS = ("vendorid", "issue_date", "due_offset_days", "currency_code", "language", "lines")
MOST_OFFSET_DAYS = 3_650
READ_ONLY_FIELDS = frozenset(
    {
        "id",
        "due_date",
        "status",
        "amount",
        "tax_amount",
        "total_amount",
        "paid",
        "outstanding",
        "overall_category",
        "overall_description",
        "bill_payments",
        "vendor",
        "created_at",
        "updated_at",
    }
)


class Bills:
    path, single, plural = "bills/bills", "bill", "bills"
    scope, event = "bills", "bill"
    methods = ("GET", "POST", "PUT")

    def __init__(self, books: Books, vendors: Vendors, lines: BillLines) -> None:
        self._books = books
        self._vendors = vendors
        self._lines = lines
        self._read = Reader(object="bill")
        self.table = books.bills
        self.filters = {
            "ids": one_of("id"),
            "vendorid": one_of("vendorid"),
            "statuses": one_of("status"),
            "currency_code": one_of("currency_code"),
        }

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        self._read.require(sent, REQUIRED_FIELDS)
        fields = {"bill_number": None, "attachment": None, **self._fields(sent)}
        fields["lines"] = self._lines.read(sent["lines"], code=fields["currency_code"])
        self._refuse_taken_number(fields, but_for=None)
        now = self._books.stamp(utc=True)
        fields |= {"vis_state": ACTIVE, "created_at": now, "updated_at": now}
        return self.table.add(fields)

    def update(self, row: Row, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        if row.deleted and "vis_state" not in sent:
            raise deleted(self.single, value=row.id)
        changes = self._fields(sent)
        if "vis_state" in sent:
            changes["vis_state"] = self._read.visibility(sent["vis_state"])
        if "lines" in sent:
            code: str = {**row.fields, **changes}["currency_code"]
            changes["lines"] = self._lines.read(sent["lines"], code=code, old=row.fields["lines"])
        after = row.with_fields(changes)
        self._refuse_taken_number(after.fields, but_for=row.id)
        self._refuse_if_paid(row, after)
        return self.table.put(after.with_fields({"updated_at": self._books.stamp(utc=True)}))

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        fields, code = row.fields, row.fields["currency_code"]
        amount, tax, paid = self._amount(row), self._tax(row), self.paid(row)
        shown: Fields = {
            **{name: value for name, value in fields.items() if name != "lines"},
            "id": row.id,
            "due_date": self._due(row).isoformat(),
            "status": self.status(row),
            "amount": money(amount, code),
            "tax_amount": money(tax, code),
            "total_amount": money(amount + tax, code),
            "paid": money(paid, code),
            "outstanding": money(amount + tax - paid, code),
            "overall_category": self._lines.render(fields["lines"][0], code)["category"],
            "overall_description": fields["lines"][0]["description"],
            "bill_payments": [shown_payment(payment) for payment in active_payments(self._books, row.id)],
        }
        if isinstance(shown["overall_category"], dict):
            shown["overall_category"] = shown["overall_category"]["category"]
        switches = self._books.switches
        if not in_list or switches.lines_in_list or "lines" in includes:
            shown["lines"] = [self._lines.render(line, code) for line in fields["lines"]]
        if switches.vendor_in_bill or "vendor" in includes:
            shown["vendor"] = self._vendors.brief(fields["vendorid"])
        return shown

    def total(self, row: Row) -> Decimal:
        return self._amount(row) + self._tax(row)

    def paid(self, row: Row) -> Decimal:
        payments = active_payments(self._books, row.id)
        return sum((Decimal(payment.fields["amount"]) for payment in payments), ZERO)

    def outstanding(self, row: Row) -> Decimal:
        return self.total(row) - self.paid(row)

    def status(self, row: Row) -> str:
        """A bill paid in part stays `partial` when it falls due: a guess, no public source says."""
        paid, left = self.paid(row), self.outstanding(row)
        if paid > 0:
            return "paid" if left <= 0 else "partial"
        return "overdue" if left > 0 and self._due(row) < self._books.today() else "unpaid"

    def _fields(self, sent: Fields) -> Fields:
        """Those of the plain fields that were sent, checked."""
        read, switches = self._read, self._books.switches
        readers: dict[str, Callable[[Any], Any]] = {
            "vendorid": self._vendors.usable,
            "issue_date": lambda value: read.day("issue_date", value),
            "due_offset_days": self._offset,
            "currency_code": lambda value: read.currency("currency_code", value),
            "language": lambda value: read.filled("language", value),
            "bill_number": lambda value: read.text("bill_number", value, limit=switches.bill_number_length),
            "attachment": lambda value: value,
        }
        return {name: reader(sent[name]) for name, reader in readers.items() if name in sent}

    def _offset(self, value: Any) -> int:
        days = self._read.whole("due_offset_days", value)
        if not 0 <= days <= MOST_OFFSET_DAYS:
            raise self._read.refusal(INVALID, "due_offset_days", "due_offset_days is out of range.", value)
        return days

    def _refuse_taken_number(self, fields: Fields, *, but_for: int | None) -> None:
        rule, number = self._books.switches.bill_number_unique, fields["bill_number"]
        if rule == Unique.NO or not number:
            return
        for other in self.table:
            same_vendor = other.fields["vendorid"] == fields["vendorid"]
            if other.id == but_for or other.deleted or other.fields["bill_number"] != number:
                continue
            if rule == Unique.EVERYWHERE or same_vendor:
                raise self._read.refusal(INVALID, "bill_number", "bill_number is in use already.", number)

    def _refuse_if_paid(self, before: Row, after: Row) -> None:
        rule, paid = self._books.switches.paid_bill, self.paid(before)
        if rule == PaidBill.EDITABLE or paid <= 0:
            return
        if rule == PaidBill.KEEPS_ALL and self.status(before) == "paid":
            raise self._read.refusal(INVALID, "status", "A paid bill cannot be changed.", "paid")
        changed = self._money_of(before) != self._money_of(after)
        if changed and (self.status(before) == "paid" or self.total(after) < paid):
            raise self._read.refusal(INVALID, "lines", "The amount of a paid bill cannot be changed.")

    def _money_of(self, row: Row) -> tuple[Any, Decimal]:
        return row.fields["currency_code"], self.total(row)

    def _amount(self, row: Row) -> Decimal:
        return sum((price(line).amount for line in row.fields["lines"]), ZERO)

    def _tax(self, row: Row) -> Decimal:
        return sum((price(line).tax for line in row.fields["lines"]), ZERO)

    def _due(self, row: Row) -> date:
        return date.fromisoformat(row.fields["issue_date"]) + timedelta(days=row.fields["due_offset_days"])
