"""Jira's own reading of an answer. Its words are localised and change: they are told, never branched on.

The one exception is the gateway's refusal for a missing scope, a 401 that no other token would mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ml_connector.domain.errors import ConnectorError, NotFoundError, OutcomeUnknownError, RejectedError, TransientError
from ml_connector.transport.answer import Answer, GarbledError
from ml_connector.transport.redaction import short

_REFUSING = frozenset({400, 403, 413, 422})
_GONE = frozenset({404, 410})
_MOST_TOLD = 6


def refine(answer: Answer, is_write: bool) -> ConnectorError | None:
    """None leaves it to the general table: 429, 5xx and other 401 say all by their status."""
    if answer.is_success:
        return None
    body = _body(answer)
    if answer.status == 401:
        return _scope_missing(body)
    told = short("; ".join(list(_told(body))[:_MOST_TOLD]), 500)
    if answer.status in _REFUSING and told:
        return RejectedError(
            told, code="permission" if answer.status == 403 else "too_many" if answer.status == 413 else "invalid"
        )
    if answer.status in _GONE:
        return _missing(answer, body, told, is_write=is_write)
    if answer.status == 409:
        busy = f"Jira is changing it at this moment: {told or 'HTTP 409'}"
        return OutcomeUnknownError(busy, code="busy") if is_write else TransientError(busy, code="busy")
    return None


def _missing(answer: Answer, body: Any, told: str, *, is_write: bool) -> ConnectorError:
    """Jira's own 404 has its messages in a list. The gateway's, for a wrong cloud id, and a proxy's page have not."""
    if answer.status == 404 and isinstance(body, Mapping) and (body.get("errorMessages") or body.get("errors")):
        return NotFoundError(f"{told} (Jira says the same of what this user may not see)", code="not_found")
    unsaid = f"HTTP {answer.status} that is not Jira's own word on a record" + (f": {told}" if told else "")
    return OutcomeUnknownError(unsaid, code="unsaid") if is_write else TransientError(unsaid, code="unsaid")


def _scope_missing(body: Any) -> ConnectorError | None:
    message = body.get("message") if isinstance(body, Mapping) else None
    if isinstance(message, str) and "scope" in message.casefold():
        text = f"the authorisation lacks a scope that this call needs: authorise the connection again ({message})"
        return RejectedError(short(text, 300), code="scope")
    return None


def _body(answer: Answer) -> Any:
    try:
        return answer.json()
    except GarbledError:
        return None


def _told(body: Any) -> Iterator[str]:
    if not isinstance(body, Mapping):
        return
    for message in _listed(body.get("errorMessages")):
        yield str(message)
    errors = body.get("errors")
    if isinstance(errors, Mapping):
        for field, message in errors.items():
            yield f"{field}: {message}"
    else:
        yield from (str(each) for each in _listed(errors))
    if isinstance(body.get("message"), str):
        yield str(body["message"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
