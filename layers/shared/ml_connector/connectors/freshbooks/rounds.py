"""A full read for a poll: the active rows, then the deleted, then the archived; it can go on in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ml_connector.connectors.freshbooks.listing import ListPage
from ml_connector.connectors.freshbooks.models import ACTIVE, ARCHIVED, DELETED
from ml_connector.pipeline.system import Page, Row
from ml_connector.transport.paging import BadResumeError, Sheet, page_numbers

_STATES: tuple[int | None, ...] = (None, DELETED, ARCHIVED)
_NAMES = {None: str(ACTIVE), DELETED: str(DELETED), ARCHIVED: str(ARCHIVED)}


def rounds[Item](
    read: Callable[[int, int | None], ListPage[Item]], row: Callable[[Item], Row], *, resume: str | None
) -> Iterator[Page]:
    """`read(page, state)`. A note of another making starts the round anew: rows may repeat, none is lost."""
    first, place = _place(resume)
    for index in range(first, len(_STATES)):
        state = _STATES[index]
        try:
            yield from _one_state(read, row, index, state, place)
        except BadResumeError:
            yield from _one_state(read, row, index, state, None)
        place = None


def _one_state[Item](
    read: Callable[[int, int | None], ListPage[Item]],
    row: Callable[[Item], Row],
    index: int,
    state: int | None,
    place: str | None,
) -> Iterator[Page]:
    for sheet, following in page_numbers(lambda page: _sheet(read(page, state), page), resume=place):
        yield Page(rows=tuple(row(item) for item in sheet.items), resume=_note(index, following))


def _sheet[Item](page: ListPage[Item], number: int) -> Sheet[Item]:
    return Sheet(items=page.items, total=page.total, is_last=number >= page.pages or not page.items)


def _note(index: int, following: str | None) -> str | None:
    if following is not None:
        return f"{_NAMES[_STATES[index]]}:{following}"
    return f"{_NAMES[_STATES[index + 1]]}:" if index + 1 < len(_STATES) else None


def _place(resume: str | None) -> tuple[int, str | None]:
    state, _, place = (resume or "").partition(":")
    names = [_NAMES[known] for known in _STATES]
    return (names.index(state), place or None) if state in names else (0, None)
