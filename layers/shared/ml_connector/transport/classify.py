"""What an answer, or the lack of one, means: the one table from HTTP to our errors.

Reads are repeated freely, so what may pass is transient. A write that is neither done nor refused for certain is
OutcomeUnknownError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from ml_connector.domain.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.transport.answer import Answer, GarbledError
from ml_connector.transport.redaction import short

REQUEST_ID_HEADERS = ("x-request-id", "x-correlation-id", "request-id", "correlation-id", "x-trace-id")

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_REFUSED_WRITE = {400, 403, 405, 413, 415, 422}
_GONE = {404, 410}
_PASSING = {408, 425}
_MESSAGE_KEYS = ("error_description", "message", "returnMessage", "detail", "title", "error", "errors", "Message")
_LONGEST_WAIT = timedelta(days=1)


class TooLargeError(Exception):
    """The answer did not end where an answer should."""


def error_of_answer(
    answer: Answer,
    *,
    is_write: bool,
    unauthorized_statuses: Iterable[int] = (401,),
    now: datetime | None = None,
    default_wait: timedelta | None = None,
) -> ConnectorError | None:
    """None for a 2xx; its body is judged where it is decoded."""
    if answer.is_success:
        return None
    detail = f"HTTP {answer.status}{_with_message(answer)}"
    if answer.status in unauthorized_statuses or answer.status == 401:
        return AuthError(f"the credentials were refused: {detail}")
    if answer.status == 429:
        return RateLimitedError(detail, retry_after=retry_after(answer.headers, now=now) or default_wait)
    if answer.status in _GONE:
        return NotFoundError(detail)
    return _of_write(answer, detail) if is_write else _of_read(answer, detail, now)


def error_of_failure(failure: Exception, *, is_write: bool) -> ConnectorError:
    """For a call without an answer."""
    detail = f"{type(failure).__name__}: {short(str(failure))}".rstrip(": ")
    if isinstance(failure, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return RejectedError(f"the address cannot be called: {detail}")
    if isinstance(failure, _NEVER_SENT):
        return TransientError(f"no connection: {detail}")
    if is_write:
        return OutcomeUnknownError(f"sent, and no answer came: {detail}")
    if isinstance(failure, TooLargeError | httpx.LocalProtocolError):
        return RejectedError(detail)
    return TransientError(f"no answer: {detail}")


def error_of_garbage(answer: Answer, *, is_write: bool) -> ConnectorError:
    """For a 2xx that cannot be read: a gateway's HTML page, half an answer."""
    detail = f"HTTP {answer.status} with a body that is not JSON ({len(answer.body)} bytes)"
    return OutcomeUnknownError(detail) if is_write else TransientError(detail)


def retry_after(headers: Mapping[str, str], *, now: datetime | None) -> timedelta | None:
    """Seconds or an HTTP date; a date is measured against the answer's own Date where it has one, else `now`."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(timedelta(seconds=min(float(text), _LONGEST_WAIT.total_seconds())), _LONGEST_WAIT)
    until, since = _http_date(text), _http_date(headers.get("date", "")) or now
    if until is None or since is None:
        return None
    return min(max(until - since, timedelta(0)), _LONGEST_WAIT)


def request_id_of(headers: Mapping[str, str], names: Iterable[str] = REQUEST_ID_HEADERS) -> str | None:
    found = next((headers[name] for name in names if headers.get(name)), None)
    return short(found, 100) if found else None


def message_of(answer: Answer) -> str | None:
    """The vendor's own short message, where the body has one in a usual place."""
    try:
        text = _message_in(answer.json())
    except GarbledError:
        return None
    return short(text) if text else None


def located[Error: ConnectorError](error: Error, *, system: str, operation: str, request_id: str | None) -> Error:
    """The same error, with the place filled in where it does not say."""
    error.system = error.system or system
    error.operation = error.operation or operation
    error.request_id = error.request_id or request_id
    error.args = (f"{error.system} {error.operation}: {error.detail}",)
    return error


def _of_read(answer: Answer, detail: str, now: datetime | None) -> ConnectorError:
    if answer.status >= 500 or answer.status in _PASSING:
        wait = retry_after(answer.headers, now=now)
        return TransientError(detail) if wait is None else RateLimitedError(detail, retry_after=wait)
    if answer.status == 409:
        return ConflictError(detail)
    if 300 <= answer.status <= 399:
        return RejectedError(f"{detail}: it redirects elsewhere, and we do not follow; check the URL in the settings")
    return RejectedError(detail)


def _of_write(answer: Answer, detail: str) -> ConnectorError:
    return RejectedError(detail) if answer.status in _REFUSED_WRITE else OutcomeUnknownError(detail)


def _with_message(answer: Answer) -> str:
    message = message_of(answer)
    return f" ({message})" if message else ""


def _message_in(body: Any, depth: int = 0) -> str | None:
    if isinstance(body, str):
        return body
    if isinstance(body, list) and depth < 4:
        return next((found for item in body[:3] if (found := _message_in(item, depth + 1))), None)
    if isinstance(body, Mapping) and depth < 4:
        return next((found for key in _MESSAGE_KEYS if (found := _message_in(body.get(key), depth + 1))), None)
    return None


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
