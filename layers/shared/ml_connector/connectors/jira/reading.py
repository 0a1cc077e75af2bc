"""What an answer of Jira's must have in it to count. One to a write that cannot be read tells no outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.connectors.jira.models import Wire
from ml_connector.domain.errors import ConnectorError, OutcomeUnknownError, RejectedError, TransientError

SYSTEM = "jira"


def read[Model: Wire](model: type[Model], body: Any, operation: str, *, is_write: bool = False) -> Model:
    try:
        return model.model_validate(body)
    except ValueError as error:
        raise garbled(f"the answer cannot be read as {model.__name__}", operation, is_write=is_write) from error


def read_many[Model: Wire](model: type[Model], rows: Any, operation: str) -> tuple[Model, ...]:
    if not isinstance(rows, list):
        raise garbled("the answer is not a list", operation, is_write=False)
    return tuple(read(model, row, operation) for row in rows)


def created_webhook(answer: Any, operation: str) -> str:
    results = answer.get("webhookRegistrationResult") if isinstance(answer, Mapping) else None
    result = results[0] if isinstance(results, list) and results and isinstance(results[0], Mapping) else {}
    if errors := result.get("errors"):
        raise RejectedError("; ".join(map(str, errors))[:400], system=SYSTEM, operation=operation, code="invalid")
    if "createdWebhookId" not in result:
        raise garbled("the answer names no webhook", operation, is_write=True)
    return str(result["createdWebhookId"])


def garbled(detail: str, operation: str, *, is_write: bool) -> ConnectorError:
    kind = OutcomeUnknownError if is_write else TransientError
    return kind(detail, system=SYSTEM, operation=operation, code="garbled")
