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
from tests.simulators.freshbooks.clients import Clients
from tests.simulators.freshbooks.expenses import Expenses
from tests.simulators.freshbooks.invoice_payments import InvoicePayments
from tests.simulators.freshbooks.invoices import Invoices
from tests.simulators.freshbooks.ledger import Ledger
from tests.simulators.freshbooks.payments import BillPayments
from tests.simulators.freshbooks.table import DELETED, Fields, Row
from tests.simulators.freshbooks.tasks import Tasks
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
        self.clients = Clients(books, account_id=account_id)
        self.invoices = Invoices(books, self.clients)
        self.invoice_payments = InvoicePayments(books, self.invoices, account_id=account_id)
        self.tasks = Tasks(books)
        self.expenses = Expenses(books, self.categories, self.invoices, account_id=account_id)
        self.taxes = Taxes(books, account_id=account_id)
        self.ledger = Ledger(books, business_uuid=business_uuid)
        self.time_tracking = TimeTracking(books)
        self.vendors.owed = self._owed
        self.clients.owed = self._owed_by
        costs = (self.bills, self.vendors, self.payments, self.categories, self.taxes, self.expenses)
        sales = (self.clients, self.invoices, self.invoice_payments, self.tasks)
        self.accounting = Accounting(books, (*costs, *sales))
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

    def add_expense(self, *, amount: str, **fields: Any) -> Fields:
        code = fields.pop("currency_code", self._books.switches.base_currency)
        defaults: Fields = {
            "categoryid": next(iter(self.categories.table)).id,
            "staffid": 1,
            "date": self._books.today().isoformat(),
            "amount": {"amount": str(Decimal(amount)), "code": code},
        }
        return self._created(self.expenses, {**defaults, **fields})

    def add_client(self, *, organization: str, **fields: Any) -> Fields:
        return self._created(self.clients, {"organization": organization, **fields})

    def add_task(self, *, name: str, **fields: Any) -> Fields:
        return self._created(self.tasks, {"name": name, **fields})

    def add_invoice(self, *, customerid: int, amount: str = "100.00", **fields: Any) -> Fields:
        """An invoice of one line, unless `lines` says otherwise; sent, unless `status` does."""
        client = self._row(self.clients, customerid)
        code = fields.get("currency_code", client.fields["currency_code"])
        line = {"name": "Work", "qty": "1", "unit_cost": {"amount": str(Decimal(amount)), "code": code}}
        defaults: Fields = {
            "customerid": customerid,
            "create_date": self._books.today().isoformat(),
            "due_offset_days": 30,
            "status": 2,
            "lines": [line],
        }
        return self._created(self.invoices, {**defaults, **fields})

    def pay_invoice(self, invoice_id: int, amount: str, **fields: Any) -> Fields:
        code = self._row(self.invoices, invoice_id).fields["currency_code"]
        paid = {"amount": str(Decimal(amount)), "code": code}
        today = self._books.today().isoformat()
        return self._created(self.invoice_payments, {"invoiceid": invoice_id, "amount": paid, "date": today, **fields})

    def autobill(self, invoice_id: int, outcome: str) -> Fields:
        """The client's card was charged by itself: `failed`, `retry` or `success`, which pays nothing by itself."""
        row = self.invoices.changed(self._row(self.invoices, invoice_id), {"autobill_status": outcome})
        self._books.record("invoice.update", row.id)
        return self._shown(self.invoices, row)

    def delete(self, resource: Resource, row_id: int) -> Fields:
        return self.edit(resource, row_id, {"vis_state": DELETED})

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

    def _owed_by(self, client_id: int) -> list[tuple[str, Decimal]]:
        rows = [row for row in self._books.invoices if row.fields["customerid"] == client_id and not row.deleted]
        return [(row.fields["currency_code"], self.invoices.outstanding(row)) for row in rows]

    def _owed(self, vendor_id: int) -> tuple[Owed, Owed]:
        """Outstanding and overdue, by currency."""
        bills = [row for row in self._books.bills if row.fields["vendorid"] == vendor_id and not row.deleted]
        owed = [(row, row.fields["currency_code"], self.bills.outstanding(row)) for row in bills]
        late = [(code, left) for row, code, left in owed if self.bills.status(row) == "overdue"]
        return balances([(code, left) for _, code, left in owed]), balances(late)
