"""Clients: who owes the business. Another list than bill vendors, though both may name the same company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from tests.simulators.freshbooks.amounts import money
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import deleted, not_found
from tests.simulators.freshbooks.listing import Filter, at_least, at_most, one_of
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row

NAMES = ("organization", "fname", "lname", "email")
ADDRESS = ("street", "street2", "city", "province", "code", "country")
TEXTS = (
    *NAMES,
    "username",
    "bus_phone",
    "home_phone",
    "mob_phone",
    "fax",
    "language",
    "vat_name",
    "vat_number",
    "note",
    *(f"p_{part}" for part in ADDRESS),
    *(f"s_{part}" for part in ADDRESS),
)
READ_ONLY_FIELDS = frozenset(
    {
        "id",
        "userid",
        "uuid",
        "role",
        "outstanding_balance",
        "grand_total_balance",
        "updated",
        "signup_date",
        "last_activity",
        "last_login",
        "accounting_systemid",
    }
)


class Clients:
    path, single, plural = "users/clients", "client", "clients"
    scope, event = "clients", "client"
    methods = ("GET", "POST", "PUT")

    def __init__(self, books: Books, *, account_id: str) -> None:
        self._books = books
        self._account_id = account_id
        self._read = Reader(object="client")
        self.table = books.clients
        self.owed: Callable[[int], list[tuple[str, Decimal]]] = lambda _: []  # by currency, of each invoice
        self.filters: dict[str, Filter] = {
            "email": one_of("email"),
            "username": one_of("username"),
            "userid": one_of("userid"),
            "userids": one_of("userid"),
            "updated_min": at_least("updated"),
            "updated_max": at_most("updated"),
            **{f"{name}_like": _like(name) for name in NAMES},
            "has_outstanding": lambda row, values: bool(row["outstanding_balance"]) == (values[-1] == "true"),
        }

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        if not any(sent.get(name) for name in NAMES):
            self._read.require(sent, ("organization",))
        base: Fields = {**dict.fromkeys(TEXTS), "currency_code": self._books.switches.base_currency, "language": "en"}
        now = {"updated": self._books.stamp(utc=False), "signup_date": self._books.stamp(utc=True)}
        return self.table.add({**base, **self._fields(sent), **now, "vis_state": ACTIVE})

    def update(self, row: Row, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        if row.deleted and "vis_state" not in sent:
            raise deleted(self.single, field="userid", value=row.id)
        changes = self._fields(sent)
        if "vis_state" in sent:
            changes["vis_state"] = self._read.visibility(sent["vis_state"])
        return self.table.put(row.with_fields({**changes, "updated": self._books.stamp(utc=False)}))

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        return {
            "id": row.id,
            "userid": row.id,
            "accounting_systemid": self._account_id,
            "role": "client",
            **row.fields,
            "outstanding_balance": self._balances(row.id),
        }

    def usable(self, field: str, value: Any) -> Row:
        """A client that an invoice may name."""
        row = self.table.find(self._read.whole(field, value))
        status = self._books.switches.unknown_reference_status
        if row is None:
            raise not_found(self.single, field=field, value=value, status=status)
        if row.deleted:
            raise deleted(self.single, field=field, value=value, status=status)
        return row

    def _fields(self, sent: Fields) -> Fields:
        found: Fields = {name: self._read.text(name, sent[name]) for name in TEXTS if name in sent}
        if "currency_code" in sent:
            found["currency_code"] = self._read.currency("currency_code", sent["currency_code"])
        return found

    def _balances(self, client_id: int) -> list[Fields]:
        owed: dict[str, Decimal] = defaultdict(Decimal)
        for code, left in self.owed(client_id):
            owed[code] += left
        return [{"amount": money(left, code)} for code, left in sorted(owed.items()) if left]


def _like(field: str) -> Filter:
    """A part of the text, whatever the case of its letters."""
    return lambda row, values: values[-1].casefold() in str(row.get(field) or "").casefold()
