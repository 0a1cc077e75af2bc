"""The accounting family: one engine for every resource, and what each resource must offer it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol

from tests.simulators.freshbooks.answers import answer
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import ACCESS_DENIED, UNPARSABLE, Problem, Refusal, deleted, not_found
from tests.simulators.freshbooks.ids import in_style
from tests.simulators.freshbooks.listing import Filter, Query, arrange, cut, read_query, select
from tests.simulators.freshbooks.switches import DeletedRead
from tests.simulators.freshbooks.table import ACTIVE, DELETED, Fields, Row, Table
from tests.simulators.serving import Request, Response

GATE_ERRNOS = {"bills": 41_001, "bill_vendors": 31_001, "bill_payments": 41_101, "items": 12_001}


SORTS = {
    "invoices": {"invoice_date": "create_date"},
    "clients": {"organization_name": "organization", "fullname": "fname", "email": "email", "updated": "updated"},
}
"""Where only some orders work: the name that is asked for, and the field that it is. All others are ignored."""


class Resource(Protocol):
    """One kind of accounting record. A method it does not list is answered 404."""

    path: str
    single: str
    plural: str
    scope: str
    event: str
    table: Table

    @property
    def methods(self) -> Collection[str]: ...

    @property
    def filters(self) -> Mapping[str, Filter]: ...

    def create(self, sent: Fields) -> Row: ...

    def update(self, row: Row, sent: Fields) -> Row: ...

    def render(self, row: Row, includes: Collection[str], *, in_list: bool) -> Fields: ...


class Accounting:
    def __init__(self, books: Books, resources: Collection[Resource]) -> None:
        self._books = books
        self.resources = {resource.path: resource for resource in resources}

    def answer(self, resource: Resource, row_id: str | None, request: Request) -> Response:
        """The work itself; sign-in, scope and account are settled by now. Raises Refusal."""
        self._pass_gate(resource)
        if request.method == "GET":
            return self._list(resource, request) if row_id is None else self._get(resource, row_id, request)
        fits = {"POST": row_id is None, "PUT": row_id is not None, "DELETE": row_id is not None}
        if request.method not in resource.methods or not fits.get(request.method, False):
            raise not_found("resource", field="", value=request.path)
        return self._write(resource, row_id, request)

    def _list(self, resource: Resource, request: Request) -> Response:
        query = read_query(request.query)
        listed = (row for row in resource.table if self._books.listed(row) and _may_pass(row, resource, query))
        rows = [resource.render(row, query.includes, in_list=True) for row in listed]
        switches = self._books.switches
        sorts = SORTS.get(resource.plural)
        chosen = select(rows, query, resource.filters)
        chosen = arrange(chosen, query, newest_first=switches.newest_first, sorts=sorts)
        page, numbers = cut(chosen, query, hidden=switches.rows_counted_but_hidden)
        return self._result({resource.plural: page, **numbers})

    def _get(self, resource: Resource, row_id: str, request: Request) -> Response:
        row = self._row(resource, row_id)
        if row.deleted and self._books.switches.deleted_read == DeletedRead.REFUSED:
            raise deleted(resource.single, value=row_id)
        return self._one(resource, row, request)

    def _write(self, resource: Resource, row_id: str | None, request: Request) -> Response:
        sent = {"vis_state": DELETED} if request.method == "DELETE" else _body(resource, request)
        if row_id is None:
            row, verb = replace(resource.create(sent), born=self._books.now()), "create"
            resource.table.put(row)
        else:
            before = self._row(resource, row_id)
            row = resource.update(before, sent)
            verb = "delete" if row.deleted and not before.deleted else "update"
        self._books.record(f"{resource.event}.{verb}", row.id)
        return self._one(resource, row, request)

    def _one(self, resource: Resource, row: Row, request: Request) -> Response:
        includes = read_query(request.query).includes
        return self._result({resource.single: resource.render(row, includes, in_list=False)})

    def _row(self, resource: Resource, row_id: str) -> Row:
        row = resource.table.find(int(row_id)) if row_id.isdecimal() else None
        if row is None:
            raise not_found(resource.single, value=row_id)
        return row

    def _pass_gate(self, resource: Resource) -> None:
        if resource.plural in self._books.switches.gated:
            errno = GATE_ERRNOS.get(resource.plural, ACCESS_DENIED)
            message = f"The plan of this account does not include {resource.plural}."
            raise Refusal(200, Problem(errno=errno, message=message, object=resource.single))

    def _result(self, result: Fields) -> Response:
        return answer(200, {"response": {"result": in_style(result, self._books.switches.ids)}})


def _may_pass(row: Row, resource: Resource, query: Query) -> bool:
    """Whether the row is worth rendering: its vendor and its state tell before the filters do, which is quick."""
    asked = query.search.get("vendorid") if "vendorid" in resource.filters else None
    is_asked = asked is None or str(row.fields.get("vendorid")) in asked
    return is_asked and row.fields.get("vis_state", ACTIVE) in query.vis_states


def _body(resource: Resource, request: Request) -> Fields:
    try:
        sent = request.json()
    except ValueError:
        sent = None
    inner = sent.get(resource.single) if isinstance(sent, dict) else None
    if not isinstance(inner, dict):
        message = f"The body must be JSON with {resource.single} at its top."
        raise Refusal(400, Problem(errno=UNPARSABLE, message=message, field=resource.single))
    return inner
