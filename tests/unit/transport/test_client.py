"""Calls to a vendor's API: exact numbers, one repeat after a 401, and every failure under its right name."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from ml_connector.domain.errors import (
    AuthError,
    BudgetSpentError,
    ConflictError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.transport.client import Answer
from tests.unit.transport.doubles import Counter, Script, Tokens, answer, api


def get(script: Script, **settings: Any) -> Any:
    return api(script, **settings).get("/things", operation="list things")


def send(script: Script, **settings: Any) -> Any:
    return api(script, **settings).send("POST", "/things", operation="create a thing", json={"a": 1})


def test_numbers_arrive_with_every_digit() -> None:
    script = Script([answer(body='{"amount": 0.10, "long": 12345678901234567.89}')])

    body = get(script)

    assert str(body["amount"]) == "0.10"
    assert body["long"] == Decimal("12345678901234567.89")


def test_decimals_are_sent_as_numbers_with_every_digit() -> None:
    script = Script([answer()])

    api(script).send("POST", "/bills", operation="create", json={"amount": Decimal("12.50"), "lines": [{"text": "Ä"}]})

    assert script.requests[0].content == '{"amount":12.50,"lines":[{"text":"Ä"}]}'.encode()
    assert script.requests[0].headers["content-type"] == "application/json"


def test_a_float_is_never_sent() -> None:
    script = Script([answer()])

    with pytest.raises(TypeError):
        api(script).send("POST", "/bills", operation="create", json={"amount": 12.5})

    assert script.requests == []


def test_parameters_keep_their_order_and_may_repeat() -> None:
    script = Script([answer()])

    api(script).get("/bills", operation="list", params=[("include[]", "lines"), ("include[]", "vendor"), ("page", "2")])

    assert script.requests[0].url.params.multi_items() == [
        ("include[]", "lines"),
        ("include[]", "vendor"),
        ("page", "2"),
    ]


def test_a_refused_token_is_dropped_and_the_call_repeated_once() -> None:
    script, tokens = Script([answer(401), answer(body='{"ok": true}')]), Tokens("old", "new")

    body = get(script, tokens=tokens)

    assert body == {"ok": True}
    assert tokens.dropped == ["old"]
    assert [request.headers["authorization"] for request in script.requests] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("call", [get, send], ids=["read", "write"])
def test_a_second_refusal_means_dead_credentials(call: Any) -> None:
    script = Script([answer(401)])

    with pytest.raises(AuthError):
        call(script)

    assert len(script.requests) == 2


def test_a_write_is_sent_again_with_its_body_after_a_refused_token() -> None:
    script = Script([answer(401), answer()])

    send(script)

    assert [request.content for request in script.requests] == [b'{"a":1}', b'{"a":1}']


def test_a_401_with_a_content_type_that_does_not_parse_is_still_a_401() -> None:
    script = Script([answer(401, "Unauthorized", content_type="; charset=UTF-8"), answer()])

    get(script)

    assert len(script.requests) == 2


def test_every_request_is_taken_from_the_budget() -> None:
    budget = Counter()

    get(Script([answer(401), answer()]), budget=budget)

    assert budget.taken == 2


def test_nothing_is_sent_once_the_budget_is_used_up() -> None:
    class Empty(Counter):
        def take(self) -> None:
            raise BudgetSpentError("used up", retry_after=timedelta(seconds=3))

    script = Script([answer()])

    with pytest.raises(RateLimitedError):
        send(script, budget=Empty())

    assert script.requests == []


READS = [
    (answer(400), RejectedError),
    (answer(403), RejectedError),
    (answer(404), NotFoundError),
    (answer(408), TransientError),
    (answer(409), ConflictError),
    (answer(410), NotFoundError),
    (answer(418), RejectedError),
    (answer(422), RejectedError),
    (answer(425), TransientError),
    (answer(429), RateLimitedError),
    (answer(500), TransientError),
    (answer(503), TransientError),
    (answer(302, location="https://elsewhere.example.com"), RejectedError),
    (answer(200, "<html>please wait</html>"), TransientError),
    (answer(200, ""), TransientError),
    (httpx.ConnectError("refused"), TransientError),
    (httpx.ReadTimeout("slow"), TransientError),
    (httpx.RemoteProtocolError("half"), TransientError),
]


@pytest.mark.parametrize(("step", "error"), READS)
def test_a_failed_read_is_called_by_what_happens_next(step: Any, error: type[ConnectorError]) -> None:
    with pytest.raises(ConnectorError) as raised:
        get(Script([step]))

    assert type(raised.value) is error
    assert (raised.value.system, raised.value.operation) == ("example", "list things")


WRITES = [
    (answer(400), RejectedError),
    (answer(403), RejectedError),
    (answer(404), NotFoundError),
    (answer(405), RejectedError),
    (answer(410), NotFoundError),
    (answer(413), RejectedError),
    (answer(415), RejectedError),
    (answer(422), RejectedError),
    (answer(429), RateLimitedError),
    (httpx.ConnectError("refused"), TransientError),
    (httpx.ConnectTimeout("slow"), TransientError),
    (httpx.PoolTimeout("full"), TransientError),
    (answer(302), OutcomeUnknownError),
    (answer(408), OutcomeUnknownError),
    (answer(409), OutcomeUnknownError),
    (answer(418), OutcomeUnknownError),
    (answer(500), OutcomeUnknownError),
    (answer(503), OutcomeUnknownError),
    (answer(200, "<html>done?</html>"), OutcomeUnknownError),
    (answer(201, ""), OutcomeUnknownError),
    (httpx.ReadTimeout("slow"), OutcomeUnknownError),
    (httpx.WriteTimeout("slow"), OutcomeUnknownError),
    (httpx.RemoteProtocolError("half"), OutcomeUnknownError),
]


@pytest.mark.parametrize(("step", "error"), WRITES)
def test_a_write_that_is_neither_done_nor_refused_is_an_outcome_unknown(step: Any, error: type[ConnectorError]) -> None:
    with pytest.raises(ConnectorError) as raised:
        send(Script([step]))

    assert type(raised.value) is error


def test_no_content_is_a_complete_success() -> None:
    assert send(Script([answer(204, "")])) is None


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry_after": "7"}, timedelta(seconds=7)),
        (
            {"retry_after": "Wed, 14 Jan 2026 10:00:30 GMT", "date": "Wed, 14 Jan 2026 10:00:00 GMT"},
            timedelta(seconds=30),
        ),
        ({"retry_after": "soon"}, timedelta(seconds=15)),
        ({}, timedelta(seconds=15)),
        ({"retry_after": "999999999999"}, timedelta(days=1)),
    ],
    ids=["seconds", "date", "nonsense", "none", "absurd"],
)
def test_the_wait_of_a_429_is_honoured_or_assumed(headers: dict[str, str], wait: timedelta) -> None:
    with pytest.raises(RateLimitedError) as raised:
        get(Script([answer(429, **headers)]), default_wait=timedelta(seconds=15))

    assert raised.value.retry_after == wait


def test_an_error_says_what_the_vendor_said_and_under_which_request() -> None:
    body = '{"error": {"message": "Invalid filter"}, "secret": "shh"}'

    with pytest.raises(RejectedError, match=r"example list things: HTTP 400 \(Invalid filter\)") as raised:
        get(Script([answer(400, body, x_request_id="req-9")]))

    assert raised.value.request_id == "req-9"


def test_an_error_never_carries_a_token() -> None:
    body = '{"message": "bad header Authorization: Bearer abcdef1234567890"}'

    with pytest.raises(RejectedError) as raised:
        get(Script([answer(400, body)]))

    assert "abcdef" not in str(raised.value)


def test_a_connector_may_read_an_error_into_a_200() -> None:
    def refine(found: Answer, is_write: bool) -> ConnectorError | None:
        return RejectedError("Invalid filter", code="-1") if found.json()["returnCode"] == -1 else None

    with pytest.raises(RejectedError) as raised:
        get(Script([answer(body='{"returnCode": -1}', x_correlation_id="c-1")]), refine=refine)

    assert (raised.value.code, raised.value.operation, raised.value.request_id) == ("-1", "list things", "c-1")


def test_a_connector_that_cannot_read_the_answer_leaves_it_to_the_table() -> None:
    def refine(found: Answer, is_write: bool) -> ConnectorError | None:
        found.json()
        return None

    with pytest.raises(OutcomeUnknownError):
        send(Script([answer(502, "<html>")]), refine=refine)


def test_an_answer_without_end_is_cut_off() -> None:
    with pytest.raises(RejectedError, match="larger than 10 bytes"):
        get(Script([answer(body='{"a": "0123456789"}')]), max_body=10)


def test_a_redirect_is_not_followed_with_the_token() -> None:
    script = Script([answer(307, location="https://evil.example.net/"), answer()])

    with pytest.raises(RejectedError):
        get(script)

    assert len(script.requests) == 1
