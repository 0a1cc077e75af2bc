"""Accounting lists: page, filters that work, filters that are silently ignored, sort, includes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.simulators.freshbooks.errors import PAGE, PER_PAGE, Problem, Refusal

DEFAULT_PER_PAGE = 15
MOST_PER_PAGE = 100
SEARCH = re.compile(r"search\[(\w+)\](?:\[\d*\])?")

type Filter = Callable[[Mapping[str, Any], Sequence[str]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    page: int
    per_page: int
    search: Mapping[str, list[str]]
    includes: frozenset[str]
    sort: str | None

    @property
    def vis_states(self) -> frozenset[int]:
        asked = self.search.get("vis_state", [])
        return frozenset(int(value) for value in asked if value.isdecimal()) or frozenset({0})


def read_query(pairs: Sequence[tuple[str, str]]) -> Query:
    search: dict[str, list[str]] = {}
    for name, value in pairs:
        if match := SEARCH.fullmatch(name):
            search.setdefault(match[1], []).append(value)
    single = dict(pairs)
    return Query(
        page=max(1, _number(single.get("page"), default=1, errno=PAGE, field="page")),
        per_page=_per_page(single.get("per_page")),
        search=search,
        includes=frozenset(value for name, value in pairs if name in ("include[]", "include")),
        sort=single.get("sort"),
    )


def select(rows: Sequence[dict[str, Any]], query: Query, filters: Mapping[str, Filter]) -> list[dict[str, Any]]:
    """The rows that pass every filter that works; a filter nobody knows lets everything through."""
    chosen = [row for row in rows if row.get("vis_state", 0) in query.vis_states]
    for name, values in query.search.items():
        if name in filters:
            passes = filters[name]
            chosen = [row for row in chosen if passes(row, values)]
    return chosen


def arrange(
    rows: list[dict[str, Any]], query: Query, *, newest_first: bool, sorts: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """`sorts` are the orders that work, where not all do."""
    asked, _, way = (query.sort or "").rpartition("_")
    field = asked if sorts is None else sorts.get(asked, "")
    if way in ("asc", "desc") and all(isinstance(row.get(field), str | int) for row in rows):
        return sorted(rows, key=lambda row: row[field], reverse=way == "desc")
    return sorted(rows, key=lambda row: int(row["id"]), reverse=newest_first)


def cut(rows: Sequence[dict[str, Any]], query: Query, *, hidden: int) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """One page of rows, and the numbers that go with it."""
    start = (query.page - 1) * query.per_page
    total = len(rows) + hidden
    numbers = {"page": query.page, "pages": -(-total // query.per_page), "per_page": query.per_page, "total": total}
    return list(rows[start : start + query.per_page]), numbers


def one_of(field: str) -> Filter:
    """Equal to one of the values asked for, compared as text."""
    return lambda row, values: str(row.get(field)) in values


def at_least(field: str) -> Filter:
    """Not before the day asked for: a time of day in the filter is ignored."""
    return lambda row, values: str(row.get(field) or "")[:10] >= values[-1][:10]


def at_most(field: str) -> Filter:
    return lambda row, values: str(row.get(field) or "")[:10] <= values[-1][:10]


def decimal_in(values: Sequence[str]) -> Decimal:
    """The last value asked for; what is no number counts as 0."""
    try:
        return Decimal(values[-1])
    except InvalidOperation:
        return Decimal(0)


def _per_page(text: str | None) -> int:
    asked = _number(text, default=DEFAULT_PER_PAGE, errno=PER_PAGE, field="per_page")
    return min(asked, MOST_PER_PAGE) if asked > 0 else DEFAULT_PER_PAGE


def _number(text: str | None, *, default: int, errno: int, field: str) -> int:
    if text is None or text == "":
        return default
    if not re.fullmatch(r"-?\d+", text):
        raise Refusal(422, Problem(errno=errno, message=f"{field} must be a number.", field=field, value=text))
    return int(text)
