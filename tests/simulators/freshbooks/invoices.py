"""Invoices: what clients owe. Their amounts and their standing are computed, from lines and from payments."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.simulators.freshbooks.amounts import money, plain, rounded
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.clients import ADDRESS, Clients
from tests.simulators.freshbooks.errors import INVALID, WRONG_TYPE, deleted
from tests.simulators.freshbooks.invoice_status import DRAFT, SENT, WRITABLE, Standing
from tests.simulators.freshbooks.listing import Filter, at_least, at_most, one_of
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row

STRING_STATUS = 1015
READ_ONLY_FIELDS = frozenset(
    {
        "id",
        "invoiceid",
        "uuid",
        "due_date",
        "amount",
        "outstanding",
        "paid",
        "net_paid_amount",
        "display_status",
        "payment_status",
        "v3_status",
        "autobill_status",
        "date_paid",
        "created_at",
        "updated",
        "version",
    }
)
TEXTS = ("invoice_number", "po_number", "notes", "terms", "description", "vat_name", "vat_number", "language")
FROM_CLIENT = ("fname", "lname", "organization", "email")
ACTIONS = ("action_mark_as_sent", "action_email")


class Invoices:
    path, single, plural = "invoices/invoices", "invoice", "invoices"
    scope, event = "invoices", "invoice"
    methods = ("GET", "POST", "PUT", "DELETE")

    def __init__(self, books: Books, clients: Clients) -> None:
        self._books = books
        self._clients = clients
        self._read = Reader(object="invoice")
        self.table = books.invoices
        self.filters: dict[str, Filter] = {
            **{name: one_of(name) for name in ("customerid", "invoiceid", "invoice_number", "v3_status")},
            **{f"{name}s": one_of(name) for name in ("customerid", "invoiceid")},
            "date_min": at_least("create_date"),
            "date_max": at_most("create_date"),
            "updated_min": at_least("updated"),
            "updated_max": at_most("updated"),
            "paid": _whether(lambda row: row["payment_status"] in ("paid", "auto-paid")),
            "outstanding": _whether(lambda row: Decimal(row["outstanding"]["amount"]) > 0),
        }

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        self._read.require(sent, ("customerid", "create_date"))
        client = self._clients.usable("customerid", sent["customerid"])
        number = f"{len(list(self.table)) + 1:07d}"
        base: Fields = {
            **dict.fromkeys(TEXTS),
            "invoice_number": number,
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, number)),
            "due_offset_days": 0,
            "currency_code": client.fields["currency_code"],
            "discount_value": "0",
            "status": DRAFT,
            "autobill_status": None,
            "auto_bill": False,
            "lines": [],
            **{name: client.fields[name] for name in FROM_CLIENT},
            **{name: client.fields[f"p_{name}"] for name in ADDRESS},
        }
        now = self._books.stamp(utc=False)
        fields = {**base, **self._fields(sent), "vis_state": ACTIVE, "created_at": now, "updated": now}
        fields["lines"] = self._lines(sent.get("lines", []), fields["currency_code"])
        return self.table.add(fields)

    def update(self, row: Row, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        if row.deleted and "vis_state" not in sent:
            raise deleted(self.single, value=row.id)
        changes = self._fields(sent)
        if "vis_state" in sent:
            changes["vis_state"] = self._read.visibility(sent["vis_state"])
        if "lines" in sent:
            changes["lines"] = self._lines(sent["lines"], row.fields["currency_code"])
        if any(sent.get(action) for action in ACTIONS):
            changes["status"] = SENT
        if sent.get("action_email"):
            self._books.record("invoice.sendByEmail", row.id)
        return self.changed(row, changes)

    def changed(self, row: Row, changes: Fields) -> Row:
        return self.table.put(row.with_fields({**changes, "updated": self._books.stamp(utc=False)}))

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        """A row of a list has no lines unless they are asked for."""
        code, standing = row.fields["currency_code"], self.standing(row)
        shown: Fields = {
            **{name: value for name, value in row.fields.items() if name != "lines"},
            "id": row.id,
            "invoiceid": row.id,
            "current_organization": self._organization(row),
            "due_date": standing.due.isoformat(),
            "amount": money(standing.total, code),
            "paid": money(standing.paid, code),
            "net_paid_amount": money(standing.paid, code),
            "outstanding": money(standing.total - standing.paid, code),
            "date_paid": self._last_paid(row) if standing.total <= standing.paid else None,
            "status": standing.status,
            "v3_status": standing.v3_status,
            "display_status": standing.display_status,
            "payment_status": standing.payment_status,
        }
        if not in_list or "lines" in includes:
            shown["lines"] = [self._line_shown(row.id, line, code) for line in row.fields["lines"]]
        return shown

    def standing(self, row: Row) -> Standing:
        fields = row.fields
        payments = self._payments(row.id)
        return Standing(
            kept=fields["status"],
            total=self._total(fields),
            paid=sum((Decimal(payment.fields["amount"]) for payment in payments), Decimal(0)),
            due=date.fromisoformat(fields["create_date"]) + timedelta(days=fields["due_offset_days"]),
            today=self._books.today(),
            autobill=fields["autobill_status"],
        )

    def outstanding(self, row: Row) -> Decimal:
        standing = self.standing(row)
        return standing.total - standing.paid

    def _payments(self, invoice_id: int) -> list[Row]:
        paid = self._books.invoice_payments
        return [row for row in paid if row.fields["invoiceid"] == invoice_id and row.fields["vis_state"] == ACTIVE]

    def _last_paid(self, row: Row) -> str | None:
        return max((payment.fields["date"] for payment in self._payments(row.id)), default=None)

    def _organization(self, row: Row) -> str | None:
        """What the client is called now; the invoice itself keeps the name of its day."""
        client = self._books.clients.find(row.fields["customerid"])
        return None if client is None else client.fields["organization"]

    def _total(self, fields: Fields) -> Decimal:
        """A discount is taken off before taxes, a percentage of each line."""
        kept = 1 - Decimal(fields["discount_value"]) / 100
        total = Decimal(0)
        for line in fields["lines"]:
            net = rounded(Decimal(line["qty"]) * Decimal(line["unit_cost"]) * kept)
            total += net + sum((rounded(net * Decimal(line[f"taxAmount{n}"] or 0) / 100) for n in "12"), Decimal(0))
        return total

    def _fields(self, sent: Fields) -> Fields:
        read = self._read
        found: Fields = {name: read.text(name, sent[name]) for name in (*TEXTS, *FROM_CLIENT) if name in sent}
        readers: dict[str, Callable[[Any], Any]] = {
            "customerid": lambda value: self._clients.usable("customerid", value).id,
            "create_date": lambda value: read.day("create_date", value),
            "due_offset_days": lambda value: read.whole("due_offset_days", value),
            "currency_code": lambda value: read.currency("currency_code", value),
            "discount_value": lambda value: plain(read.number("discount_value", value)),
            "auto_bill": lambda value: read.yes_or_no("auto_bill", value),
            "status": self._status,
        }
        return found | {name: reader(sent[name]) for name, reader in readers.items() if name in sent}

    def _status(self, value: Any) -> int:
        """What follows from payments cannot be set, and a word is none of the numbers."""
        if isinstance(value, str):
            raise self._read.refusal(STRING_STATUS, "status", "status must be a number.", value)
        if value not in WRITABLE:
            raise self._read.refusal(INVALID, "status", "status can be set to 0, 1, 2 or 3 alone.", value)
        return int(value)

    def _lines(self, sent: Any, code: str) -> list[Fields]:
        if not isinstance(sent, list) or not all(isinstance(line, dict) for line in sent):
            raise self._read.refusal(WRONG_TYPE, "lines", "lines must be a list of objects.")
        return [self._line(line, code) for line in sent]

    def _line(self, sent: Fields, code: str) -> Fields:
        read, names = self._read, ("name", "description", "taxName1", "taxName2")
        kept: Fields = {name: read.text(name, sent.get(name)) for name in names}
        kept |= {"lineid": self._books.lines.take_id(), "type": read.whole("type", sent.get("type", 0))}
        kept["qty"] = plain(read.number("qty", sent.get("qty", "1")))
        kept["unit_cost"] = str(read.money("unit_cost", sent.get("unit_cost"), code=code))
        for name in ("taxAmount1", "taxAmount2"):
            kept[name] = None if sent.get(name) is None else plain(read.number(name, sent[name]))
        return kept

    def _line_shown(self, invoice_id: int, line: Fields, code: str) -> Fields:
        cost = Decimal(line["unit_cost"])
        amount = money(rounded(Decimal(line["qty"]) * cost), code)
        return {**line, "invoiceid": invoice_id, "unit_cost": money(cost, code), "amount": amount}


def _whether(test: Callable[[Mapping[str, Any]], bool]) -> Filter:
    return lambda row, values: test(row) == (values[-1] == "true")
