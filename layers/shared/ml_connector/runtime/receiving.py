"""POST /in/{system}/{registration}: what a delivery must look like at all, and what its sender is told."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ml_connector.domain.registration import door_mark
from ml_connector.pipeline.ingest.receiver import Verdict
from ml_connector.pipeline.webhook import Delivery
from ml_connector.runtime.door import Door

LARGEST_BODY = 256 * 1024

STATUSES = {
    Verdict.TAKEN: 200,
    Verdict.UNREADABLE: 400,
    Verdict.FORGED: 401,
    Verdict.FOREIGN: 403,
    Verdict.UNKNOWN: 404,
    Verdict.WRONG_TYPE: 415,
}
TOO_LARGE = 413


class _TooLargeError(Exception):
    """More than anybody pushes."""


def answer_push(event: Mapping[str, Any], door: Door) -> dict[str, Any]:
    """The status says all: nobody is told more than that, but whose door it was (a ping asks for that)."""
    place = event.get("pathParameters") or {}
    try:
        delivery = Delivery(raw=_body(event), headers=_headers(event))
    except _TooLargeError:
        return _refused(door, TOO_LARGE, "too large")
    except ValueError:  # base64 with something else in it, or text that is none
        return _refused(door, STATUSES[Verdict.UNREADABLE], Verdict.UNREADABLE.value)
    registration = str(place.get("registration"))
    verdict = door.receiver.receive(str(place.get("system")), registration, delivery)
    answer = _said(STATUSES[verdict])
    return {**answer, "headers": {**answer["headers"], "x-door": door_mark(door.stack, registration)}}


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    is_encoded = bool(event.get("isBase64Encoded"))
    if len(text) > (LARGEST_BODY * 4 // 3 + 4 if is_encoded else LARGEST_BODY):
        raise _TooLargeError
    raw = base64.b64decode(text, validate=True) if is_encoded else text.encode()
    if len(raw) > LARGEST_BODY:
        raise _TooLargeError
    return raw


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def _refused(door: Door, status: int, why: str) -> dict[str, Any]:
    door.metrics.count("PushesRefused", system="unknown", why=why)
    return _said(status)


def _said(status: int) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"cache-control": "no-store"}, "body": ""}
