"""JSON answers, and the error shapes of the families: A and B accounting, C ledger, D projects and time tracking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tests.simulators.freshbooks.errors import NOT_FOUND, REQUIRED, Problem, Refusal
from tests.simulators.freshbooks.switches import Switches
from tests.simulators.serving import Request, Response

ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
RPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 422: 3, 429: 8, 500: 13}


def answer(status: int, body: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        status=status,
        headers={"content-type": "application/json", **(headers or {})},
        body=json.dumps(body).encode(),
    )


def page(status: int, *, headers: Mapping[str, str] | None = None) -> Response:
    """An HTML page where JSON was due, as a proxy in front of an API sends it."""
    title = f"{status} {HTTPStatus(status).phrase}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(status=status, headers={"content-type": "text/html", **(headers or {})}, body=body.encode())


def unauthenticated() -> Response:
    message = "This action requires authentication to continue."
    return answer(401, {"error": "unauthenticated", "error_description": message})


def nowhere() -> Response:
    return answer(404, {"error": "not_found", "error_description": "There is nothing at this address."})


def accounting_error(refusal: Refusal, request: Request, switches: Switches) -> Response:
    """Shape B when the caller names an API version, else shape A."""
    if "x-api-version" in request.headers:
        return answer(refusal.status, _shape_b(refusal))
    status = 200 if switches.errors_with_200 else refusal.status
    return answer(status, _shape_a(refusal, switches))


def _shape_a(refusal: Refusal, switches: Switches) -> dict[str, Any]:
    errors = [
        {
            "errno": str(problem.errno) if switches.errno_as_string else problem.errno,
            "field": problem.field,
            "message": problem.message,
            "object": problem.object,
            "value": problem.value,
        }
        for problem in refusal.problems
    ]
    return {"response": {"errors": errors[0] if switches.errors_as_object else errors}}


def _shape_b(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": RPC_CODES.get(refusal.status, 2),
        "message": f"Request failed with status_code: {refusal.status}",
        "details": [_detail_b(problem) for problem in refusal.problems],
    }


def _detail_b(problem: Problem) -> dict[str, Any]:
    metadata = {
        "object": problem.object,
        "message": problem.message,
        "value": problem.value,
        "field": problem.field,
    }
    reason = str(problem.errno)
    return {"@type": ERROR_INFO, "reason": reason, "domain": "accounting.api.freshbooks.com", "metadata": metadata}


def ledger_error(refusal: Refusal) -> Response:
    """Shape C. A field error is a 400 here, where accounting says 422."""
    status = 400 if refusal.status == 422 else refusal.status
    details = [
        {
            "reason": f"{problem.field}: {problem.message}" if problem.field else problem.message,
            "metadata": {"message": problem.message, "field": problem.field},
        }
        for problem in refusal.problems
    ]
    message = f"Request failed with status code {status}"
    return answer(status, {"errors": {"message": message, "status": status, "details": details}})


def project_error(refusal: Refusal) -> Response:
    """Shape D."""
    if refusal.status == 401:
        return answer(401, {"message": f"invalid_token: {refusal}"})
    if any(problem.errno == NOT_FOUND for problem in refusal.problems):
        return answer(404, {"error": "Requested resource could not be found."})
    if refusal.status == 422:
        fields = {problem.field: _words_d(problem) for problem in refusal.problems}
        return answer(422, {"errno": 2001, "error": fields})
    return answer(refusal.status, {"message": str(refusal)})


def _words_d(problem: Problem) -> str:
    return "field required" if problem.errno == REQUIRED else problem.message
