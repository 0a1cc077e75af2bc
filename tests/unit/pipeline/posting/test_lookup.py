from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.crossreference import Origin, State
from ml_connector.domain.posting import Absent, Action, Asked, Found, FoundBy, Several, Sighting, Unclear
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.pipeline.posting.lookup import after_change_look, after_create_look
from ml_connector.pipeline.posting.recovery import MAX_ATTEMPTS
from ml_connector.pipeline.posting.results import Ending
from tests.builders import a_bill
from tests.fakes.clock import START
from tests.rows import a_row_in_doubt

SETTLE = timedelta(seconds=150)
BILL = a_bill("B1")


@pytest.mark.parametrize(
    ("by", "origin", "state"),
    [
        (FoundBy.MARKER, Origin.RECOVERED, State.POSTED),
        (FoundBy.ID, Origin.RECOVERED, State.POSTED),
        (FoundBy.NUMBER, Origin.ADOPTED, State.LINKED),
    ],
)
def test_what_is_found_is_ours_by_our_marker_only(by: FoundBy, origin: Origin, state: State) -> None:
    ending = look(Found("B1", BILL, by))

    assert ending.row.confirmed is not None
    assert (ending.row.confirmed.origin, ending.row.state, ending.row.unsettled) == (origin, state, None)


@pytest.mark.parametrize(
    ("sighting", "state"),
    [
        (Absent(), State.IN_DOUBT),
        (Unclear("it moved"), State.IN_DOUBT),
        (Asked("q1"), State.IN_DOUBT),
        (Several("two", ("B1", "B2")), State.HELD),
    ],
    ids=["absent", "unclear", "asked", "several"],
)
def test_what_is_not_surely_found_leaves_the_doubt(sighting: Sighting, state: State) -> None:
    ending = look(sighting)

    assert ending.row.state is state
    assert ending.row.unsettled is not None


@pytest.mark.parametrize(
    ("waited", "absences", "state", "counted"),
    [
        (SETTLE - timedelta(seconds=1), 1, State.IN_DOUBT, 0),
        (SETTLE, 0, State.IN_DOUBT, 1),
        (SETTLE, 1, State.PLANNED, None),
    ],
    ids=["too early", "the first time", "the second time"],
)
def test_absence_is_believed_late_and_twice(
    waited: timedelta, absences: int, state: State, counted: int | None
) -> None:
    ending = look(Absent(), waited=waited, absences=absences)

    left = ending.row.unsettled
    assert (ending.row.state, left.absences if left else None) == (state, counted)


def test_an_unclear_read_does_not_undo_the_first_absence() -> None:
    ending = look(Unclear("it moved"), waited=SETTLE, absences=1)

    assert ending.row.unsettled is not None
    assert (ending.row.unsettled.absences, ending.row.unsettled.looks) == (1, 1)


def test_a_deleted_find_is_held_and_settled() -> None:
    ending = look(Found("B1", replace(BILL, status=BillStatus.DELETED), FoundBy.MARKER))

    assert (ending.row.state, ending.row.unsettled, ending.row.confirmed) == (State.HELD, None, None)


def test_a_find_that_differs_is_held_with_its_reference() -> None:
    ending = look(Found("B1", BILL, FoundBy.MARKER), differing=("total",))

    assert ending.row.state is State.HELD
    assert ending.row.confirmed is not None


def test_a_write_that_never_gets_an_answer_is_given_up() -> None:
    ending = look(Absent(), waited=SETTLE, absences=1, attempts=MAX_ATTEMPTS)

    assert (ending.row.state, ending.row.unsettled) == (State.DEAD, None)


@pytest.mark.parametrize(
    ("action", "found", "differing", "waited", "state"),
    [
        (Action.UPDATE, BILL, (), timedelta(), State.POSTED),
        (Action.UPDATE, BILL, ("total",), timedelta(), State.IN_DOUBT),
        (Action.UPDATE, BILL, ("total",), SETTLE, State.PLANNED),
        (Action.UPDATE, replace(BILL, status=BillStatus.DELETED), ("total",), timedelta(), State.HELD),
        (Action.VOID, replace(BILL, status=BillStatus.DELETED), (), timedelta(), State.REVERSED),
        (Action.VOID, BILL, (), timedelta(), State.IN_DOUBT),
        (Action.VOID, BILL, (), SETTLE, State.PLANNED),
    ],
    ids=["done", "not yet", "not done", "deleted", "void done", "void not yet", "void not done"],
)
def test_a_change_in_doubt_is_read_back(
    action: Action, found: Bill, differing: tuple[str, ...], waited: timedelta, state: State
) -> None:
    ending = after_change_look(
        a_row_in_doubt(action),
        found,
        meant=BILL,
        differs=lambda meant, seen: differing,
        settle=SETTLE,
        now=START + waited,
    )

    assert ending.row.state is state


def look(
    sighting: Sighting,
    *,
    waited: timedelta = timedelta(),
    absences: int = 0,
    attempts: int = 0,
    differing: tuple[str, ...] = (),
) -> Ending:
    row = a_row_in_doubt(attempts=attempts)
    assert row.unsettled is not None
    return after_create_look(
        replace(row, unsettled=replace(row.unsettled, absences=absences)),
        sighting,
        meant=BILL,
        differs=lambda meant, seen: differing,
        settle=SETTLE,
        now=START + waited,
        chance=random.Random(1),
    )
