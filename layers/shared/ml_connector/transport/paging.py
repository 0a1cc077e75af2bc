"""Lists read page by page, in the styles that vendors have: position, page number, cursor.

Each yields (sheet, resume): `resume` lets a later pass go on after that sheet, None after the last. A list whose
total moves under us is read again from one page back: rows may come twice, none is lost to a shift of up to a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

_REREADS = 3
"""How often one pass goes back. A total that never stands still must not keep us for ever; the overlap of the next
poll and the slow full read close what is left."""


class BadResumeError(ValueError):
    """A resume note that this style did not write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet[Item]:
    """One page as the vendor gave it. `is_last` where the vendor says so, else it follows from the rest.

    `total` counts the list's rows; `returned` this page's, where it differs from the items that we could use.
    """

    items: tuple[Item, ...] = ()
    total: int | None = None
    returned: int | None = None
    cursor: str | None = None
    is_last: bool | None = None

    @property
    def size(self) -> int:
        return len(self.items) if self.returned is None else self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the next page begins, where the one before it did, and what the total was then."""

    at: int
    before: int
    total: int | None = None

    def __str__(self) -> str:
        return f"{self.at}/{self.before}/{'' if self.total is None else self.total}"

    @classmethod
    def parse(cls, text: str) -> _Place:
        try:
            at, before, total = text.split("/")
            return cls(at=int(at), before=int(before), total=int(total) if total else None)
        except ValueError as error:
            raise BadResumeError(f"{text!r} is not a place in a list") from error


def start_count[Item](
    read: Callable[[int], Sheet[Item]], *, first: int = 1, resume: str | None = None
) -> Iterator[tuple[Sheet[Item], str | None]]:
    """`read(start)`: the next start is this one plus the rows that came; `first` is 1, or 0 for an offset."""
    return _by_place(read, first=first, by_page=False, resume=resume)


def offset[Item](
    read: Callable[[int], Sheet[Item]], *, resume: str | None = None
) -> Iterator[tuple[Sheet[Item], str | None]]:
    """`read(rows to pass over)`."""
    return _by_place(read, first=0, by_page=False, resume=resume)


def page_numbers[Item](
    read: Callable[[int], Sheet[Item]], *, first: int = 1, resume: str | None = None
) -> Iterator[tuple[Sheet[Item], str | None]]:
    """`read(page)`. Without `is_last` it goes on until a page is empty, so say it where the vendor tells."""
    return _by_place(read, first=first, by_page=True, resume=resume)


def cursor[Item](
    read: Callable[[str | None], Sheet[Item]], *, resume: str | None = None
) -> Iterator[tuple[Sheet[Item], str | None]]:
    """`read(cursor)`, None for the first page; the last page carries no cursor, or the one it was asked with."""
    asked = resume
    while True:
        sheet = read(asked)
        following = None if sheet.is_last or sheet.cursor == asked else (sheet.cursor or None)
        yield sheet, following
        if following is None:
            return
        asked = following


def _by_place[Item](
    read: Callable[[int], Sheet[Item]], *, first: int, by_page: bool, resume: str | None
) -> Iterator[tuple[Sheet[Item], str | None]]:
    place = _Place(at=first, before=first) if resume is None else _Place.parse(resume)
    rereads = 0
    while True:
        sheet = read(place.at)
        moved = place.total is not None and sheet.total is not None and sheet.total != place.total
        if moved and place.at > first and rereads < _REREADS:
            rereads += 1
            following = _Place(at=_back(place, sheet, first, by_page=by_page), before=first, total=sheet.total)
            yield sheet, str(following)
            place = following
            continue
        after = place.at + (1 if by_page else sheet.size)
        if _ends(sheet, after, first, by_page=by_page):
            yield sheet, None
            return
        place = replace(place, at=after, before=place.at, total=sheet.total)
        yield sheet, str(place)


def _back[Item](place: _Place, sheet: Sheet[Item], first: int, *, by_page: bool) -> int:
    """One page back from where we stand; by the larger of the two pages, where their sizes differ."""
    if by_page:
        return max(first, place.at - 1)
    return max(first, min(place.before, place.at - sheet.size))


def _ends[Item](sheet: Sheet[Item], after: int, first: int, *, by_page: bool) -> bool:
    """An empty page is the end whatever the total says: there is nothing at that place."""
    if sheet.is_last is not None:
        return sheet.is_last
    if sheet.size == 0:
        return True
    return not by_page and sheet.total is not None and after - first >= sheet.total
