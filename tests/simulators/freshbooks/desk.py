"""The accounting person's desk: what is done in FreshBooks' own screens, by the same rules as through the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.simulators.freshbooks.accounting import Accounting, Resource
from tests.simulators.freshbooks.bill_lines import BillLines
from tests.simulators.freshbooks.bills import Bills
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.categories import Categories
from tests.simulators.freshbooks.chart import open_books
from tests.simulators.freshbooks.expenses import Expenses
from tests.simulators.freshbooks.ledger import Ledger
from tests.simulators.freshbooks.payments import BillPayments
from tests.simulators.freshbooks.table import DELETED, Fields, Row
from tests.simulators.freshbooks.taxes import Taxes
from tests.simulators.freshbooks.time_tracking import TimeTracking
from tests.simulators.freshbooks.vendors import Owed, Vendors, balances


class Desk:
    """Every resource of one set of books, opened with a chart that a new business would find."""

    def __init__(self, books: Books, *, account_id: str, business_uuid: str) -> None:
        self._books = books
        self.categories = Categories(books)
        self.vendors = Vendors(books)
        self.bills = Bills(books, self.vendors, BillLines(books, self.categories))
        self.payments = BillPayments(books, self.bills)
        self.expenses = Expenses(books, self.categories, account_id=account_id)
        self.taxes = Taxes(books, account_id=account_id)
        self.ledger = Ledger(books, business_uuid=business_uuid)
        self.time_tracking = TimeTracking(books)
        self.vendors.owed = self._owed
        resources = (self.bills, self.vendors, self.payments, self.categories, self.taxes, self.expenses)
        self.accounting = Accounting(books, resources)
        open_books(self.categories, self.ledger, self.taxes)

    def all_of(self, resource: Resource) -> list[Fields]:
        return [resource.render(row, frozenset(), in_list=False) for row in resource.table]

    def add_vendor(self, *, name: str, **fields: Any) -> Fields:
        currency = self._books.switches.base_currency
        return self._created(self.vendors, {"vendor_name": name, "language": "en", "currency_code": currency, **fields})

    def add_category(self, *, name: str, **fields: Any) -> Fields:
        given: Fields = {"parent_id": None, "is_cogs": False, "is_editable": True, **fields}
        row = self.categories.add(name=name, **given)
        self._books.record("category.create", row.id)
        return self._shown(self.categories, row)

    def delete_category(self, category_id: int) -> None:
        row = self._row(self.categories, category_id)
        self.categories.table.put(row.with_fields({"vis_state": DELETED}))
        self._books.record("category.delete", row.id)

    def add_bill(self, *, vendorid: int, amount: str, **fields: Any) -> Fields:
        """A bill of one line, unless `lines` says otherwise."""
        code = fields.get("currency_code", self._books.switches.base_currency)
        category = next(iter(self.categories.table)).id
        line = {"categoryid": category, "quantity": 1, "unit_cost": {"amount": str(Decimal(amount)), "code": code}}
        defaults: Fields = {
            "vendorid": vendorid,
            "issue_date": self._books.today().isoformat(),
            "due_offset_days": 30,
            "currency_code": code,
            "language": "en",
            "lines": [line],
        }
        return self._created(self.bills, {**defaults, **fields})

    def pay_bill(self, bill_id: int, amount: str, **fields: Any) -> Fields:
        code = self._row(self.bills, bill_id).fields["currency_code"]
        return self._created(
            self.payments, {"billid": bill_id, "amount": {"amount": str(amount), "code": code}, **fields}
        )

    def edit(self, resource: Resource, row_id: int, fields: Fields) -> Fields:
        before = self._row(resource, row_id)
        row = resource.update(before, fields)
        verb = "delete" if row.deleted and not before.deleted else "update"
        self._books.record(f"{resource.event}.{verb}", row.id)
        return self._shown(resource, row)

    def _created(self, resource: Resource, fields: Fields) -> Fields:
        row = resource.create(fields)
        self._books.record(f"{resource.event}.create", row.id)
        return self._shown(resource, row)

    def _row(self, resource: Resource, row_id: int) -> Row:
        row = resource.table.find(row_id)
        assert row is not None, f"there is no {resource.single} {row_id}"
        return row

    def _shown(self, resource: Resource, row: Row) -> Fields:
        return resource.render(row, frozenset(), in_list=False)

    def _owed(self, vendor_id: int) -> tuple[Owed, Owed]:
        """Outstanding and overdue, by currency."""
        bills = [row for row in self._books.bills if row.fields["vendorid"] == vendor_id and not row.deleted]
        owed = [(row, row.fields["currency_code"], self.bills.outstanding(row)) for row in bills]
        late = [(code, left) for row, code, left in owed if self.bills.status(row) == "overdue"]
        return balances([(code, left) for _, code, left in owed]), balances(late)
