"""Lists read page by page: complete, resumable, and nothing lost when the list moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.transport import paging
from ml_connector.transport.paging import BadResumeError, Sheet


def _nothing(rows: list[int]) -> None:
    return


def _without(gone: int) -> Callable[[list[int]], object]:
    def leave(rows: list[int]) -> None:
        rows[:] = [row for row in rows if row != gone]

    return leave


class Shelf:
    """A list that a vendor pages, and what happens to it before each read."""

    def __init__(
        self, rows: list[int], size: int, before: dict[int, Callable[[list[int]], object]] | None = None
    ) -> None:
        self.rows, self.size, self.reads = rows, size, 0
        self._before = before or {}

    def at(self, start: int) -> Sheet[int]:
        self.reads += 1
        self._before.get(self.reads, _nothing)(self.rows)
        return Sheet(items=tuple(self.rows[start - 1 : start - 1 + self.size]), total=len(self.rows))


def read_all(shelf: Shelf, resume: str | None = None) -> list[int]:
    return [row for sheet, _ in paging.start_count(shelf.at, resume=resume) for row in sheet.items]


def test_a_list_is_read_page_by_page_to_its_total() -> None:
    shelf = Shelf(list(range(7)), size=3)

    assert (read_all(shelf), shelf.reads) == ([0, 1, 2, 3, 4, 5, 6], 3)


@pytest.mark.parametrize(("rows", "reads"), [(0, 1), (3, 1), (6, 2)])
def test_a_full_last_page_needs_no_further_call(rows: int, reads: int) -> None:
    shelf = Shelf(list(range(rows)), size=3)

    read_all(shelf)

    assert shelf.reads == reads


def test_a_row_that_leaves_while_we_read_makes_us_go_back_a_page() -> None:
    shelf = Shelf(list(range(9)), size=3, before={2: _without(0)})

    found = read_all(shelf)

    assert set(found) == set(range(9))
    assert found.count(8) == 1


def test_a_pass_that_was_interrupted_notices_what_moved_meanwhile() -> None:
    shelf = Shelf(list(range(9)), size=3)
    sheets = paging.start_count(shelf.at)
    next(sheets)
    _, resume = next(sheets)
    shelf.rows.remove(0)

    found = read_all(shelf, resume)

    assert set(found) >= {6, 7, 8}


def test_a_total_that_never_stands_still_does_not_keep_us_for_ever() -> None:
    shelf = Shelf(list(range(9)), size=3, before={n: lambda rows: rows.append(len(rows)) for n in range(1, 200)})

    found = read_all(shelf)

    assert set(found) >= set(range(9))


def test_a_total_that_is_wrong_ends_with_the_empty_page() -> None:
    sheets = {1: Sheet(items=(1, 2), total=9), 3: Sheet[int](items=(), total=9)}

    found = [row for sheet, _ in paging.start_count(sheets.__getitem__) for row in sheet.items]

    assert found == [1, 2]


def test_an_unreadable_resume_is_refused() -> None:
    with pytest.raises(BadResumeError):
        list(paging.start_count(Shelf([], 3).at, resume="page two"))


def test_an_offset_begins_at_nought() -> None:
    shelf = Shelf(list(range(5)), size=2)

    found = [row for sheet, _ in paging.offset(lambda passed: shelf.at(passed + 1)) for row in sheet.items]

    assert found == [0, 1, 2, 3, 4]


def test_page_numbers_end_where_the_vendor_says() -> None:
    sheets = {1: Sheet(items=("a",), is_last=False), 2: Sheet(items=("b",), is_last=True)}

    found = [(sheet.items, resume) for sheet, resume in paging.page_numbers(sheets.__getitem__)]

    assert found == [(("a",), "2/1/"), (("b",), None)]


def test_a_cursor_is_followed_until_there_is_none() -> None:
    sheets = {None: Sheet(items=("a",), cursor="x"), "x": Sheet(items=("b",))}

    assert [(sheet.items, resume) for sheet, resume in paging.cursor(sheets.__getitem__)] == [
        (("a",), "x"),
        (("b",), None),
    ]


def test_a_cursor_that_repeats_ends_the_list() -> None:
    sheets = {None: Sheet(items=("a",), cursor="x"), "x": Sheet(items=("b",), cursor="x")}

    assert len(list(paging.cursor(sheets.__getitem__))) == 2


@given(rows=st.integers(0, 30), size=st.integers(1, 7), gone=st.integers(0, 29), read=st.integers(2, 12))
def test_one_departure_never_hides_a_row_that_stays(rows: int, size: int, gone: int, read: int) -> None:
    shelf = Shelf(list(range(rows)), size, before={read: _without(gone)})

    found = read_all(shelf)

    assert set(found) >= set(range(rows)) - {gone}


@given(rows=st.integers(0, 30), size=st.integers(1, 7), pages=st.integers(0, 10))
def test_a_pass_resumed_anywhere_reads_the_rest(rows: int, size: int, pages: int) -> None:
    whole = list(paging.start_count(Shelf(list(range(rows)), size).at))
    done = whole[: min(pages, len(whole) - 1)]
    resume = done[-1][1] if done else None

    found = [row for sheet, _ in done for row in sheet.items] + read_all(Shelf(list(range(rows)), size), resume)

    assert found == list(range(rows))
