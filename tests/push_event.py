"""What API Gateway hands to the webhook receiver for a push to one of our callbacks."""

from __future__ import annotations

from typing import Any


def push_event(uri: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """`uri` ends in the system and the registration, as it was registered."""
    system, registration = uri.split("/")[-2:]
    return {
        "pathParameters": {"system": system, "registration": registration},
        "headers": headers,
        "body": body.decode(),
        "isBase64Encoded": False,
    }
