from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    NeedsReviewError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    TransientError,
    WatermarkTooOldError,
)
from ml_connector.domain.posting import Action
from ml_connector.pipeline.posting.recovery import MAX_ATTEMPTS, after_read_error, after_write_error, backoff
from ml_connector.pipeline.posting.results import Ending
from tests.fakes.clock import START
from tests.rows import a_planned_row, a_row_in_doubt, a_row_in_flight

CREATE, UPDATE, VOID = Action.CREATE, Action.UPDATE, Action.VOID


@pytest.mark.parametrize(
    ("error", "action", "state"),
    [
        (TransientError("t"), CREATE, State.PLANNED),
        (RateLimitedError("r"), CREATE, State.PLANNED),
        (ConflictError("c"), UPDATE, State.PLANNED),
        (AuthError("a"), CREATE, State.PLANNED),
        (RejectedError("r"), CREATE, State.REJECTED),
        (SettingsError("s", setting="x"), CREATE, State.REJECTED),
        (NotFoundError("n"), CREATE, State.REJECTED),
        (NotFoundError("n"), UPDATE, State.HELD),
        (NotFoundError("n"), VOID, State.REVERSED),
        (NeedsReviewError("n"), CREATE, State.HELD),
        (OutcomeUnknownError("o"), CREATE, State.IN_DOUBT),
        (WatermarkTooOldError("w"), CREATE, State.IN_DOUBT),
        (ConnectorError("what?"), CREATE, State.IN_DOUBT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_class_of_error_has_its_act(error: ConnectorError, action: Action, state: State) -> None:
    ending = after_write(error, action=action)

    assert ending.row.state is state
    assert (ending.row.unsettled is not None) is (state is State.IN_DOUBT)
    assert ending.row.in_flight is None


@pytest.mark.parametrize("attempts", [0, MAX_ATTEMPTS - 2])
def test_a_passing_trouble_is_tried_again_with_an_attempt_counted(attempts: int) -> None:
    ending = after_write(TransientError("t"), attempts=attempts)

    assert (ending.row.state, ending.row.attempts) == (State.PLANNED, attempts + 1)


def test_the_last_attempt_leaves_the_row_dead() -> None:
    assert after_write(TransientError("t"), attempts=MAX_ATTEMPTS - 1).row.state is State.DEAD


def test_a_named_wait_is_the_least_there_is_and_counts_no_attempt() -> None:
    wait = timedelta(minutes=7)

    ending = after_write(RateLimitedError("r", retry_after=wait))

    assert ending.row.due_at is not None
    assert (ending.row.due_at - START >= wait, ending.row.attempts) == (True, 0)


@pytest.mark.parametrize(
    "error",
    [TransientError("t"), RateLimitedError("r"), AuthError("a"), RejectedError("r"), NotFoundError("n")],
    ids=lambda error: type(error).__name__,
)
def test_a_look_up_that_fails_never_settles_a_create(error: ConnectorError) -> None:
    row = a_row_in_doubt()

    ending = after_read_error(row, row.unsettled, error, now=START, chance=random.Random(1))

    assert ending.row.state is State.IN_DOUBT
    assert ending.row.unsettled is not None


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TransientError("t"), State.PLANNED),
        (RateLimitedError("r"), State.PLANNED),
        (AuthError("a"), State.PLANNED),
        (RejectedError("r"), State.HELD),
        (NotFoundError("n"), State.HELD),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_a_read_that_fails_before_a_change_leaves_nothing_in_doubt(error: ConnectorError, state: State) -> None:
    row = a_planned_row(UPDATE)

    ending = after_read_error(row, None, error, now=START, chance=random.Random(1))

    assert (ending.row.state, ending.row.unsettled) == (state, None)


@given(attempts=st.integers(min_value=0, max_value=10_000), seed=st.integers())
def test_a_wait_is_never_longer_than_an_hour(attempts: int, seed: int) -> None:
    wait = backoff(attempts, random.Random(seed))

    assert timedelta() <= wait <= min(timedelta(hours=1), timedelta(seconds=2 * 2 ** min(attempts, 20)))


def after_write(error: ConnectorError, *, action: Action = CREATE, attempts: int = 0) -> Ending:
    row = a_row_in_flight(action, attempts=attempts)
    return after_write_error(row, error, now=START, chance=random.Random(1))
