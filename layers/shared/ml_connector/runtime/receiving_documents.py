"""POST /cxml/{tenant}/{connection}: always a cXML answer in an HTTP 200, as senders expect, whatever came in."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ml_connector.domain.errors import TransientError
from ml_connector.pipeline.documents import NOT_ACCEPTABLE, SERVER_ERROR, TEMPORARY_ERROR
from ml_connector.pipeline.ingest.document_receiver import Reply
from ml_connector.pipeline.webhook import Delivery
from ml_connector.runtime.document_door import DocumentDoorway

LARGEST_BODY = 1024 * 1024


class _TooLargeError(Exception):
    """More than a document has."""


def answer_document(event: Mapping[str, Any], door: DocumentDoorway) -> dict[str, Any]:
    place = event.get("pathParameters") or {}
    try:
        delivery = Delivery(raw=_body(event), headers=_headers(event))
    except (_TooLargeError, ValueError) as error:  # the latter: base64 with something else in it, or text that is none
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


def _said(reply: Reply) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {"content-type": "text/xml; charset=utf-8", "cache-control": "no-store"},
        "body": reply.body.decode(),
    }
