"""cXML that we write: the answer to a request, and how far we are with an invoice. Small, and valid by its DTD."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from ml_connector.connectors.jaggaer.cxml.tree import Element
from ml_connector.domain.document import Standing
from ml_connector.pipeline.documents import StatusUpdate

USER_AGENT = "ml-connector"
DTD = "http://xml.cxml.org/schemas/cXML/1.2.063/cXML.dtd"
REDACTED = frozenset({"SharedSecret", "CredentialMac", "DigitalSignature", "PCard"})

TEXTS = {
    200: "OK",
    201: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    406: "Not Acceptable",
    409: "Conflict",
    450: "Not Implemented",
    477: "Signature Unacceptable",
    500: "Internal Server Error",
    560: "Temporary server error",
}
_STANDINGS = {
    Standing.POSTED: ("processing", "taken into the books"),
    Standing.HELD: ("processing", "on hold"),
    Standing.REJECTED: ("rejected", "not taken into the books"),
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def response(code: int, *, payload_id: str, at: datetime) -> bytes:
    """Nothing of what was received is in it."""
    status = {"code": str(code), "text": TEXTS[code], "xml:lang": "en-US"}
    return document(payload_id, at, [Element("Response", {}, [Element("Status", status)])])


def status_update(update: StatusUpdate, *, sender: str, recipient: str, secret: str) -> bytes:
    """InvoiceStatus has no type for "on hold": it is `processing`, and the comment says the rest."""
    kind, comment = _STANDINGS[update.standing]
    body = [
        Element("DocumentReference", {"payloadID": update.refers_to}),
        Element("Status", {"code": "200", "text": "OK", "xml:lang": "en-US"}),
        Element(
            "InvoiceStatus",
            {"type": kind},
            [
                Element("InvoiceIDInfo", {"invoiceID": update.invoice}),
                Element("Comments", {"xml:lang": "en-US"}, text=comment),
            ],
        ),
    ]
    request = Element("Request", {"deploymentMode": "production"}, [Element("StatusUpdateRequest", {}, body)])
    return document(update.payload_id, update.at, [_header(sender, recipient, secret), request])


def document(payload_id: str, at: datetime, content: list[Element]) -> bytes:
    root = Element(
        "cXML", {"payloadID": payload_id, "timestamp": at.isoformat(timespec="seconds"), "xml:lang": "en-US"}, content
    )
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE cXML SYSTEM "{DTD}">\n'
    return (opening + written(root)).encode()


def redacted(root: Element) -> bytes:
    """The document as it is kept: what proves a sender or pays a bill is gone, with all that is inside of it."""
    return written(root, hide=REDACTED).encode()


def written(element: Element, *, hide: Iterable[str] = ()) -> str:
    """Below the tree's depth limit, so this may call itself."""
    attributes = "".join(f" {name}={quoteattr(_clean(value))}" for name, value in element.attributes.items())
    if element.name in hide:
        return f"<{element.name}>***</{element.name}>"
    inside = escape(_clean(element.text)) + "".join(written(child, hide=hide) for child in element.children)
    return f"<{element.name}{attributes}>{inside}</{element.name}>" if inside else f"<{element.name}{attributes}/>"


def _header(sender: str, recipient: str, secret: str) -> Element:
    proof = [Element("SharedSecret", text=secret)]
    agent = Element("UserAgent", text=USER_AGENT)
    return Element(
        "Header",
        {},
        [
            Element("From", {}, [_credential(sender)]),
            Element("To", {}, [_credential(recipient)]),
            Element("Sender", {}, [_credential(sender, proof), agent]),
        ],
    )


def _credential(identity: str, proof: list[Element] | None = None) -> Element:
    domain, _, name = identity.partition(":")
    return Element("Credential", {"domain": domain}, [Element("Identity", text=name), *(proof or [])])


def _clean(text: str) -> str:
    """What XML cannot carry at all."""
    return _NOT_XML.sub("\ufffd", text)
