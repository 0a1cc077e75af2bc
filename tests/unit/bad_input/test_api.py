"""The API under requests that nobody should send: a clear status in JSON, no traceback, and nothing changes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from local.lab import INVOICES
from ml_connector.runtime.api import answer_api
from tests.unit.bad_input.desk import Desk


@pytest.fixture
def open_desk(desk: Desk) -> Desk:
    """One tenant, acme, is set up."""
    desk.onboard()
    return desk


def call(desk: Desk, method: str, path: str, body: Any = None, *, encoded: bool = False) -> tuple[int, Any]:
    event = {
        "rawPath": path,
        "body": body,
        "isBase64Encoded": encoded,
        "requestContext": {"http": {"method": method}, "authorizer": {"iam": {"userArn": "arn:aws:iam::1:user/ann"}}},
    }
    answer = answer_api(event, desk.services)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/api/globex/overview", 404, "there is no tenant 'globex'"),
        ("/api/globex/records/INV-1", 404, "there is no tenant 'globex'"),
        ("/api/Acme/overview", 400, "use up to 40 lower-case letters"),
        ("/api/acme%23connection/overview", 400, "use up to 40 lower-case letters"),
        ("/api/%2E%2E%2Facme/overview", 400, "use up to 40 lower-case letters"),
        ("/api/acme/../globex/overview", 404, "there is no such page"),
        ("/api/acme/secrets", 404, "there is no such page"),
        ("/api", 404, "there is no such page"),
        ("/", 404, "there is no such page"),
        ("/api/acme/records", 404, "there is no such page"),
        ("/api/acme/records/globex%2Fflow%2Fa%2Fb%2F1", 404, "no record of acme has the number"),
        ("/api/acme/records/%00%ff", 404, "no record of acme has the number"),
        (f"/api/acme/records/{'9' * 5000}", 400, "no longer than 500 characters"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_page_that_is_not_there_or_not_ones_own_is_refused(
    open_desk: Desk, path: str, status: int, error: str
) -> None:
    before = open_desk.stored()

    answered, body = call(open_desk, "GET", path)

    assert (answered, open_desk.stored() == before) == (status, True)
    assert error in body["error"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("flow=x", "the body is not JSON"),
        ("[" * 16_000, "the body is not JSON"),
        ("x" * 20_000, "the body is longer than 16384 characters"),
        ("{}", "flow: 0 flows are meant by ''"),
        ('["a flow"]', "flow: 0 flows are meant by ''"),
        ("null", "flow: 0 flows are meant by ''"),
        ('{"flow": {"name": "x"}}', "flow: 0 flows are meant by"),
        ('{"flow": "jaggaer_to_sap"}', "flow: 0 flows are meant by 'jaggaer_to_sap'; the tenant's flows: acme/"),
        (f'{{"flow": "globex/{INVOICES}/jaggaer/freshbooks"}}', "flow: 0 flows are meant by 'globex/"),
        (None, "flow: 0 flows are meant by ''"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_run_that_cannot_be_meant_is_refused_and_starts_nothing(
    open_desk: Desk, body: str | None, error: str
) -> None:
    before = open_desk.stored()

    status, answer = call(open_desk, "POST", "/api/acme/runs", body)

    assert (status, open_desk.stored() == before) == (400, True)
    assert error in answer["error"]


@pytest.mark.parametrize("body", ["%%%", base64.b64encode(b"\xff\xfe{}").decode(), base64.b64encode(b"no").decode()])
def test_a_binary_body_that_is_no_json_is_refused(open_desk: Desk, body: str) -> None:
    assert call(open_desk, "POST", "/api/acme/runs", body, encoded=True) == (400, {"error": "the body is not JSON"})


def test_a_run_of_another_tenants_flow_is_not_to_be_had(open_desk: Desk) -> None:
    body = json.dumps({"flow": f"acme/{INVOICES}/jaggaer/freshbooks"})

    status, answer = call(open_desk, "POST", "/api/globex/runs", body)

    assert (status, answer) == (404, {"error": "there is no tenant 'globex'"})
    assert open_desk.world.runs.started == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_another_method_is_no_page(open_desk: Desk, method: str) -> None:
    assert call(open_desk, method, "/api/acme/overview")[0] == 404


@pytest.mark.parametrize("path", ["/api/acme/records/INV/2026/7", "/api/acme/records/INV%2F2026%2F7"])
def test_a_number_with_slashes_is_one_number_whether_the_gateway_decodes_it_or_not(open_desk: Desk, path: str) -> None:
    status, body = call(open_desk, "GET", path)

    assert (status, body["error"]) == (404, "no record of acme has the number 'INV/2026/7'")
