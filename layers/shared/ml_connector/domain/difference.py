"""What differs between two versions of a record, field by field, each with its value before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ml_connector.domain.codec import encode
from ml_connector.domain.records.record import Record

CHANGES = "changes"
"""Where an audit entry's detail has them."""


def differences(before: Record, after: Record) -> dict[str, dict[str, Any]]:
    """By path, such as `lines[0].amount.amount`. A side that has no such field leaves out its key.

    Fields that are no content (`volatile`) are left out: they change without anything having changed.
    """
    old, new = _leaves_of(before), _leaves_of(after)
    changed = [path for path in {**old, **new} if old.get(path, _ABSENT) != new.get(path, _ABSENT)]
    return {path: _sides(path, old, new) for path in changed}


_ABSENT = object()


def _sides(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {side: values[path] for side, values in (("before", old), ("after", new)) if path in values}


def _leaves_of(record: Record) -> dict[str, Any]:
    content = {name: value for name, value in encode(record).items() if name not in record.volatile}
    return dict(_leaves("", content))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(f"{path}[{place}]", inner)
    else:
        yield path, value
