"""Expenses: booked to a category, always final. There is no draft and no approval."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from tests.simulators.freshbooks.amounts import money
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.categories import Categories
from tests.simulators.freshbooks.errors import deleted
from tests.simulators.freshbooks.invoices import Invoices
from tests.simulators.freshbooks.listing import Filter, at_least, at_most, decimal_in, one_of
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row

INTERNAL, OUTSTANDING, INVOICED, RECOUPED = 0, 1, 2, 4
REQUIRED_FIELDS = ("categoryid", "staffid", "date", "amount")
READ_ONLY_FIELDS = frozenset(
    {
        "id",
        "expenseid",
        "status",
        "accounting_systemid",
        "accountid",
        "transactionid",
        "profileid",
        "isduplicate",
        "has_receipt",
        "is_cogs",
        "billable",
        "bill_matches",
        "potential_bill_payment",
        "background_jobid",
        "from_bulk_import",
        "modern_projectid",
        "converse_projectid",
        "ext_accountid",
        "updated",
        "version",
    }
)
TEXTS = ("vendor", "notes", "account_name", "bank_name", "taxName1", "taxName2", "markup_percent")
FILTERED = ("expenseid", "clientid", "staffid", "categoryid", "projectid")
LINKS = ("clientid", "projectid", "invoiceid", "ext_invoiceid", "ext_systemid")


class Expenses:
    path, single, plural = "expenses/expenses", "expense", "expenses"
    scope, event = "expenses", "expense"
    methods = ("GET", "POST", "PUT")

    def __init__(self, books: Books, categories: Categories, invoices: Invoices, *, account_id: str) -> None:
        self._books = books
        self._invoices = invoices
        self._categories = categories
        self._account_id = account_id
        self._read = Reader(object="expense")
        self.table = books.expenses
        self.filters: dict[str, Filter] = {
            "vendor": one_of("vendor"),
            "clientid_not": lambda row, values: str(row["clientid"]) not in values,
            "amount_min": lambda row, values: Decimal(row["amount"]["amount"]) >= decimal_in(values),
            "amount_max": lambda row, values: Decimal(row["amount"]["amount"]) <= decimal_in(values),
            **{name: one_of(name) for name in FILTERED},
            **{f"{name}s": one_of(name) for name in FILTERED},
            **{f"{name}_min": at_least(name) for name in ("date", "updated")},
            **{f"{name}_max": at_most(name) for name in ("date", "updated")},
        }

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        self._read.require(sent, REQUIRED_FIELDS)
        defaults: Fields = {**dict.fromkeys(TEXTS), **dict.fromkeys(LINKS)}
        fields = defaults | self._fields(sent)
        fields |= {"vis_state": ACTIVE, "updated": self._books.stamp(utc=False)}
        return self.table.add(fields)

    def update(self, row: Row, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        if row.deleted and "vis_state" not in sent:
            raise deleted(self.single, value=row.id)
        changes = self._fields(sent)
        if "vis_state" in sent:
            changes["vis_state"] = self._read.visibility(sent["vis_state"])
        return self.table.put(row.with_fields({**changes, "updated": self._books.stamp(utc=False)}))

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        kept = {name: value for name, value in row.fields.items() if name != "code"}
        category = self._categories.shown(row.fields["categoryid"])
        shown: Fields = {
            **kept,
            "id": row.id,
            "expenseid": row.id,
            "accounting_systemid": self._account_id,
            "amount": money(Decimal(row.fields["amount"]), row.fields["code"]),
            "status": self._status(row),
            "has_receipt": False,
            "is_cogs": category["is_cogs"],
            "isduplicate": False,
            "bill_matches": [],
        }
        return {**shown, "category": category} if "category" in includes else shown

    def _status(self, row: Row) -> int:
        """An internal cost, one that a client will pay, one on an invoice, one that the client has paid."""
        if not row.fields["clientid"]:
            return INTERNAL
        if not row.fields["invoiceid"]:
            return OUTSTANDING
        invoice = self._books.invoices.find(int(row.fields["invoiceid"]))
        paid = invoice is not None and self._invoices.outstanding(invoice) <= 0
        return RECOUPED if paid else INVOICED

    def _fields(self, sent: Fields) -> Fields:
        read = self._read
        found: Fields = {name: read.text(name, sent[name]) for name in TEXTS if name in sent}
        found |= {name: sent[name] for name in LINKS if name in sent}
        if "categoryid" in sent:
            found["categoryid"] = self._categories.usable(sent["categoryid"])
        if "staffid" in sent:
            found["staffid"] = read.whole("staffid", sent["staffid"])
        if "date" in sent:
            found["date"] = read.day("date", sent["date"])
        if "amount" in sent:
            found["amount"] = str(read.money("amount", sent["amount"], code=None))
            found["code"] = read.currency("amount", sent["amount"].get("code", self._books.switches.base_currency))
        return found
