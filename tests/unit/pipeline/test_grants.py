"""A rotating token: used while fresh, refreshed by one, never spent twice, and plainly dead where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.connection import GrantState
from ml_connector.domain.errors import AuthError, ConnectorError, RateLimitedError, TransientError
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from tests.fakes.clock import FakeDeadline
from tests.fakes.hooks import Hooks
from tests.unit.pipeline.granting import GRANT, TENANT, Granting, authorised, error_of

WITHIN = timedelta(minutes=30)


def test_a_fresh_token_is_used_without_a_refresh() -> None:
    granting = authorised()

    assert granting.process().token() == "access-1"
    assert granting.endpoint.calls == []


def test_a_process_reads_a_fresh_token_once() -> None:
    granting, hooks = authorised(), Hooks()
    tokens = granting.process(hooks)

    tokens.token()
    tokens.token()

    assert hooks.calls == ["grants.load", "secrets.read"]


def test_a_token_is_refreshed_before_it_expires() -> None:
    granting = authorised()
    granting.pass_time(hours=11, minutes=56)

    assert granting.process().token() == "access-2"
    assert granting.endpoint.calls == ["refresh-1"]
    assert granting.endpoint.seen_applications == [{"client_id": "us", "client_secret": "ours"}]


def test_a_process_near_its_end_leaves_the_refresh_to_others() -> None:
    granting = authorised()
    granting.pass_time(hours=11, minutes=56)

    assert granting.process(turn=_left(granting, seconds=19)).token() == "access-1"
    assert granting.endpoint.calls == []
    assert granting.process(turn=_left(granting, seconds=20)).token() == "access-2"


def test_a_process_near_its_end_says_that_it_has_no_token_any_more() -> None:
    granting = authorised()
    granting.expire()

    error = error_of(granting, granting.process(turn=_left(granting, seconds=19)))

    assert isinstance(error, TransientError)
    assert "too little time is left to refresh the token (acme: freshbooks)" in str(error)
    assert (granting.endpoint.calls, granting.row.lease_until) == ([], None)


def test_a_short_life_is_not_eaten_up_by_refreshing_early() -> None:
    granting = Granting()
    granting.endpoint.life = timedelta(minutes=5)
    granting.authorise()

    granting.pass_time(minutes=3)

    assert granting.process().token() == "access-1"


def test_a_new_pair_is_stored_and_named_by_the_row_before_it_is_used() -> None:
    granting = authorised()
    granting.expire()

    granting.process().token()

    stored = granting.world.secrets.read(granting.row.secret, version=granting.row.secret_version)
    assert (stored["access_token"], stored["refresh_token"], stored["generation"]) == ("access-2", "refresh-2", "2")
    assert (granting.row.generation, granting.row.lease_holder) == (2, None)


def test_an_answer_without_a_refresh_token_leaves_the_old_one_in_force() -> None:
    granting = authorised()
    granting.expire()
    tokens = granting.process()
    tokens._refresh = lambda application, token: _without_refresh_token(granting)

    tokens.token()

    assert granting.world.secrets.read(granting.row.secret)["refresh_token"] == "refresh-1"


def test_while_another_refreshes_the_old_token_is_used_as_long_as_it_is_valid() -> None:
    granting, seen = authorised(), list[str]()
    granting.pass_time(hours=11, minutes=56)
    granting.endpoint.during = lambda: seen.append(granting.process().token())

    assert granting.process().token() == "access-2"
    assert seen == ["access-1"]


def test_while_another_refreshes_an_expired_token_is_waited_for() -> None:
    granting, errors = authorised(), list[BaseException]()
    granting.expire()
    granting.endpoint.during = lambda: errors.append(error_of(granting))

    assert granting.process().token() == "access-2"
    assert "token is being refreshed" in str(errors[0])
    assert isinstance(errors[0], TransientError)


def test_a_token_that_was_answered_with_401_is_never_handed_out_again() -> None:
    granting = authorised()
    tokens = granting.process()
    tokens.refused(tokens.token())

    assert tokens.token() == "access-2"
    assert granting.endpoint.calls == ["refresh-1"]


def test_a_401_takes_a_newer_token_that_is_there_already() -> None:
    granting = authorised()
    tokens = granting.process()
    old = tokens.token()
    granting.authorise()

    tokens.refused(old)

    assert tokens.token() == "access-2"
    assert granting.endpoint.calls == []


@pytest.mark.parametrize("error", [TransientError("not sent"), RateLimitedError("slow down")], ids=["unsent", "429"])
def test_a_refresh_that_was_not_done_frees_the_lease(error: ConnectorError) -> None:
    granting = authorised()
    granting.expire()
    granting.endpoint.errors.append(error)

    assert error_of(granting) is error
    assert granting.process().token() == "access-2"


def test_refused_application_credentials_do_not_kill_the_grant() -> None:
    granting = authorised()
    granting.expire()
    granting.endpoint.errors.append(AuthError("check client_secret", code="invalid_client"))

    assert isinstance(error_of(granting), AuthError)
    assert granting.row.state is GrantState.LIVE
    assert granting.process().token() == "access-2"


def test_a_pair_that_could_not_be_stored_stays_in_hand_and_is_stored_next() -> None:
    granting, hooks = authorised(), Hooks()
    granting.expire()
    tokens = granting.process(hooks)
    hooks.on_before = _failing_once("secrets.write")

    assert isinstance(error_of(granting, tokens), ConnectionError)
    assert tokens.token() == "access-2"
    assert granting.endpoint.calls == ["refresh-1"]


def test_a_grant_without_tokens_asks_for_an_authorisation() -> None:
    with pytest.raises(AuthError, match="no tokens stored: authorise again"):
        Granting().process().token()


def test_bringing_the_same_pair_again_does_not_set_a_refreshed_grant_back() -> None:
    granting = Granting()
    first = granting.authorise()
    granting.expire()
    granting.process().token()

    again = GrantShelf(granting.world.ports, tenant=TENANT, grant=GRANT).authorise(
        first, now=granting.world.clock.now()
    )

    assert not again
    assert granting.process().token() == "access-2"


def test_upkeep_refreshes_what_expires_soon() -> None:
    granting = authorised()
    granting.pass_time(hours=11, minutes=35)

    assert granting.process().refresh_if_due(WITHIN)
    assert granting.row.generation == 2


def test_upkeep_leaves_a_token_alone_that_lasts() -> None:
    assert not authorised().process().refresh_if_due(WITHIN)


def _without_refresh_token(granting: Granting) -> TokenPair:
    return replace(granting.endpoint.authorise(), refresh=None)


def _failing_once(call: str) -> Callable[[str], None]:
    left = [call]

    def hook(announced: str) -> None:
        if announced in left:
            left.remove(announced)
            raise ConnectionError("the store did not answer")

    return hook


def _left(granting: Granting, *, seconds: int) -> FakeDeadline:
    return FakeDeadline(granting.world.clock, default=timedelta(seconds=seconds))
