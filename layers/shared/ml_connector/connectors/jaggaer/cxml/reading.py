"""What a cXML request says, as far as it is needed to find its record and to tell of it. Pure.

Senders put the order's number in several places; `orderID` is trusted first. A `DocumentReference` names a document by
the id that its sender gave it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from ml_connector.connectors.jaggaer.cxml.tree import Element
from ml_connector.connectors.jaggaer.cxml.writing import redacted
from ml_connector.domain.document import DocumentKind
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.documents import (
    BAD_REQUEST,
    LONGEST_PAYLOAD_ID,
    NOT_IMPLEMENTED,
    Arrived,
    DocumentRefusedError,
)

LONGEST_NUMBER = 100
MOST_NUMBERS = 50
_LONGEST_FACT = 100
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def read(root: Element) -> Arrived:
    """Raises: DocumentRefusedError."""
    request = root.first("Request")
    body = next((child for child in request.children if child.name in _READERS), None) if request else None
    if body is None:
        raise DocumentRefusedError(NOT_IMPLEMENTED, "a request of another type")
    return _READERS[body.name](body, redacted(root))


def _invoice(body: Element, clean: bytes) -> Arrived:
    """The supplier's number; the orders that it bills are kept beside it."""
    header = _needed(body.first("InvoiceDetailRequestHeader"), "the invoice has no header")
    number = _number(header.get("invoiceID"), "the invoice has no number")
    infos = [info for part in body.children for info in part.all("InvoiceDetailOrderInfo")]
    summary = body.first("InvoiceDetailSummary")
    total = _money(summary, "DueAmount") or _money(summary, "NetAmount")
    facts = {
        "purpose": header.get("purpose") or "standard",
        "operation": header.get("operation") or "new",
        "invoice date": header.get("invoiceDate"),
        "information only": header.get("isInformationOnly"),
        "total": f"{total.amount} {total.currency}" if total else "",
    }
    return Arrived(
        kind=DocumentKind.INVOICE,
        about=RecordKind.BILL,
        numbers=(number,),
        orders=_numbers(order for info in infos for order in _orders_in(info)),
        total=total,
        facts=_facts(facts),
        clean=clean,
    )


def _order(body: Element, clean: bytes) -> Arrived:
    header = _needed(body.first("OrderRequestHeader"), "the order has no header")
    total = _money(header, "Total")
    facts = {
        "type": header.get("type") or "new",
        "version": header.get("orderVersion"),
        "order date": header.get("orderDate"),
        "total": f"{total.amount} {total.currency}" if total else "",
    }
    number = _number(header.get("orderID"), "the order has no number")
    return _about_orders(DocumentKind.ORDER, (number,), facts, clean)


def _confirmation(body: Element, clean: bytes) -> Arrived:
    header = _needed(body.first("ConfirmationHeader"), "the confirmation has no header")
    lines = [
        f"{line.get('lineNumber')}: {status.get('type')} {status.get('quantity')}"
        for line in body.all("ConfirmationItem")
        for status in line.all("ConfirmationStatus")
    ]
    facts = {
        "type": header.get("type"),
        "confirmation": header.get("confirmID"),
        "operation": header.get("operation") or "new",
        "notice date": header.get("noticeDate"),
        "lines": ", ".join(lines[:20]),
    }
    return _about_orders(DocumentKind.CONFIRMATION, _ordered(body), facts, clean)


def _ship_notice(body: Element, clean: bytes) -> Arrived:
    header = _needed(body.first("ShipNoticeHeader"), "the ship notice has no header")
    facts = {
        "shipment": header.get("shipmentID"),
        "operation": header.get("operation") or "new",
        "shipped": header.get("shipmentDate"),
        "delivery": header.get("deliveryDate"),
    }
    orders = (number for portion in body.all("ShipNoticePortion") for number in _ordered(portion))
    return _about_orders(DocumentKind.SHIP_NOTICE, _numbers(orders), facts, clean)


def _status_update(body: Element, clean: bytes) -> Arrived:
    """Of an invoice by its number, or of a document by its sender's id for it."""
    status = _needed(body.first("Status"), "the update has no status")
    invoice = body.first("InvoiceStatus")
    named = body.first("InvoiceStatus", "InvoiceIDInfo")
    referred = body.first("DocumentReference")
    refers_to = _document_id(referred.get("payloadID") if referred else "")
    numbers = _numbers([named.get("invoiceID")] if named else [])
    if not numbers and not refers_to:
        raise DocumentRefusedError(BAD_REQUEST, "the update names no document")
    facts = {"code": status.get("code"), "status": status.get("text"), "type": invoice.get("type") if invoice else ""}
    return Arrived(
        kind=DocumentKind.STATUS_UPDATE,
        about=RecordKind.BILL,
        numbers=numbers,
        refers_to=refers_to or None,
        facts=_facts(facts),
        clean=clean,
    )


_READERS: Mapping[str, Callable[[Element, bytes], Arrived]] = {
    "InvoiceDetailRequest": _invoice,
    "OrderRequest": _order,
    "ConfirmationRequest": _confirmation,
    "ShipNoticeRequest": _ship_notice,
    "StatusUpdateRequest": _status_update,
}


def _about_orders(kind: DocumentKind, numbers: tuple[str, ...], facts: Mapping[str, str], clean: bytes) -> Arrived:
    if not numbers:
        raise DocumentRefusedError(BAD_REQUEST, "it names no order")
    return Arrived(kind=kind, about=RecordKind.PURCHASE_ORDER, numbers=numbers, facts=_facts(facts), clean=clean)


def _ordered(element: Element) -> tuple[str, ...]:
    return _numbers(_orders_in(element))


def _orders_in(element: Element) -> Iterator[str]:
    """`orderID`, else the id of the order's document: real senders put the number there."""
    for name in ("OrderReference", "OrderIDInfo"):
        for reference in element.all(name):
            inner = reference.first("DocumentReference")
            yield reference.get("orderID") or (inner.get("payloadID") if inner else "")


def _numbers(found: Iterator[str] | list[str]) -> tuple[str, ...]:
    """Each once, in their order."""
    numbers = tuple(dict.fromkeys(_number(number, "") for number in found if number))
    if len(numbers) > MOST_NUMBERS:
        raise DocumentRefusedError(BAD_REQUEST, "it names too many documents")
    return numbers


def _document_id(given: str) -> str:
    """Whole, or not at all: a part of an id could be another document's. No document has a longer one."""
    return given if len(given) <= LONGEST_PAYLOAD_ID else ""


def _number(text: str, why: str) -> str:
    if not text:
        raise DocumentRefusedError(BAD_REQUEST, why)
    if len(text) > LONGEST_NUMBER or not text.isprintable():
        raise DocumentRefusedError(BAD_REQUEST, "a number in it is too long to be one")
    return text


def _needed(element: Element | None, why: str) -> Element:
    if element is None:
        raise DocumentRefusedError(BAD_REQUEST, why)
    return element


def _money(element: Element | None, name: str) -> Money | None:
    """None where there is none, or none that can be read for sure: 1,018.26 and 1018,26 are guesses."""
    money = element.first(name, "Money") if element is not None else None
    if money is None or not _AMOUNT.fullmatch(money.text) or not _CURRENCY.fullmatch(money.get("currency")):
        return None
    return Money(Decimal(money.text), money.get("currency"))


def _facts(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: text[:_LONGEST_FACT] for name, text in facts.items() if text}
