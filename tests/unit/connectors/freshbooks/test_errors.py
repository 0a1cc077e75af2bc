"""Every shape in which FreshBooks says no, and what follows from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ml_connector.connectors.freshbooks.errors import refine
from ml_connector.domain.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.transport.answer import Answer, encoded


def shape_a(errno: int | str, *, field: str = "", message: str = "No.", single: bool = False) -> dict[str, Any]:
    error = {"errno": errno, "field": field, "message": message, "object": "bill", "value": "1"}
    return {"response": {"errors": error if single else [error]}}


def shape_b(errno: int, *, field: str = "") -> dict[str, Any]:
    metadata = {"object": "bill", "message": "No.", "value": "1", "field": field}
    return {"code": 5, "message": "Request failed", "details": [{"reason": str(errno), "metadata": metadata}]}


def read(status: int, body: Any, *, is_write: bool = False, headers: dict[str, str] | None = None) -> ConnectorError:
    found = refine(Answer(status=status, headers=headers or {}, body=encoded(body)), is_write)
    assert found is not None
    return found


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(shape_a(1012, field="id"), id="A"),
        pytest.param(shape_a("1012", field="id"), id="A, errno as text"),
        pytest.param(shape_a(1012, field="id", single=True), id="A, one object"),
        pytest.param(shape_b(1012, field="id"), id="B"),
    ],
)
def test_one_refusal_is_known_in_all_its_shapes(status: int, body: Any) -> None:
    error = read(status, body)

    assert type(error) is NotFoundError
    assert error.code == "not_found"


@pytest.mark.parametrize("is_write", [False, True], ids=["read", "write"])
@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, shape_a(41001), RejectedError, "plan"),
        (200, shape_a("31001", single=True), RejectedError, "plan"),
        (200, shape_b(41101), RejectedError, "plan"),
        (200, shape_a(1003), RejectedError, "scope"),
        (403, shape_b(1003), RejectedError, "scope"),
        (403, shape_a(1038, field="due_date"), RejectedError, "read_only"),
        (404, shape_a(1011, field="id"), NotFoundError, "deleted"),
        (422, shape_a(1001, field="language"), RejectedError, "1001"),
        (200, shape_a(1017, field="description"), RejectedError, "1017"),
        (422, shape_a(7777), RejectedError, "7777"),
        (200, {"error": "unauthenticated", "error_description": "Sign in."}, AuthError, None),
        (200, shape_a(429), RateLimitedError, "429"),
    ],
)
def test_a_documented_refusal_is_one_on_reads_and_writes(
    *, status: int, body: Any, kind: type[ConnectorError], code: str | None, is_write: bool
) -> None:
    error = read(status, body, is_write=is_write)

    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize(
    ("status", "body"),
    [(409, shape_a(409)), (200, shape_a(409)), (200, shape_a(500)), (200, shape_a(7777)), (200, {"errno": 3})],
    ids=["busy", "busy with 200", "broken with 200", "unknown with 200", "unknown and flat"],
)
def test_a_write_that_is_not_surely_refused_has_an_unknown_outcome(status: int, body: Any) -> None:
    assert type(read(status, body, is_write=True)) is OutcomeUnknownError


def test_a_record_that_is_being_changed_is_read_again_later() -> None:
    assert type(read(409, shape_a(409))) is TransientError


def test_an_unknown_code_on_a_read_is_loud() -> None:
    assert type(read(200, shape_a(7777))) is RejectedError


@pytest.mark.parametrize("errno", [1011, 1012])
@pytest.mark.parametrize("field", ["vendorid", "categoryid"])
def test_a_write_that_names_what_is_not_there_is_rejected_for_that(errno: int, field: str) -> None:
    error = read(422, shape_a(errno, field=field), is_write=True)

    assert (type(error), error.code) == (RejectedError, "reference")


def test_a_read_of_a_vendor_that_is_not_there_is_not_found() -> None:
    assert type(read(404, shape_a(1012, field="vendorid"))) is NotFoundError


@pytest.mark.parametrize(("is_write", "kind"), [(False, TransientError), (True, OutcomeUnknownError)])
@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    "body",
    [
        b"<html><h1>404 Not Found</h1></html>",
        b"",
        b'{"something": "else"}',
        b'{"message": "no Route matched with those values"}',
        b'{"error": "not_found", "error_description": "There is nothing at this address."}',
    ],
    ids=["a page", "nothing", "an unknown shape", "a gateway's", "a wrong address"],
)
def test_a_404_that_is_not_freshbooks_own_says_nothing_of_a_record(
    *, body: bytes, status: int, is_write: bool, kind: type[ConnectorError]
) -> None:
    found = refine(Answer(status=status, body=body), is_write)

    assert type(found) is kind
    assert found.code == "unsaid"


@pytest.mark.parametrize(
    "body",
    [
        {"error": "Requested resource could not be found."},
        {"errno": 404, "message": "Requested resource could not be found."},
        {"errors": {"message": "Request failed with status code 404", "status": 404}},
    ],
    ids=["D", "E", "C"],
)
def test_the_other_families_own_404_is_not_found(body: Any) -> None:
    assert type(read(404, body)) is NotFoundError


def test_the_plan_error_says_what_to_do() -> None:
    assert "does not include bills; change to a plan that has them" in read(200, shape_a(41001)).detail


def test_a_wait_that_is_named_is_kept() -> None:
    error = read(200, shape_a(429), headers={"retry-after": "30"})

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (
            400,
            {"errors": {"message": "Bad", "status": 400, "details": [{"reason": "name: This field is required."}]}},
            "This field is required.",
        ),
        (400, {"errors": {"message": "Request failed", "status": 400}}, "Request failed"),
        (422, {"errno": 2001, "error": {"title": "field required"}}, "title: field required"),
        (422, {"errno": 422, "message": "semantic errors.", "details": ["event: Unrecognized event."]}, "Unrecognized"),
        (400, {"errno": 3, "message": "Invalid uri"}, "Invalid uri"),
    ],
    ids=["C", "C without details", "D", "E", "E with errno 3"],
)
def test_the_other_families_are_read_as_well(status: int, body: Any, text: str) -> None:
    error = read(status, body, is_write=True)

    assert type(error) is RejectedError
    assert text in error.detail


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"response": {"result": {"bill": {"id": 1}}}}),
        (200, {"response": {"identity_id": 1}}),
        (200, {"data": []}),
        (401, {"error": "unauthenticated"}),
        (401, shape_b(1003)),
        (429, shape_a(429)),
        (503, shape_a(500)),
    ],
    ids=["a bill", "who am I", "ledger", "401", "401 in B", "429", "503"],
)
def test_the_rest_is_left_to_the_general_table(status: int, body: Any) -> None:
    assert refine(Answer(status=status, body=encoded(body)), True) is None
