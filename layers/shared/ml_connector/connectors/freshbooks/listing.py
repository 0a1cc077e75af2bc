"""Lists, read so that absence means something: complete, and standing still while they were read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ml_connector.domain.errors import TransientError

PER_PAGE = 100
"""FreshBooks caps a larger page silently."""


class Listed(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def updated_at(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage[Item]:
    items: tuple[Item, ...]
    pages: int
    total: int


class IncompleteReadError(TransientError):
    """The list moved, or counts rows that it does not show: nothing may be concluded from it."""


def read_all[Item: Listed](read: Callable[[int], ListPage[Item]], *, what: str) -> tuple[Item, ...]:
    """Every row. A list of one page is one answer; a longer one is checked by its total and by its first page again.

    Raises: IncompleteReadError.
    """
    first = read(1)
    items = list(first.items)
    for number in range(2, first.pages + 1):
        page = read(number)
        if page.total != first.total:
            raise _incomplete(f"the list of {what} changed from {first.total} to {page.total} while it was read")
        items += page.items
    if len(items) != first.total:
        raise _incomplete(f"the list of {what} counts {first.total} and shows {len(items)}")
    if len({item.id for item in items}) != len(items):
        raise _incomplete(f"the list of {what} moved while it was read")
    if first.pages > 1 and _stamps(read(1)) != _stamps(first):
        raise _incomplete(f"the first page of {what} changed while the rest was read")
    return tuple(items)


def _stamps[Item: Listed](page: ListPage[Item]) -> list[tuple[str, str | None]]:
    return [(item.id, item.updated_at) for item in page.items]


def _incomplete(why: str) -> IncompleteReadError:
    return IncompleteReadError(why, system="freshbooks", code="incomplete")
