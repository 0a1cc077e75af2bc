"""Bill vendors: whom the business owes. Not to be mixed with the free-text vendor of an expense."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from tests.simulators.freshbooks.amounts import money
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import INVALID, deleted, not_found
from tests.simulators.freshbooks.listing import Filter
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row

READ_ONLY_FIELDS = frozenset({"id", "vendorid", "outstanding_balance", "overdue_balance", "created_at", "updated_at"})
TEXTS = (
    "account_number",
    "primary_contact_first_name",
    "primary_contact_last_name",
    "primary_contact_email",
    "phone",
    "website",
    "street",
    "street2",
    "city",
    "province",
    "postal_code",
    "country",
    "note",
)

type Owed = Mapping[str, Decimal]


def nothing_owed(vendor_id: int) -> tuple[Owed, Owed]:
    return {}, {}


class Vendors:
    path, single, plural = "bill_vendors/bill_vendors", "bill_vendor", "bill_vendors"
    scope, event = "bill_vendors", "bill_vendor"
    methods = ("GET", "POST", "PUT")
    filters: Mapping[str, Filter] = {}  # none works, not even by name

    def __init__(self, books: Books) -> None:
        self._books = books
        self._read = Reader(object="bill_vendor")
        self.table = books.vendors
        self.owed: Callable[[int], tuple[Owed, Owed]] = nothing_owed  # outstanding and overdue, by currency

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        currency = ("currency_code",) if self._books.switches.vendor_currency_required else ()
        self._read.require(sent, ("vendor_name", "language", *currency))
        defaults: Fields = {
            **dict.fromkeys(TEXTS),
            "currency_code": self._books.switches.base_currency,
            "is_1099": False,
            "tax_defaults": [],
        }
        fields = defaults | self._fields(sent)
        self._refuse_taken_name(fields, but_for=None)
        now = self._now()
        fields |= {"vis_state": ACTIVE, "created_at": now, "updated_at": now}
        return self.table.add(fields)

    def update(self, row: Row, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        if row.deleted and "vis_state" not in sent:
            raise deleted(self.single, value=row.id)
        changes = self._fields(sent)
        if "vis_state" in sent:
            changes["vis_state"] = self._read.visibility(sent["vis_state"])
        after = row.with_fields(changes)
        self._refuse_taken_name(after.fields, but_for=row.id)
        return self.table.put(after.with_fields({"updated_at": self._now()}))

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        outstanding, overdue = self.owed(row.id)
        return {
            "id": row.id,
            "vendorid": row.id,
            **row.fields,
            "outstanding_balance": _balances(outstanding),
            "overdue_balance": _balances(overdue),
        }

    def brief(self, vendor_id: int) -> Fields:
        """The vendor as embedded in a bill: no balances."""
        row = self.table.find(vendor_id)
        return {} if row is None else {"id": row.id, "vendorid": row.id, **row.fields}

    def usable(self, value: Any) -> int:
        """The id of a vendor that a bill may name."""
        vendor_id = self._read.whole("vendorid", value)
        row, status = self.table.find(vendor_id), self._books.switches.unknown_reference_status
        if row is None:
            raise not_found(self.single, field="vendorid", value=value, status=status)
        if row.fields["vis_state"] != ACTIVE:
            raise deleted(self.single, field="vendorid", value=value, status=status)
        return vendor_id

    def _fields(self, sent: Fields) -> Fields:
        read = self._read
        found: Fields = {name: read.text(name, sent[name]) for name in TEXTS if name in sent}
        for name in ("vendor_name", "language"):
            if name in sent:
                found[name] = read.filled(name, sent[name])
        if sent.get("currency_code") is not None:
            found["currency_code"] = read.currency("currency_code", sent["currency_code"])
        if "is_1099" in sent:
            found["is_1099"] = read.yes_or_no("is_1099", sent["is_1099"])
        if "tax_defaults" in sent:
            found["tax_defaults"] = sent["tax_defaults"]
        return found

    def _refuse_taken_name(self, fields: Fields, *, but_for: int | None) -> None:
        name = fields["vendor_name"]
        taken = [
            row
            for row in self.table
            if row.id != but_for and not row.deleted and row.fields["vendor_name"].casefold() == name.casefold()
        ]
        if taken and self._books.switches.vendor_name_unique:
            raise self._read.refusal(INVALID, "vendor_name", "vendor_name is in use already.", name)

    def _now(self) -> str:
        return self._books.stamp(utc=self._books.switches.vendor_times_in_utc)


def balances(rows: Collection[tuple[str, Decimal]]) -> Owed:
    """What is owed, by currency."""
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for code, amount in rows:
        owed[code] += amount
    return owed


def _balances(owed: Owed) -> list[Fields]:
    return [{"amount": money(amount, code)} for code, amount in sorted(owed.items())]
