"""A refusal makes a grant suspect, a lease without news makes it dead, and a person brings it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.connection import GrantState
from ml_connector.domain.errors import AuthError, OutcomeUnknownError, TransientError
from ml_connector.pipeline.connections.grant_shelf import GRANT_DEAD, GrantShelf
from tests.unit.pipeline.granting import GRANT, TENANT, Granting, authorised, error_of

WITHIN = timedelta(minutes=30)


def test_a_refused_refresh_token_makes_the_grant_suspect_and_not_dead() -> None:
    granting = authorised()
    granting.expire()
    granting.endpoint.live_refresh = "somebody else's"

    assert isinstance(error_of(granting), TransientError)
    assert granting.row.state is GrantState.SUSPECT
    assert granting.row.suspect_since == granting.world.clock.now()


def test_a_suspect_grant_is_not_refreshed_again() -> None:
    granting = _suspect()

    assert isinstance(error_of(granting), TransientError)
    assert granting.endpoint.calls == ["refresh-1"]


def test_a_suspect_grant_is_dead_after_a_lease_without_a_newer_token() -> None:
    granting = _suspect()
    granting.pass_time(seconds=60)

    error = error_of(granting)

    assert isinstance(error, AuthError)
    assert error.code == GRANT_DEAD
    assert granting.row.state is GrantState.DEAD
    assert granting.world.metrics.counts["DeadGrants"] == 1


def test_a_dead_grant_says_who_must_authorise_again() -> None:
    granting = _dead()

    with pytest.raises(AuthError, match=r"freshbooks of acme .* authorise again"):
        granting.process().token()


def test_a_dead_grant_is_counted_once() -> None:
    granting = _dead()
    error_of(granting)

    assert granting.world.metrics.counts["DeadGrants"] == 1


def test_a_suspect_grant_lives_again_with_the_token_that_another_stored() -> None:
    granting = _suspect()
    granting.authorise()
    granting.world.grants.rows[(TENANT, GRANT)] = _suspect().row

    assert granting.process().token() == granting.endpoint.live_access
    assert granting.row.state is GrantState.LIVE


def test_a_dead_grant_lives_again_once_a_person_authorised() -> None:
    granting = _dead()
    granting.authorise()

    assert granting.process().token() == granting.endpoint.live_access
    assert (granting.row.state, granting.row.why) == (GrantState.LIVE, None)


def test_an_unanswered_refresh_keeps_the_lease_and_is_not_repeated() -> None:
    granting = authorised()
    granting.expire()
    granting.endpoint.errors.append(OutcomeUnknownError("no answer"))
    tokens = granting.process()

    assert isinstance(error_of(granting, tokens), TransientError)
    assert isinstance(error_of(granting, tokens), TransientError)
    assert granting.endpoint.calls == ["refresh-1"]


def test_after_the_lease_an_unanswered_refresh_is_tried_once_more_with_the_same_token() -> None:
    granting = authorised()
    granting.expire()
    granting.endpoint.errors.append(OutcomeUnknownError("no answer"))
    error_of(granting)
    granting.pass_time(seconds=61)

    assert granting.process().token() == "access-2"
    assert granting.endpoint.calls == ["refresh-1", "refresh-1"]


def test_a_lost_answer_that_spent_the_token_ends_in_a_dead_grant() -> None:
    granting = authorised()
    granting.expire()
    granting.endpoint.lost = 1
    error_of(granting)
    granting.pass_time(seconds=61)
    error_of(granting)
    granting.pass_time(seconds=61)

    assert isinstance(error_of(granting), AuthError)
    assert len(granting.endpoint.calls) == 2


def test_no_token_is_in_what_is_printed_or_logged() -> None:
    granting = _dead()
    granting.authorise()

    assert "access-" not in repr(GrantShelf(granting.world.ports, tenant=TENANT, grant=GRANT).newest())
    assert "refresh-1" not in repr(granting.world.log.lines)


def _suspect() -> Granting:
    granting = authorised()
    granting.expire()
    granting.endpoint.live_refresh = "somebody else's"
    error_of(granting)
    return granting


def _dead() -> Granting:
    granting = _suspect()
    granting.pass_time(seconds=61)
    error_of(granting)
    return granting
