"""Expense categories: what a bill line is booked to. Read-only, unless a switch opens their creation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import deleted, not_found
from tests.simulators.freshbooks.listing import Filter
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row


class Categories:
    path, single, plural = "expenses/categories", "category", "categories"
    scope, event = "expenses", "category"
    filters: Mapping[str, Filter] = {}

    def __init__(self, books: Books) -> None:
        self._books = books
        self._read = Reader(object="category")
        self.table = books.categories

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET", "POST") if self._books.switches.category_creation else ("GET",)

    def create(self, sent: Fields) -> Row:
        self._read.require(sent, ("category",))
        parent = sent.get("parentid")
        return self.add(
            name=self._read.filled("category", sent["category"]),
            parent_id=None if parent is None else self.usable(parent),
            is_cogs=self._read.yes_or_no("is_cogs", sent.get("is_cogs", False)),
            is_editable=True,
        )

    def add(self, *, name: str, parent_id: int | None, is_cogs: bool, is_editable: bool) -> Row:
        now = self._books.stamp(utc=False)
        fields: Fields = {
            "category": name,
            "parentid": parent_id,
            "is_cogs": is_cogs,
            "is_editable": is_editable,
            "transaction_posted": False,
            "created_at": now,
            "updated_at": now,
            "vis_state": ACTIVE,
        }
        return self.table.add(fields)

    def update(self, row: Row, sent: Fields) -> Row:
        raise not_found("resource", value=row.id)

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        return {"id": row.id, "categoryid": row.id, **row.fields}

    def shown(self, category_id: int) -> Fields:
        row = self.table.find(category_id)
        assert row is not None, f"a line names category {category_id}, which never was"
        return {"id": row.id, "categoryid": row.id, **row.fields}

    def usable(self, value: Any) -> int:
        """The id of a category that something may be booked to."""
        category_id = self._read.whole("categoryid", value)
        row, status = self.table.find(category_id), self._books.switches.unknown_reference_status
        if row is None:
            raise not_found(self.single, field="categoryid", value=value, status=status)
        if row.fields["vis_state"] != ACTIVE:
            raise deleted(self.single, field="categoryid", value=value, status=status)
        return category_id
