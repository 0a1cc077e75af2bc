"""What AWS answers when it refuses, by code; and which refusals only ask for patience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from botocore.exceptions import ClientError

from ml_connector.domain.errors import TransientError

CONDITION_FAILED = "ConditionalCheckFailed"
_PATIENCE = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
    }
)


def code_of(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def is_condition_failed(error: ClientError) -> bool:
    return code_of(error) == "ConditionalCheckFailedException"


def old_item(error: ClientError) -> Mapping[str, Any] | None:
    """The item that the condition met, where the write asked for it."""
    return cast("Mapping[str, Any] | None", cast(Any, error.response).get("Item"))


def cancellations(error: ClientError) -> list[str]:
    """One code for each part of a cancelled transaction, `None` where that part was not at fault."""
    return [reason.get("Code", "None") for reason in cast(Any, error.response).get("CancellationReasons", [])]


def give_up_if_throttled(error: ClientError, operation: str) -> None:
    """Raises TransientError where AWS asks for patience, and the SDK has had its own."""
    if code_of(error) in _PATIENCE or _PATIENCE.intersection(cancellations(error)):
        raise TransientError(code_of(error), system="aws", operation=operation) from error
