"""JSON answers, and the three shapes in which Jira says no: its own, the gateway's, and a proxy's page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tests.simulators.serving import Response

type Fields = dict[str, Any]


class Refusal(Exception):
    """Jira says no, and nothing was done: general messages, and a text for each field that is wrong."""

    def __init__(self, status: int, *messages: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join([*messages, *(errors or {}).values()]))
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})

    @property
    def body(self) -> Fields:
        return {"errorMessages": list(self.messages), "errors": self.errors}


def answer(status: int, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Response:
    """Without a body the answer is empty, as a 204 is."""
    if body is None:
        return Response(status=status, headers=dict(headers or {}))
    kind = {"content-type": "application/json;charset=UTF-8"}
    return Response(status=status, headers={**kind, **(headers or {})}, body=json.dumps(body).encode())


def page(status: int, *, headers: Mapping[str, str] | None = None) -> Response:
    """An HTML page where JSON was due."""
    title = f"{status} {HTTPStatus(status).phrase}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(status=status, headers={"content-type": "text/html", **(headers or {})}, body=body.encode())


def refused(refusal: Refusal) -> Response:
    return answer(refusal.status, refusal.body)


def gateway(status: int, message: str) -> Response:
    """What the API gateway answers before Jira has seen the call."""
    return answer(status, {"code": status, "message": message})


def unauthenticated() -> Response:
    """Jira's own 401, as the site's address gives it."""
    message = "You are not authenticated. Authentication required to perform this operation."
    headers = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}
    return answer(401, {"errorMessages": [message], "errors": {}}, headers=headers)


def no_issue() -> Refusal:
    """Not there, or not to be seen: Jira says the same of both."""
    return Refusal(404, "Issue does not exist or you do not have permission to see it.")
