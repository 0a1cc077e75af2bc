"""Mappings in time: a new choice takes its days from the others, and no day has two."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.mapping import changed, laid_over, stands, valid_on
from ml_connector.domain.records.kinds import ReferenceKind

BOOKS = ConnectionId(tenant="acme", name="freshbooks")
JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (6, 7, 8))


def a_choice(target: str | None, first: date | None = None, last: date | None = None) -> MappingEntry:
    return MappingEntry(
        connection=BOOKS, kind=ReferenceKind.ACCOUNT, code="600", target_id=target, valid_from=first, valid_to=last
    )


def told(entries: tuple[MappingEntry, ...]) -> list[tuple[str | None, date | None, date | None]]:
    return [(entry.target_id, entry.valid_from, entry.valid_to) for entry in entries]


@pytest.mark.parametrize(
    ("new", "after"),
    [
        (a_choice("2"), [("2", None, None)]),
        (a_choice("2", JULY), [("1", None, date(2026, 6, 30)), ("2", JULY, None)]),
        (a_choice("2", None, JUNE), [("2", None, JUNE), ("1", date(2026, 6, 2), None)]),
        (
            a_choice("2", JUNE, JULY),
            [("1", None, date(2026, 5, 31)), ("2", JUNE, JULY), ("1", date(2026, 7, 2), None)],
        ),
        (a_choice(None, JULY), [("1", None, date(2026, 6, 30))]),
        (a_choice(None), []),
    ],
    ids=["for good", "from a day", "up to a day", "between", "taken back from a day", "taken back"],
)
def test_a_new_choice_takes_its_days_from_the_one_before(
    new: MappingEntry, after: list[tuple[str | None, date | None, date | None]]
) -> None:
    assert told(laid_over([a_choice("1")], new)) == after


def test_a_document_uses_the_mapping_of_its_own_day() -> None:
    entries = laid_over([a_choice("1")], a_choice("2", JULY, JULY))

    found = [valid_on(entries, day) for day in (date(2026, 6, 30), JULY, date(2026, 7, 2))]

    assert [one and one.target_id for one in found] == ["1", "2", "1"]


def test_a_day_that_no_mapping_is_for_has_none() -> None:
    assert valid_on([a_choice("1", JULY, AUGUST)], JUNE) is None


@pytest.mark.parametrize(
    ("new", "answer"),
    [
        (a_choice("1", JUNE, JULY), True),
        (a_choice("1"), False),
        (a_choice("2", JUNE, JULY), False),
        (a_choice("1", JUNE, date(2026, 7, 2)), False),
    ],
    ids=["within", "wider", "another", "a day more"],
)
def test_a_choice_stands_already_where_all_of_its_days_say_the_same(new: MappingEntry, answer: bool) -> None:
    assert stands([a_choice("1", JUNE, JULY)], new) is answer


DAYS = st.none() | st.integers(0, 30).map(lambda days: JUNE + timedelta(days=days))
CHOICES = st.builds(
    lambda target, days: a_choice(target, *sorted(days)) if None not in days else a_choice(target, *days),
    st.sampled_from(["1", "2", None]),
    st.tuples(DAYS, DAYS),
)


@given(choices=st.lists(CHOICES, max_size=6), day=st.integers(-5, 35).map(lambda days: JUNE + timedelta(days=days)))
def test_every_day_has_what_was_said_of_it_last(choices: list[MappingEntry], day: date) -> None:
    entries: tuple[MappingEntry, ...] = ()
    for version, choice in enumerate(choices, start=1):
        entries = changed(entries, choice, version=version).after

    said = [one for one in choices if (one.valid_from or day) <= day <= (one.valid_to or day)]
    valid = [one for one in entries if (one.valid_from or day) <= day <= (one.valid_to or day)]

    assert [one.target_id for one in valid] == [one.target_id for one in said[-1:] if one.target_id]
