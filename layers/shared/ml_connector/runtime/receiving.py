"""POST /in/{system}/{registration}: what a delivery must look like at all, and what its sender is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.domain.registration import door_mark
from ml_connector.pipeline.ingest.receiver import Verdict
from ml_connector.runtime.deliveries import DeliveryTooLargeError, delivery_of
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


def answer_push(event: Mapping[str, Any], door: Door) -> dict[str, Any]:
    """The status says all: nobody is told more than that, but whose door it was (a ping asks for that)."""
    place = event.get("pathParameters") or {}
    try:
        delivery = delivery_of(event, most_bytes=LARGEST_BODY)
    except DeliveryTooLargeError:
        return _refused(door, TOO_LARGE, "too large")
    except ValueError:
        return _refused(door, STATUSES[Verdict.UNREADABLE], Verdict.UNREADABLE.value)
    registration = str(place.get("registration"))
    verdict = door.receiver.receive(str(place.get("system")), registration, delivery)
    answer = _said(STATUSES[verdict])
    return {**answer, "headers": {**answer["headers"], "x-door": door_mark(door.stack, registration)}}


def _refused(door: Door, status: int, why: str) -> dict[str, Any]:
    door.metrics.count("PushesRefused", system="unknown", why=why)
    return _said(status)


def _said(status: int) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"cache-control": "no-store"}, "body": ""}
