from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.posting import Action
from ml_connector.pipeline.posting.claims import LEASE_MARGIN, claimed, is_due, is_mine, reserved
from tests.fakes.clock import START
from tests.rows import a_confirmation, a_planned_row, a_posted_row, a_row, a_row_in_doubt, a_row_in_flight

LEFT = timedelta(minutes=2)


@pytest.mark.parametrize(
    ("row", "after", "due"),
    [
        (a_planned_row(), timedelta(), True),
        (a_planned_row(due_at=START + LEFT), timedelta(), False),
        (a_row(), timedelta(), False),
        (a_row_in_flight(), timedelta(), False),
        (a_row_in_flight(), timedelta(minutes=3), True),
        (a_row_in_doubt(state=State.IN_DOUBT, in_flight=None), timedelta(), True),
        (a_row_in_flight(state=State.HANDED_OVER), timedelta(days=9), False),
        (a_planned_row(state=State.HELD), timedelta(), False),
        (a_planned_row(state=State.DEAD), timedelta(), False),
        (a_posted_row(), timedelta(), False),
    ],
    ids=[
        "planned",
        "not yet",
        "without a plan",
        "claimed",
        "left behind",
        "in doubt",
        "handed over",
        "held",
        "dead",
        "posted",
    ],
)
def test_when_a_worker_may_take_a_row(row: CrossReference, after: timedelta, due: bool) -> None:
    assert is_due(row, START + after) is due


def test_a_lease_outlives_the_function_by_a_margin() -> None:
    row = claimed(a_planned_row(), claim="mine", now=START, remaining=LEFT, sends=True)

    assert row.in_flight is not None
    assert row.in_flight.lease_until == START + LEFT + LEASE_MARGIN
    assert is_mine(row, "mine")
    assert not is_mine(row, "yours")


def test_a_row_is_unsettled_from_the_claim_to_the_last_moment_of_the_function() -> None:
    row = claimed(a_planned_row(), claim="mine", now=START, remaining=LEFT, sends=True)

    assert row.unsettled is not None
    assert (row.unsettled.since, row.unsettled.n, row.unsettled.absences) == (START + LEFT, 1, 0)


def test_a_claim_for_a_look_leaves_the_doubt_as_it_is() -> None:
    doubtful = a_row_in_doubt(state=State.IN_DOUBT, in_flight=None)

    row = claimed(doubtful, claim="mine", now=START + LEFT, remaining=LEFT, sends=False)

    assert row.unsettled == doubtful.unsettled


@pytest.mark.parametrize(
    ("row", "key", "kept", "taken", "released"),
    [
        (a_row_in_flight(), "V1:a", "V1:a", ["V1:a"], []),
        (a_row_in_flight(reservation="V1:a"), "V1:a", "V1:a", [], []),
        (a_row_in_flight(reservation="V1:a"), "V1:b", "V1:b", ["V1:b"], ["V1:a"]),
        (a_row_in_flight(Action.UPDATE, reservation="V1:a"), "V1:b", "V1:a", ["V1:b"], []),
        (a_row_in_flight(Action.VOID, reservation="V1:a"), "V1:b", "V1:a", [], []),
        (a_row_in_flight(confirmed=a_confirmation()), None, None, [], []),
    ],
    ids=["first", "the same", "changed before it was created", "changed after", "void", "without a key"],
)
def test_a_natural_key_is_taken_with_the_claim(
    row: CrossReference, key: str | None, kept: str | None, taken: list[str], released: list[str]
) -> None:
    after, take, release = reserved(row, key)

    assert (after.reservation, [guard.key for guard in take], [guard.key for guard in release]) == (
        kept,
        taken,
        released,
    )
