"""Taxes: read only here; a percentage is a string."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import not_found
from tests.simulators.freshbooks.listing import Filter
from tests.simulators.freshbooks.table import Fields, Row


class Taxes:
    path, single, plural = "taxes/taxes", "tax", "taxes"
    scope, event = "taxes", "tax"
    methods = ("GET",)
    filters: Mapping[str, Filter] = {}

    def __init__(self, books: Books, *, account_id: str) -> None:
        self._books = books
        self._account_id = account_id
        self.table = books.taxes

    def add(self, *, name: str, percent: str, number: str | None = None) -> Row:
        fields: Fields = {
            "accounting_systemid": self._account_id,
            "name": name,
            "amount": percent,
            "number": number,
            "compound": False,
            "updated": self._books.stamp(utc=False),
        }
        return self.table.add(fields)

    def create(self, sent: Fields) -> Row:
        raise not_found("resource")

    def update(self, row: Row, sent: Fields) -> Row:
        raise not_found("resource", value=row.id)

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields:
        return {"id": row.id, "taxid": row.id, **row.fields}
