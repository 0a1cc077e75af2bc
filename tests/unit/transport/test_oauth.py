"""Tokens: kept for their life, asked for once, and every refusal names what to mend."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import httpx
import pytest

from ml_connector.domain.errors import AuthError, ConnectorError, OutcomeUnknownError, RateLimitedError, TransientError
from ml_connector.pipeline.system import OAuthEndpoints
from ml_connector.transport.oauth import Client, ClientCredentials, TokenPair, exchange_code, refresh
from tests.unit.transport.doubles import Script

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
CLIENT = Client(id="the-client", secret="the-secret")
ENDPOINTS = OAuthEndpoints(token_url="https://login.example.com/token")


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def source(script: Script, clock: Clock | None = None, **endpoints: Any) -> ClientCredentials:
    where = OAuthEndpoints(token_url="https://login.example.com/token", **endpoints)
    return ClientCredentials(endpoints=where, http=script.http, client=CLIENT, now=clock or Clock(), system="example")


def granted(token: str = "t-1", **fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "expires_in": 300, **fields})


def test_a_token_serves_for_its_life() -> None:
    script, clock = Script([granted("t-1"), granted("t-2")]), Clock()
    tokens = source(script, clock)

    first = tokens.token()
    clock.now += timedelta(seconds=239)

    assert (first, tokens.token(), len(script.requests)) == ("t-1", "t-1", 1)


def test_a_token_of_five_minutes_is_renewed_a_fifth_early_at_most() -> None:
    script, clock = Script([granted("t-1"), granted("t-2")]), Clock()
    tokens = source(script, clock, early=timedelta(minutes=10))

    tokens.token()
    clock.now += timedelta(seconds=240)

    assert tokens.token() == "t-2"


def test_the_client_is_named_in_the_form() -> None:
    script = Script([granted()])

    source(script, form={"scope": "read"}).token()

    assert script.requests[0].content.decode() == (
        "scope=read&grant_type=client_credentials&client_id=the-client&client_secret=the-secret"
    )


def test_the_client_may_be_named_in_a_basic_header() -> None:
    script = Script([granted()])

    source(script, client_auth="basic").token()

    assert script.requests[0].headers["authorization"] == "Basic dGhlLWNsaWVudDp0aGUtc2VjcmV0"
    assert b"the-secret" not in script.requests[0].content


def test_a_predecessor_names_the_fields_otherwise_and_counts_in_milliseconds() -> None:
    script, clock = Script([httpx.Response(200, json={"token": "t-1", "expire_in": 600000})]), Clock()
    tokens = source(script, clock, access_field="token", lifetime_field="expire_in", lifetime_unit="milliseconds")

    tokens.token()
    clock.now += timedelta(seconds=500)

    assert (tokens.token(), len(script.requests)) == ("t-1", 1)


def test_a_refused_token_is_never_handed_out_again() -> None:
    tokens = source(Script([granted("t-1"), granted("t-2")]))

    tokens.refused(tokens.token())

    assert tokens.token() == "t-2"


def test_a_late_refusal_of_an_old_token_leaves_the_new_one() -> None:
    script = Script([granted("t-1"), granted("t-2"), granted("t-3")])
    tokens = source(script)
    old = tokens.token()
    tokens.refused(old)
    tokens.token()

    tokens.refused(old)

    assert (tokens.token(), len(script.requests)) == ("t-2", 2)


def test_many_threads_that_ask_at_once_make_one_call() -> None:
    script, barrier = Script([granted()]), Barrier(12)
    tokens = source(script)

    def ask(_: int) -> str:
        barrier.wait()
        return tokens.token()

    with ThreadPoolExecutor(12) as pool:
        found = set(pool.map(ask, range(12)))

    assert (found, len(script.requests)) == ({"t-1"}, 1)


REFUSALS = [
    (httpx.Response(401, json={"error": "invalid_client", "error_description": "nope"}), AuthError, "client_secret"),
    (httpx.Response(401), AuthError, "client_secret"),
    (httpx.Response(400, json={"error": "unauthorized_client"}), AuthError, "may not use this grant"),
    (httpx.Response(400, json={"error": "unsupported_grant_type"}), AuthError, "token_url"),
    (httpx.Response(400, json={"error": "invalid_scope"}), AuthError, "scope"),
    (httpx.Response(404, json={"error": "Realm does not exist"}), AuthError, "check `token_url`"),
    (httpx.Response(302), AuthError, "redirects"),
    (httpx.Response(200, json={"token": "x"}), AuthError, "it has: token"),
    (httpx.Response(200, text="<html>"), TransientError, "not JSON"),
    (httpx.Response(503), TransientError, "503"),
    (httpx.Response(429, headers={"retry-after": "9"}), RateLimitedError, "wait"),
    (httpx.ConnectError("no route"), TransientError, "no connection"),
    (httpx.ReadTimeout("slow"), TransientError, "no answer"),
]


@pytest.mark.parametrize(("step", "error", "text"), REFUSALS)
def test_a_failed_token_call_says_what_to_mend(step: Any, error: type[ConnectorError], text: str) -> None:
    with pytest.raises(error, match=text) as raised:
        source(Script([step])).token()

    assert "the-secret" not in str(raised.value)


def test_after_a_failure_the_next_call_asks_again() -> None:
    tokens = source(Script([httpx.Response(503), granted()]))
    with pytest.raises(TransientError):
        tokens.token()

    assert tokens.token() == "t-1"


def renewed(step: Any) -> TokenPair:
    return refresh(ENDPOINTS, http=Script([step]).http, client=CLIENT, refresh_token="r-1", now=NOON, system="example")


def test_a_refresh_brings_a_new_pair() -> None:
    pair = renewed(granted("t-2", refresh_token="r-2", expires_in=3600))

    assert pair == TokenPair(access="t-2", refresh="r-2", expires_at=NOON + timedelta(hours=1))


def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one() -> None:
    assert renewed(granted("t-2")).refresh == "r-1"


def test_a_refused_refresh_token_is_told_from_a_refused_client() -> None:
    with pytest.raises(AuthError) as raised:
        renewed(httpx.Response(401, json={"error": "invalid_grant"}))

    assert raised.value.code == "invalid_grant"


@pytest.mark.parametrize(
    "step",
    [httpx.ReadTimeout("slow"), httpx.Response(502), httpx.Response(200, text="<html>"), httpx.Response(200, json={})],
    ids=["no answer", "broken", "garbage", "no token"],
)
def test_a_refresh_without_a_usable_answer_may_have_used_up_the_token(step: Any) -> None:
    with pytest.raises(OutcomeUnknownError):
        renewed(step)


def test_a_refresh_that_was_never_sent_may_be_tried_again() -> None:
    with pytest.raises(TransientError):
        renewed(httpx.ConnectTimeout("slow"))


def test_a_code_is_exchanged_with_its_redirect_and_verifier() -> None:
    script = Script([granted("t-1", refresh_token="r-1", scope="bills:read")])

    pair = exchange_code(
        ENDPOINTS,
        http=script.http,
        client=CLIENT,
        code="c-1",
        redirect_uri="https://ours.example.com/cb",
        now=NOON,
        system="example",
        verifier="v-1",
    )

    assert (pair.refresh, pair.scope) == ("r-1", "bills:read")
    assert b"code=c-1" in script.requests[0].content
    assert b"code_verifier=v-1" in script.requests[0].content


def test_some_vendors_want_the_token_call_as_json() -> None:
    script = Script([granted()])

    source(script, client_auth="json").token()

    assert script.requests[0].headers["content-type"] == "application/json"
