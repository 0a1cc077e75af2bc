"""Projects and time entries: plain filters, `meta` for pages, full-replace PUT, error shape D."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.simulators.freshbooks.answers import answer
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import INVALID, Problem, Refusal, not_found
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import Fields, Row, Table
from tests.simulators.serving import Request, Response

DEFAULT_PER_PAGE, MOST_PER_PAGE = 30, 100
LINKS = ("client_id", "project_id", "task_id", "service_id")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z?")

type Keep = Callable[[Row], bool]


class TimeTracking:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._read = Reader(object="time_entry")

    def projects(self, project_id: str | None, request: Request) -> Response:
        if request.method != "GET":
            raise not_found("project")
        if project_id is not None:
            return answer(200, {"project": _shown(_row(self._books.projects, project_id))})
        asked = dict(request.query)
        rows = list(self._books.projects)
        for name in ("active", "complete"):
            if name in asked:
                rows = [row for row in rows if row.fields[name] is (asked[name] == "true")]
        if "client_id" in asked:
            rows = [row for row in rows if str(row.fields["client_id"]) == asked["client_id"]]
        if "updated_since" in asked:
            since = _asked_instant("updated_since", asked["updated_since"])
            rows = [row for row in rows if datetime.fromisoformat(row.fields["updated_at"]) >= since]
        return _page("projects", [_shown(row) for row in rows], asked)

    def entries(self, entry_id: str | None, request: Request, *, identity_id: int) -> Response:
        """DELETE keeps the row, for those who ask with `include_deleted`."""
        if entry_id is None:
            return self._created(request, identity_id) if request.method == "POST" else self._list(request, identity_id)
        row = _row(self._books.time_entries, entry_id)
        if request.method == "PUT":
            row = self._put(row, self._fields(request), "update")
        if request.method == "DELETE":
            self._put(row, {"active": False}, "delete")
            return Response(status=204)
        return answer(200, {"time_entry": _shown(row)})

    def add_project(self, *, title: str, **fields: Any) -> Fields:
        now = _instant(self._books.now())
        defaults: Fields = {"client_id": None, "active": True, "complete": False, "internal": False}
        row = self._books.projects.add({**defaults, "title": title, "created_at": now, "updated_at": now, **fields})
        self._books.record("project.create", row.id)
        return _shown(row)

    def edit_project(self, project_id: int, **fields: Any) -> Fields:
        row = _row(self._books.projects, str(project_id))
        now = _instant(self._books.now())
        self._books.record("project.update", row.id)
        return _shown(self._books.projects.put(row.with_fields({**fields, "updated_at": now})))

    def add_entry(self, *, identity_id: int, **fields: Any) -> Fields:
        now = self._books.now()
        defaults: Fields = {"is_logged": True, "started_at": _instant(now), "duration": 3600}
        row = self._add({**defaults, **fields}, identity_id)
        self._books.record("time_entry.create", row.id)
        return _shown(row)

    def edit_entry(self, entry_id: int, **fields: Any) -> Fields:
        """In FreshBooks' own screens what is not touched stays, links too."""
        row = _row(self._books.time_entries, str(entry_id))
        return _shown(self._put(row, {name: row.fields[name] for name in LINKS} | fields, "update"))

    def delete_entry(self, entry_id: int) -> None:
        self._put(_row(self._books.time_entries, str(entry_id)), {"active": False}, "delete")

    def start_timer(self, *, identity_id: int, **fields: Any) -> Fields:
        """An entry that runs: no duration yet, and not logged."""
        timer = {"id": self._books.time_entries.take_id(), "is_running": True}
        running = {"is_logged": False, "duration": None, "timer": timer}
        return self.add_entry(identity_id=identity_id, **running, **fields)

    def stop_timer(self, entry_id: int) -> Fields:
        """Stopped and logged, with the time that has passed."""
        row = _row(self._books.time_entries, str(entry_id))
        passed = self._books.now() - datetime.fromisoformat(row.fields["started_at"])
        return self.edit_entry(entry_id, is_logged=True, duration=int(passed.total_seconds()), timer=None)

    def _created(self, request: Request, identity_id: int) -> Response:
        row = self._add(self._fields(request), identity_id)
        self._books.record("time_entry.create", row.id)
        return answer(200, {"time_entry": _shown(row)})

    def _add(self, fields: Fields, identity_id: int) -> Row:
        now = self._books.now()
        base: Fields = {
            **dict.fromkeys(LINKS),
            "identity_id": identity_id,
            "active": True,
            "billable": True,
            "billed": False,
            "internal": False,
            "note": "",
            "pending_client": None,
            "pending_project": None,
            "pending_task": None,
            "retainer_id": None,
            "timer": None,
            "duration": None,
            "created_at": _instant(now),
        }
        return self._books.time_entries.add({**base, **fields, "changed_at": _instant(now)})

    def _put(self, row: Row, fields: Fields, verb: str) -> Row:
        """A link that an update leaves out becomes null."""
        cleared = {} if verb == "delete" else dict.fromkeys(LINKS)
        changes = {**cleared, **fields, "changed_at": _instant(self._books.now())}
        self._books.record(f"time_entry.{verb}", row.id)
        return self._books.time_entries.put(row.with_fields(changes))

    def _fields(self, request: Request) -> Fields:
        try:
            sent = request.json()["time_entry"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._read.refusal(INVALID, "__root__", "time_entry is missing.") from error
        if not isinstance(sent, dict):
            raise self._read.refusal(INVALID, "__root__", "time_entry must be an object.")
        needed = ("is_logged", "started_at", "duration") if sent.get("is_logged") else ("is_logged", "started_at")
        self._read.require(sent, needed)
        known = ("is_logged", *LINKS, "note", "billable", "billed", "internal", "local_started_at", "local_timezone")
        fields = {name: sent[name] for name in known if name in sent}
        if sent.get("duration") is not None:
            fields["duration"] = self._read.whole("duration", sent["duration"])
        return {**fields, "started_at": _instant(_asked_instant("started_at", str(sent["started_at"])))}

    def _list(self, request: Request, identity_id: int) -> Response:
        asked = dict(request.query)
        rows = list(self._books.time_entries)
        for keep in self._filters(asked, identity_id):
            rows = [row for row in rows if keep(row)]
        rows.sort(key=lambda row: str(row.fields["started_at"]), reverse=True)
        logged = sum(row.fields.get("duration") or 0 for row in rows)
        return _page("time_entries", [_shown(row) for row in rows], asked, meta={"total_logged": logged})

    def _filters(self, asked: Mapping[str, str], identity_id: int) -> list[Keep]:
        keeps: list[Keep] = []
        if asked.get("team") != "true":
            keeps.append(lambda row: row.fields["identity_id"] == identity_id)
        if asked.get("include_unlogged") != "true":
            keeps.append(lambda row: bool(row.fields["is_logged"]))
        if asked.get("include_deleted") != "true":
            keeps.append(lambda row: bool(row.fields["active"]))
        for name in ("client_id", "project_id", "identity_id"):
            if name in asked:
                keeps.append(_equals(name, asked[name]))
        for name in ("billable", "billed"):
            if name in asked:
                keeps.append(_equals(name, str(asked[name] == "true")))
        for name, field in (("started_from", "started_at"), ("updated_since", "changed_at")):
            if name in asked:
                keeps.append(_not_before(field, _asked_instant(name, asked[name])))
        if "started_to" in asked:
            end = _asked_instant("started_to", asked["started_to"])
            keeps.append(lambda row: datetime.fromisoformat(row.fields["started_at"]) <= end)
        return keeps


def _equals(field: str, value: str) -> Keep:
    return lambda row: str(row.fields.get(field)) == value


def _not_before(field: str, start: datetime) -> Keep:
    return lambda row: datetime.fromisoformat(row.fields[field]) >= start


def _asked_instant(name: str, value: str) -> datetime:
    """A bare date is refused here, unlike in accounting."""
    try:
        if INSTANT.fullmatch(value):
            return datetime.fromisoformat(value.rstrip("Z") + "+00:00")
    except ValueError:
        pass  # the thirteenth month, the thirtieth of February
    raise Refusal(422, Problem(errno=INVALID, message="invalid datetime format", field=name, value=value))


def _row(table: Table, row_id: str) -> Row:
    row = table.find(int(row_id)) if row_id.isdecimal() else None
    if row is None:
        raise not_found("resource", value=row_id)
    return row


def _shown(row: Row) -> Fields:
    return {"id": row.id, **{name: value for name, value in row.fields.items() if name != "changed_at"}}


def _page(
    name: str, rows: Sequence[Fields], asked: Mapping[str, str], *, meta: Mapping[str, Any] | None = None
) -> Response:
    page = max(1, _number(asked.get("page"), 1))
    per_page = min(_number(asked.get("per_page"), DEFAULT_PER_PAGE) or DEFAULT_PER_PAGE, MOST_PER_PAGE)
    pages = -(-len(rows) // per_page)
    numbers = {"total": len(rows), "per_page": per_page, "page": page, "pages": pages, "sort": [], **(meta or {})}
    return answer(200, {name: list(rows[(page - 1) * per_page : page * per_page]), "meta": numbers})


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
