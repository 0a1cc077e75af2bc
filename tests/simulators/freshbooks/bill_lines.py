"""Lines of a bill: what may be sent, what is kept, what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.simulators.freshbooks.amounts import money, plain, rounded
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.categories import Categories
from tests.simulators.freshbooks.errors import INVALID, REQUIRED, WRONG_TYPE
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.switches import CategoryShape, LinesUpdate
from tests.simulators.freshbooks.table import Fields

COMPUTED = frozenset({"amount", "total_amount", "tax_amount1", "tax_amount2"})
GIVEN_BY_FRESHBOOKS = frozenset({"id", "list_index"})
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    amount: Decimal
    tax1: Decimal
    tax2: Decimal

    @property
    def tax(self) -> Decimal:
        return self.tax1 + self.tax2

    @property
    def total(self) -> Decimal:
        return self.amount + self.tax


def price(line: Fields) -> Price:
    """A compounded second tax is taken on the amount with the first tax."""
    amount = rounded(Decimal(line["quantity"]) * Decimal(line["unit_cost"]))
    tax1 = _tax(amount, line["tax_percent1"])
    tax2 = _tax(amount + tax1 if line["compounded_tax"] else amount, line["tax_percent2"])
    return Price(amount=amount, tax1=tax1, tax2=tax2)


def _tax(amount: Decimal, percent: str | None) -> Decimal:
    return rounded(amount * Decimal(percent) / 100) if percent else ZERO


class BillLines:
    def __init__(self, books: Books, categories: Categories) -> None:
        self._books = books
        self._categories = categories
        self._read = Reader(object="bill_line")

    def read(self, sent: Any, *, code: str, old: Sequence[Fields] = ()) -> list[Fields]:
        """The lines to keep; `old` are the bill's present ones, when this is an update."""
        if not isinstance(sent, list) or not all(isinstance(line, dict) for line in sent):
            raise self._read.refusal(WRONG_TYPE, "lines", "lines must be a list of objects.")
        if not sent:
            raise self._read.refusal(REQUIRED, "lines", "A bill needs at least one line.")
        if old and self._books.switches.lines_update == LinesUpdate.MERGE:
            return self._merged(sent, code=code, old=old)
        return [self._line(line, index, code=code, on_create=not old) for index, line in enumerate(sent, start=1)]

    def render(self, line: Fields, code: str) -> Fields:
        priced = price(line)
        shown: Fields = {
            "id": line["id"],
            "list_index": line["list_index"],
            "category": self._category(line["categoryid"]),
            "description": line["description"],
            "quantity": line["quantity"],
            "unit_cost": money(Decimal(line["unit_cost"]), code),
            "amount": money(priced.amount, code),
            "total_amount": money(priced.total, code),
        }
        if self._books.switches.line_categoryid:
            shown["categoryid"] = line["categoryid"]
        for number, tax in (("1", priced.tax1), ("2", priced.tax2)):
            shown[f"tax_name{number}"] = line[f"tax_name{number}"]
            shown[f"tax_percent{number}"] = line[f"tax_percent{number}"]
            shown[f"tax_authorityid{number}"] = line[f"tax_authorityid{number}"]
            shown[f"tax_amount{number}"] = money(tax, code) if line[f"tax_percent{number}"] else None
        return shown

    def _category(self, category_id: int) -> Any:
        category = self._categories.shown(category_id)
        return category if self._books.switches.category == CategoryShape.OBJECT else category["category"]

    def _merged(self, sent: Sequence[Fields], *, code: str, old: Sequence[Fields]) -> list[Fields]:
        lines = {line["list_index"]: line for line in old}
        for line in sent:
            index = self._read.whole("list_index", line.get("list_index") or max(lines) + 1)
            before = lines.get(index)
            known = _as_sent(before, code) if before else {}
            kept = self._line({**known, **line}, index, code=code, on_create=False)
            lines[index] = {**kept, "id": before["id"]} if before else kept
        return [lines[index] for index in sorted(lines)]

    def _line(self, sent: Fields, index: int, *, code: str, on_create: bool) -> Fields:
        """`id` and `list_index` may come back on an update, where they only say which line is meant."""
        self._read.refuse_read_only(sent, COMPUTED | GIVEN_BY_FRESHBOOKS if on_create else COMPUTED)
        self._read.require(sent, ("categoryid", "unit_cost"))
        limit = self._books.switches.description_length
        return {
            "id": self._books.lines.take_id(),
            "list_index": index,
            "categoryid": self._categories.usable(sent["categoryid"]),
            "description": self._read.text("description", sent.get("description"), limit=limit),
            "quantity": plain(self._read.number("quantity", sent.get("quantity", 1))),
            "unit_cost": str(self._unit_cost(sent["unit_cost"], code)),
            "compounded_tax": self._read.yes_or_no("compounded_tax", sent.get("compounded_tax", False)),
            **self._taxes(sent),
        }

    def _unit_cost(self, sent: Any, code: str) -> Decimal:
        switches = self._books.switches
        cost = rounded(self._read.money("unit_cost", sent, code=code), places=switches.unit_cost_places)
        if cost < 0 and not switches.negative_unit_cost:
            raise self._read.refusal(INVALID, "unit_cost", "unit_cost must not be negative.", cost)
        return cost

    def _taxes(self, sent: Fields) -> Fields:
        taxes: Fields = {}
        for number in ("1", "2"):
            percent = sent.get(f"tax_percent{number}")
            taxes[f"tax_name{number}"] = self._read.text(f"tax_name{number}", sent.get(f"tax_name{number}"))
            taxes[f"tax_authorityid{number}"] = sent.get(f"tax_authorityid{number}")
            taxes[f"tax_percent{number}"] = (
                None if percent is None else plain(self._read.number(f"tax_percent{number}", percent))
            )
        return taxes


def _as_sent(line: Fields, code: str) -> Fields:
    """A kept line in the form in which it would be sent."""
    return {**line, "unit_cost": {"amount": line["unit_cost"], "code": code}}
