from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Origin, State, Wanted
from ml_connector.domain.decision import Reason
from ml_connector.domain.posting import Action
from ml_connector.pipeline.posting.doubt import in_doubt
from ml_connector.pipeline.posting.results import confirmed, held, not_sent, overtaken, refused
from tests.fakes.clock import START
from tests.rows import a_planned_row, a_row_in_doubt, a_row_in_flight

NEWER = Wanted(digest="newer", fetched_at=START, stamp="s2")


@pytest.mark.parametrize(
    ("action", "state", "step"),
    [
        (Action.CREATE, State.POSTED, Step.POSTED),
        (Action.UPDATE, State.POSTED, Step.UPDATED),
        (Action.VOID, State.REVERSED, Step.VOIDED),
    ],
)
def test_a_confirmation_copies_what_was_in_flight(action: Action, state: State, step: Step) -> None:
    ending = confirmed(a_row_in_flight(action), target_id="B1", origin=Origin.CREATED, now=START)

    sure = ending.row.confirmed
    assert sure is not None
    assert (sure.digest, sure.source_digest, sure.target_id) == ("target", "source", "B1")
    assert (ending.row.state, ending.row.in_flight, ending.row.unsettled, ending.row.planned) == (
        state,
        None,
        None,
        None,
    )
    assert [event.step for event in ending.events] == [step]


def test_a_confirmation_plans_again_where_something_newer_is_wanted() -> None:
    ending = confirmed(a_row_in_flight(wanted=NEWER), target_id="B1", origin=Origin.CREATED, now=START)

    assert (ending.row.state, ending.again, ending.row.due_at) == (State.PLANNED, True, START)


def test_a_void_gives_the_natural_key_back() -> None:
    row = a_row_in_flight(Action.VOID, reservation="V1:inv-1")

    ending = confirmed(row, target_id="B1", origin=Origin.CREATED, now=START)

    assert ([guard.key for guard in ending.release], ending.row.reservation) == (["V1:inv-1"], None)


@pytest.mark.parametrize(("action", "given_back"), [(Action.CREATE, ["V1:inv-1"]), (Action.UPDATE, [])])
def test_a_refusal_gives_the_natural_key_back_where_nothing_is_in_the_target(
    action: Action, given_back: list[str]
) -> None:
    ending = refused(a_row_in_flight(action, reservation="V1:inv-1"), now=START, why="no", code=None)

    assert [guard.key for guard in ending.release] == given_back


def test_what_was_not_sent_is_as_it_was_before_the_claim() -> None:
    row = a_row_in_flight()

    ending = not_sent(row, None, now=START, retry_at=START + timedelta(seconds=9))

    assert (ending.row.state, ending.row.unsettled, ending.row.attempts) == (State.PLANNED, None, 0)
    assert (ending.events, ending.hint_in) == ((), timedelta(seconds=9))


def test_what_was_in_doubt_before_a_claim_is_so_after_it() -> None:
    row = a_row_in_doubt(reasons=(Reason(code="in_doubt", text="no answer"),))

    ending = not_sent(row, row.unsettled, now=START, retry_at=None)

    assert (ending.row.state, ending.row.unsettled, ending.row.reasons) == (State.IN_DOUBT, row.unsettled, row.reasons)


def test_doubt_begins_at_the_last_moment_the_write_can_have_left_us() -> None:
    later = START + timedelta(minutes=1)

    ending = in_doubt(a_row_in_flight(), now=later, wait=timedelta(), why="no answer")

    assert ending.row.unsettled is not None
    assert (ending.row.unsettled.since, ending.row.unsettled.n) == (later, 1)


@pytest.mark.parametrize("settled", [True, False])
def test_a_hold_keeps_what_is_unsettled(settled: bool) -> None:
    ending = held(a_row_in_doubt(), Reason(code="x", text="x"), now=START, settled=settled)

    assert (ending.row.unsettled is None) is settled


def test_a_refused_version_makes_way_for_a_newer_one() -> None:
    ending = overtaken(refused(a_row_in_flight(wanted=NEWER), now=START, why="no", code=None), now=START)

    assert (ending.row.state, ending.row.planned, ending.again) == (State.PLANNED, None, True)
    assert [event.step for event in ending.events] == [Step.REJECTED]


def test_a_newer_version_waits_for_the_doubt_about_the_older_one() -> None:
    doubtful = in_doubt(a_row_in_flight(wanted=NEWER), now=START, wait=timedelta(), why="no answer")

    assert overtaken(doubtful, now=START) == doubtful


def test_a_version_that_is_still_wanted_is_not_overtaken() -> None:
    ending = not_sent(a_planned_row(), None, now=START, retry_at=None)

    assert overtaken(ending, now=START) == ending
