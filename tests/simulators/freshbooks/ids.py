"""Ids come as integers or as strings of digits, depending on resource and age: one walk over the finished answer."""

from __future__ import annotations

from typing import Any

from tests.simulators.freshbooks.switches import IdStyle

OWN = frozenset({"id"})
LINKS = frozenset(
    {"vendorid", "categoryid", "parentid", "billid", "taxid", "expenseid", "staffid", "clientid", "projectid"}
    | {"customerid", "invoiceid", "logid", "userid", "lineid", "taskid"}
)


def in_style(value: Any, style: IdStyle) -> Any:
    if style == IdStyle.INT:
        return value
    names = LINKS if style == IdStyle.MIXED else OWN | LINKS
    return _walk(value, names)


def _walk(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_walk(item, names) for item in value]
    if isinstance(value, dict):
        return {
            name: str(item) if name in names and isinstance(item, int) else _walk(item, names)
            for name, item in value.items()
        }
    return value
