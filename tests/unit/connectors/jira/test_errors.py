"""Jira's refusals, by status and shape. Their words are told, and never branched on."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from ml_connector.connectors.jira.errors import refine
from ml_connector.domain.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    TransientError,
)
from ml_connector.transport.answer import Answer
from ml_connector.transport.client import ApiClient
from ml_connector.transport.single_call import Uncounted

SCOPE = {"code": 401, "message": "Unauthorized; scope does not match"}


def answer(status: int, body: Any) -> Answer:
    return Answer(status=status, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, {"errorMessages": [], "errors": {"summary": "is required"}}, RejectedError, "invalid"),
        (400, {"errorMessages": ["INVALID_INPUT"], "errors": {}}, RejectedError, "invalid"),
        (403, {"errorMessages": ["may not"]}, RejectedError, "permission"),
        (413, {"errorMessages": ["too many worklogs"]}, RejectedError, "too_many"),
        (404, {"errorMessages": ["Issue does not exist"]}, NotFoundError, "not_found"),
        (409, {"errorMessages": ["locked"]}, OutcomeUnknownError, "busy"),
        (401, SCOPE, RejectedError, "scope"),
    ],
)
def test_each_documented_refusal_has_its_class(status: int, body: Any, error: type[Exception], code: str) -> None:
    found = refine(answer(status, body), True)

    assert isinstance(found, error)
    assert found.code == code


@pytest.mark.parametrize("status", [200, 401, 429, 500, 503])
def test_what_says_all_by_its_status_is_left_to_the_general_table(status: int) -> None:
    assert refine(answer(status, {"message": "something"}), True) is None


def test_a_read_of_what_is_being_changed_may_be_repeated() -> None:
    assert isinstance(refine(answer(409, {}), False), TransientError)


@pytest.mark.parametrize(("is_write", "error"), [(False, TransientError), (True, OutcomeUnknownError)])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html><h1>404 Not Found</h1></html>"),
        (404, b'{"code": 404, "message": "No message available"}'),
        (404, b'{"errorMessages": [], "errors": {}}'),
        (410, b'{"errorMessages": ["The requested API has been removed."], "errors": {}}'),
    ],
    ids=["a page", "the gateway's", "nothing said", "an address that was given up"],
)
def test_a_404_that_is_not_jiras_own_says_nothing_of_a_record(
    *, status: int, body: bytes, is_write: bool, error: type[Exception]
) -> None:
    found = refine(Answer(status=status, body=body), is_write)

    assert type(found) is error


class Tokens:
    def __init__(self) -> None:
        self.given, self.thrown_away = 0, 0

    def token(self) -> str:
        self.given += 1
        return f"token {self.given}"

    def refused(self, token: str) -> None:
        self.thrown_away += 1


@pytest.mark.parametrize(("body", "error", "thrown_away"), [(SCOPE, RejectedError, 0), ({}, AuthError, 2)])
def test_a_missing_scope_costs_no_token(body: Any, error: type[Exception], thrown_away: int) -> None:
    tokens = Tokens()
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(401, json=body)))
    api = ApiClient(
        http=http, system="jira", base_url="https://x.example", tokens=tokens, budget=Uncounted(), refine=refine
    )

    with pytest.raises(error):
        api.get("/rest/api/3/myself", operation="get own user")

    assert tokens.thrown_away == thrown_away
