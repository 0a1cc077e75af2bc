"""POST /cxml/{tenant}/{connection}: always a cXML answer in an HTTP 200, as senders expect, whatever came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.domain.errors import TransientError
from ml_connector.pipeline.documents import NOT_ACCEPTABLE, SERVER_ERROR, TEMPORARY_ERROR
from ml_connector.pipeline.ingest.document_receiver import Reply
from ml_connector.runtime.deliveries import DeliveryTooLargeError, delivery_of
from ml_connector.runtime.document_door import DocumentDoorway

LARGEST_BODY = 1024 * 1024


def answer_document(event: Mapping[str, Any], door: DocumentDoorway) -> dict[str, Any]:
    place = event.get("pathParameters") or {}
    try:
        delivery = delivery_of(event, most_bytes=LARGEST_BODY)
    except (DeliveryTooLargeError, ValueError) as error:
        door.metrics.count("DocumentsRefused", system="unknown", code=str(NOT_ACCEPTABLE))
        door.log.warning("document refused", code=NOT_ACCEPTABLE, why=type(error).__name__)
        return _said(door.receiver.reply(NOT_ACCEPTABLE))
    try:
        return _said(door.receiver.receive(str(place.get("tenant")), str(place.get("connection")), delivery))
    except Exception as error:  # the edge: the sender is told to come again, and the alarm tells us
        code = TEMPORARY_ERROR if isinstance(error, TransientError) else SERVER_ERROR
        door.metrics.count("DocumentsFailed", code=str(code))
        door.log.error("document failed", why=repr(error))
        return _said(door.receiver.reply(code))


def _said(reply: Reply) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {"content-type": "text/xml; charset=utf-8", "cache-control": "no-store"},
        "body": reply.body.decode(),
    }
