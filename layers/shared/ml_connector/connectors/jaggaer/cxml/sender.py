"""StatusUpdateRequest to a partner. One request, one reading of the answer; whoever called decides what is next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from ml_connector.connectors.jaggaer.cxml.rules import UpdateRules
from ml_connector.connectors.jaggaer.cxml.tree import NotXmlError, parsed
from ml_connector.connectors.jaggaer.cxml.writing import status_update
from ml_connector.domain.errors import AuthError, ConnectorError, OutcomeUnknownError, RejectedError, TransientError
from ml_connector.pipeline.documents import StatusUpdate
from ml_connector.transport.answer import Answer
from ml_connector.transport.classify import TooLargeError, error_of_answer, error_of_failure, located
from ml_connector.transport.client import received

OPERATION = "cXML StatusUpdate"
_LARGEST_ANSWER = 100_000
_REPEAT = {500, 550, 560}


class CxmlStatusUpdates:
    """No token goes there, and no redirect is followed: the address and the secret are the partner's own."""

    def __init__(
        self, *, http: httpx.Client, rules: UpdateRules, identity: str, secret: str, timeout: timedelta, system: str
    ) -> None:
        self._http = http
        self._rules = rules
        self._identity = identity
        self._secret = secret
        self._timeout = httpx.Timeout(timeout.total_seconds())
        self._system = system

    def send(self, update: StatusUpdate) -> None:
        body = status_update(update, sender=self._identity, recipient=self._rules.to, secret=self._secret)
        request = self._http.build_request(
            "POST",
            self._rules.url,
            content=body,
            headers={"content-type": "text/xml; charset=utf-8"},
            timeout=self._timeout,
        )
        error = self._error(request)
        if error is not None:
            raise located(error, system=self._system, operation=OPERATION, request_id=None)

    def _error(self, request: Any) -> ConnectorError | None:
        try:
            answer = received(self._http, request, max_body=_LARGEST_ANSWER)
        except (httpx.HTTPError, httpx.InvalidURL, TooLargeError) as failure:
            return error_of_failure(failure, is_write=True)
        return error_of_answer(answer, is_write=True) or _error_inside(answer)


def _error_inside(answer: Answer) -> ConnectorError | None:
    """HTTP 200 says little: the status is in the document. One that cannot be read leaves the outcome open."""
    try:
        status = parsed(answer.body, content_type=answer.headers.get("content-type", "")).first("Response", "Status")
    except NotXmlError:
        status = None
    code = status.get("code") if status is not None else ""
    if not (code.isascii() and code.isdigit() and len(code) == 3):
        return OutcomeUnknownError("no cXML status came back")
    if code.startswith("2"):
        return None
    if code == "401":
        return AuthError("the partner refused the secret (cXML 401)")
    if int(code) in _REPEAT:
        return TransientError(f"the partner asks for another try (cXML {code})")
    return RejectedError(f"the partner refused it (cXML {code})")
