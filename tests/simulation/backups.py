"""A backup of our tables, and its return: what secrets, queues, vendors and the marker in S3 hold is not in it."""

from __future__ import annotations

from collections import deque
from typing import Any

from tests.fakes.world import FakeWorld

TABLES = ("ledger", "payloads", "references", "mappings", "connections", "polls", "grants")

type Backup = dict[str, dict[str, Any]]


def backup(fakes: FakeWorld) -> Backup:
    """Every table as it stands. What is in them is never changed in place, so their shelves alone are copied."""
    return {name: _copied(vars(getattr(fakes, name))) for name in TABLES}


def restore(fakes: FakeWorld, kept: Backup) -> None:
    """The tables as they stood, under the processes that use them."""
    for name in TABLES:
        vars(getattr(fakes, name)).update(_copied(kept[name]))


def _copied(value: Any) -> Any:
    match value:
        case dict():
            return {key: _copied(one) for key, one in value.items()}
        case list():
            return list(value)
        case set():
            return set(value)
        case deque():
            return deque(value)
        case _:
            return value
