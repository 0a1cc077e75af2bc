"""The cXML door: the outside of a document, whose it is, and our answer. Nothing here fetches or waits.

Order: size and encoding, then XML, then who sent it, and only then what it says. See README.md for what is refused how.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ml_connector.connectors.jaggaer.cxml import writing
from ml_connector.connectors.jaggaer.cxml.reading import read
from ml_connector.connectors.jaggaer.cxml.rules import SECRET, SECRET_BEFORE, credential_of, read_rules
from ml_connector.connectors.jaggaer.cxml.tree import Element, NotXmlError, inflated, parsed
from ml_connector.pipeline.documents import (
    NOT_ACCEPTABLE,
    NOT_IMPLEMENTED,
    Arrived,
    DocumentRefusedError,
    DoorRules,
    Envelope,
)
from ml_connector.pipeline.webhook import Delivery

CONTENT_TYPES = frozenset({"text/xml", "application/xml", "application/cxml+xml"})
_SIGNATURES = ("DigitalSignature", "CredentialMac")
_NOBODY = "nobody has this secret"
"""Compared with where there is none, so that it takes as long."""


class CxmlDoor:
    def rules(self, settings: Mapping[str, Any]) -> DoorRules | None:
        """The addresses were checked when the settings were kept."""
        found = read_rules(settings.get("cxml"), local=True)
        return found.door if found else None

    def open(self, delivery: Delivery) -> Envelope:
        content_type = delivery.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() not in CONTENT_TYPES:
            raise DocumentRefusedError(NOT_ACCEPTABLE, "its content type is not XML")
        try:
            raw = inflated(delivery.raw, delivery.headers.get("content-encoding", "").strip().lower())
            root = parsed(raw, content_type=content_type)
        except NotXmlError as error:
            raise DocumentRefusedError(NOT_ACCEPTABLE, str(error)) from error
        return _envelope(root, raw)

    def is_from(self, envelope: Envelope, rules: DoorRules, secret: Mapping[str, str]) -> bool:
        """Each secret that counts is compared with each that was shown, whoever says he sent it."""
        valid = [secret[name] for name in (SECRET, SECRET_BEFORE) if secret.get(name)] or [_NOBODY]
        shown = envelope.secrets or ("",)
        matches = [_same(given, expected) for given in shown for expected in valid]
        return valid != [_NOBODY] and any(matches) and bool(rules.senders & set(envelope.senders))

    def read(self, envelope: Envelope) -> Arrived:
        return read(envelope.content)

    def answer(self, code: int, *, payload_id: str, at: datetime) -> bytes:
        return writing.response(code, payload_id=payload_id, at=at)


def _envelope(root: Element, body: bytes) -> Envelope:
    if root.name != "cXML":
        raise DocumentRefusedError(NOT_ACCEPTABLE, "it is not cXML")
    request, sender = root.first("Request"), root.first("Header", "Sender")
    if root.first("Message") is not None and request is None:
        raise DocumentRefusedError(NOT_IMPLEMENTED, "a message, and no request")
    if request is None or sender is None:
        raise DocumentRefusedError(NOT_ACCEPTABLE, "it has no header or no request")
    shown = [found.text for one in sender.all("Credential") for found in one.all("SharedSecret")]
    return Envelope(
        payload_id=root.get("payloadID"),
        senders=tuple(_credentials(sender)),
        recipients=tuple(_credentials(root.first("Header", "To"))),
        secrets=tuple(shown),
        signed=any(one.first(name) is not None for one in sender.all("Credential") for name in _SIGNATURES),
        is_test=request.get("deploymentMode") == "test",
        body=body,
        content=root,
    )


def _credentials(element: Element | None) -> Iterator[str]:
    for one in element.all("Credential") if element is not None else ():
        identity = one.first("Identity")
        if identity is not None and identity.text:
            yield credential_of(one.get("domain"), identity.text)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


DOOR = CxmlDoor()
