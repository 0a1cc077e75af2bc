"""Tasks: kinds of work with a price, on invoice lines and time entries. A part of accounting, whatever the path."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from tests.simulators.freshbooks.amounts import money
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import deleted
from tests.simulators.freshbooks.listing import Filter
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import ACTIVE, Fields, Row

READ_ONLY_FIELDS = frozenset({"id", "taskid", "updated"})


class Tasks:
    """No event tells of a task."""

    path, single, plural = "projects/tasks", "task", "tasks"
    scope, event = "projects", "task"
    methods = ("GET", "POST", "PUT")
    filters: Mapping[str, Filter] = {}

    def __init__(self, books: Books) -> None:
        self._books = books
        self._read = Reader(object="task")
        self.table = books.tasks

    def create(self, sent: Fields) -> Row:
        self._read.refuse_read_only(sent, READ_ONLY_FIELDS)
        self._read.require(sent, ("name",))
        base: Fields = {"description": None, "billable": True, "rate": "0", "code": self._books.switches.base_currency}
        return self.table.add(
            {**base, **self._fields(sent), "vis_state": ACTIVE, "updated": self._books.stamp(utc=False)}
        )

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
        rate = money(Decimal(row.fields["rate"]), row.fields["code"])
        return {"id": row.id, "taskid": row.id, **kept, "rate": rate}

    def _fields(self, sent: Fields) -> Fields:
        read = self._read
        found: Fields = {}
        if "name" in sent:
            found["name"] = read.filled("name", sent["name"])
        if "description" in sent:
            found["description"] = read.text("description", sent["description"])
        if "billable" in sent:
            found["billable"] = read.yes_or_no("billable", sent["billable"])
        if "rate" in sent:
            found["rate"] = str(read.money("rate", sent["rate"], code=None))
            found["code"] = read.currency("rate", sent["rate"].get("code", self._books.switches.base_currency))
        return found
