"""What API Gateway hands over of a delivery from outside: its bytes as they were sent, and its headers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ml_connector.pipeline.webhook import Delivery


class DeliveryTooLargeError(Exception):
    """More than anybody sends."""


def delivery_of(event: Mapping[str, Any], *, most_bytes: int) -> Delivery:
    """Raises: DeliveryTooLargeError; ValueError for base64 with something else in it, or text that is none."""
    headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    return Delivery(raw=_body(event, most_bytes), headers=headers)


def _body(event: Mapping[str, Any], most_bytes: int) -> bytes:
    """What is certainly too long is not decoded."""
    text = event.get("body") or ""
    is_encoded = bool(event.get("isBase64Encoded"))
    if len(text) > (most_bytes * 4 // 3 + 4 if is_encoded else most_bytes):
        raise DeliveryTooLargeError
    raw = base64.b64decode(text, validate=True) if is_encoded else text.encode()
    if len(raw) > most_bytes:
        raise DeliveryTooLargeError
    return raw
