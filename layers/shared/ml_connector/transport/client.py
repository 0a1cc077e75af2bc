"""Calls to one vendor's JSON API: token, budget, one repeat after a 401, and every failure classified once.

Nothing here retries but that, and a patient read: whoever called decides what happens next, by the class of the error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import httpx

from ml_connector.domain.errors import AuthError, ConnectorError, RateLimitedError
from ml_connector.pipeline.system import Budget, TokenSource
from ml_connector.transport import classify
from ml_connector.transport.answer import Answer, GarbledError, encoded

__all__ = ["Answer", "ApiClient", "GarbledError", "Params", "Refine"]

type Params = Sequence[tuple[str, str]]
type Refine = Callable[[Answer, bool], ConnectorError | None]
"""(answer, is_write) -> the vendor's own reading of it, also of a 2xx; None leaves it to the general table."""

MAX_BODY = 20 * 1024 * 1024
_ACCEPT = {"accept": "application/json"}


class Patience:
    """Of one long read. Its first call fails as any does; once something was read, it waits for what is still to come.

    Given up in the middle it would begin anew, and where it takes more requests than are ever there at once, without
    end.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._has_begun = False

    def read(self, call: Callable[[], Answer]) -> Answer:
        while True:
            try:
                answer = call()
            except RateLimitedError as error:
                if not (self._has_begun and self._budget.wait(error)):
                    raise
            else:
                self._has_begun = True
                return answer


class ApiClient:
    """One connection's calls. Safe to use from several threads, as its token source, budget and http client are."""

    def __init__(
        self,
        *,
        http: httpx.Client,
        system: str,
        base_url: str,
        tokens: TokenSource | None,
        budget: Budget,
        refine: Refine | None = None,
        headers: Mapping[str, str] | None = None,
        unauthorized_statuses: tuple[int, ...] = (401,),
        timeout: timedelta = timedelta(seconds=30),
        default_wait: timedelta | None = None,
        now: Callable[[], datetime] | None = None,
        request_id_headers: tuple[str, ...] = classify.REQUEST_ID_HEADERS,
        max_body: int = MAX_BODY,
        patience: Patience | None = None,
    ) -> None:
        """`default_wait` is for a 429 without Retry-After; `now` for one that gives a date where no Date came."""
        self._http = http
        self._system = system
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._budget = budget
        self._refine = refine
        self._headers = {**_ACCEPT, **_lowered(headers or {})}
        self._unauthorized = unauthorized_statuses
        self._timeout = httpx.Timeout(timeout.total_seconds())
        self._default_wait = default_wait
        self._now = now
        self._request_id_headers = request_id_headers
        self._max_body = max_body
        self._patience = patience

    def patient(self) -> ApiClient:
        """The same for one long read, which waits in its middle."""
        made = copy(self)
        made._patience = Patience(self._budget)
        return made

    def get(self, path: str, *, operation: str, params: Params = (), headers: Mapping[str, str] | None = None) -> Any:
        """A read: the decoded JSON, None for a 204. Raises: the read errors of `classify`."""
        answer = self.get_answer(path, operation=operation, params=params, headers=headers)
        return self._decoded(answer, operation=operation, is_write=False)

    def get_answer(
        self, path: str, *, operation: str, params: Params = (), headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A read whose body the caller decodes."""
        return self._read(self._request("GET", path, params=params, headers=headers), operation=operation)

    def ask(
        self, path: str, *, operation: str, json: Any, params: Params = (), headers: Mapping[str, str] | None = None
    ) -> Any:
        """A read that the vendor wants as a POST, such as a search. Raises: the read errors of `classify`."""
        request = self._request("POST", path, params=params, headers=headers, content=encoded(json))
        answer = self._read(request, operation=operation)
        return self._decoded(answer, operation=operation, is_write=False)

    def send(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        json: Any = None,
        params: Params = (),
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """A write: the decoded answer, None for a 204. `json` None sends no body.

        Raises: OutcomeUnknownError for anything but a complete success, a documented refusal, or nothing sent.
        """
        content = None if json is None else encoded(json)
        request = self._request(method, path, params=params, headers=headers, content=content)
        answer = self._settled(request, operation=operation, is_write=True)
        return self._decoded(answer, operation=operation, is_write=True)

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Params,
        headers: Mapping[str, str] | None,
        content: bytes | None = None,
    ) -> httpx.Request:
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is not a path below the base URL")
        kind = {} if content is None else {"content-type": "application/json"}
        return self._http.build_request(
            method,
            self._base_url + path,
            params=list(params) or None,
            headers={**self._headers, **kind, **_lowered(headers or {})},
            content=content,
            timeout=self._timeout,
        )

    def _read(self, request: httpx.Request, *, operation: str) -> Answer:
        def call() -> Answer:
            return self._settled(request, operation=operation, is_write=False)

        return call() if self._patience is None else self._patience.read(call)

    def _settled(self, request: httpx.Request, *, operation: str, is_write: bool) -> Answer:
        """The answer, if it is a success. A 401 means that nothing was done: one repeat with another token."""
        if self._tokens is None:
            answer = self._call(request, None, operation=operation, is_write=is_write)
        else:
            token = self._tokens.token()
            answer = self._call(request, token, operation=operation, is_write=is_write)
            if self._refuses_token(answer, is_write=is_write):
                self._tokens.refused(token)
                token = self._tokens.token()
                answer = self._call(request, token, operation=operation, is_write=is_write)
                if self._refuses_token(answer, is_write=is_write):
                    self._tokens.refused(token)
        error = self._error_in(answer, is_write=is_write)
        if error is not None:
            raise self._placed(error, operation, answer)
        return answer

    def _refuses_token(self, answer: Answer, *, is_write: bool) -> bool:
        """A 401 that speaks of something else, such as a scope, is not mended by another token."""
        return answer.status in self._unauthorized and isinstance(self._error_in(answer, is_write=is_write), AuthError)

    def _call(self, request: httpx.Request, token: str | None, *, operation: str, is_write: bool) -> Answer:
        headers = request.headers.copy()
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        signed = httpx.Request(
            request.method, request.url, headers=headers, content=request.content, extensions=request.extensions
        )
        self._budget.take()
        try:
            return received(self._http, signed, max_body=self._max_body)
        except (httpx.HTTPError, httpx.InvalidURL, classify.TooLargeError) as failure:
            raise self._placed(classify.error_of_failure(failure, is_write=is_write), operation, None) from failure

    def _error_in(self, answer: Answer, *, is_write: bool) -> ConnectorError | None:
        if self._refine is not None:
            try:
                error = self._refine(answer, is_write)
            except GarbledError:
                error = None
            if error is not None:
                return error
        return classify.error_of_answer(
            answer,
            is_write=is_write,
            unauthorized_statuses=self._unauthorized,
            now=self._now() if self._now is not None else None,
            default_wait=self._default_wait,
        )

    def _decoded(self, answer: Answer, *, operation: str, is_write: bool) -> Any:
        if answer.is_empty:
            return None
        try:
            return answer.json()
        except GarbledError as garbled:
            raise self._placed(classify.error_of_garbage(answer, is_write=is_write), operation, answer) from garbled

    def _placed(self, error: ConnectorError, operation: str, answer: Answer | None) -> ConnectorError:
        request_id = classify.request_id_of(answer.headers, self._request_id_headers) if answer else None
        return classify.located(error, system=self._system, operation=operation, request_id=request_id)


def received(http: httpx.Client, request: httpx.Request, *, max_body: int = MAX_BODY) -> Answer:
    """Send, and read no more than `max_body`, nor for longer than the request's timeout: httpx bounds each read by it,
    and an answer that drips has no end. Redirects are not followed: a token goes where the settings say.

    Raises: httpx.HTTPError, TooLargeError.
    """
    began, limit = monotonic(), request.extensions.get("timeout", {}).get("read")
    response = http.send(request, stream=True, follow_redirects=False)
    try:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if limit is not None and monotonic() - began > limit:
                raise httpx.ReadTimeout(f"the answer took longer than {limit:.0f} s", request=request)
            if len(body) > max_body:
                raise classify.TooLargeError(f"the answer is larger than {max_body} bytes")
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status_code, headers=headers, body=bytes(body))


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
