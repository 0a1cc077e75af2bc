"""cXML as partners write it, from the sheet: the five requests, in the version and with the oddities asked for.

Shares no code with the product, and writes by its own means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

_DTDS = {"invoice": "InvoiceDetail", "confirmation": "Fulfill", "ship_notice": "Fulfill"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What stands around every request."""

    sender: str = "SUPPLIER-HUB"
    to: str = "BUYER"
    secret: str | None = "open-sesame"
    domain: str = "NetworkID"
    version: str = "1.2.037"
    mode: str = "production"
    timestamp: str = "2026-03-02T09:00:00+00:00"
    doctype: bool = True
    proof: str | None = None  # an element in place of the shared secret

    def but(self, **changes: str | bool | None) -> Letterhead:
        return replace(self, **changes)  # type: ignore[arg-type]


def invoice(
    number: str,
    *,
    total: str = "100.00",
    currency: str = "USD",
    orders: Sequence[str] = (),
    order_in: str = "orderID",
    purpose: str = "standard",
) -> ET.Element:
    request = ET.Element("InvoiceDetailRequest")
    header = ET.SubElement(
        request,
        "InvoiceDetailRequestHeader",
        invoiceID=number,
        purpose=purpose,
        operation="new",
        invoiceDate="2026-03-01T00:00:00+00:00",
    )
    ET.SubElement(header, "InvoiceDetailHeaderIndicator")
    ET.SubElement(header, "InvoiceDetailLineIndicator")
    for order in orders or ("",):
        part = ET.SubElement(request, "InvoiceDetailOrder")
        info = ET.SubElement(part, "InvoiceDetailOrderInfo")
        _order_reference(info, order, order_in) if order else ET.SubElement(info, "SupplierOrderInfo", orderID="S-1")
        line = ET.SubElement(part, "InvoiceDetailItem", invoiceLineNumber="1", quantity="1")
        _unit(line)
        _money(ET.SubElement(line, "UnitPrice"), total, currency)
        ET.SubElement(line, "InvoiceDetailItemReference", lineNumber="1")
        _money(ET.SubElement(line, "SubtotalAmount"), total, currency)
    summary = ET.SubElement(request, "InvoiceDetailSummary")
    _money(ET.SubElement(summary, "SubtotalAmount"), total, currency)
    tax = ET.SubElement(summary, "Tax")
    _money(tax, "0.00", currency)
    ET.SubElement(tax, "Description", {"xml:lang": "en"}).text = "none"
    _money(ET.SubElement(summary, "NetAmount"), total, currency)
    return request


def order(number: str, *, kind: str = "new", version: str = "1", total: str = "100.00") -> ET.Element:
    request = ET.Element("OrderRequest")
    dated = "2026-03-01T09:00:00+00:00"
    header = ET.SubElement(
        request, "OrderRequestHeader", orderID=number, orderDate=dated, type=kind, orderVersion=version
    )
    _money(ET.SubElement(header, "Total"), total, "USD")
    address = ET.SubElement(ET.SubElement(header, "BillTo"), "Address", addressID="B-1")
    ET.SubElement(address, "Name", {"xml:lang": "en"}).text = "Accounts payable"
    item = ET.SubElement(request, "ItemOut", quantity="1", lineNumber="1")
    ET.SubElement(ET.SubElement(item, "ItemID"), "SupplierPartID").text = "SKU-1"
    detail = ET.SubElement(item, "ItemDetail")
    _money(ET.SubElement(detail, "UnitPrice"), total, "USD")
    ET.SubElement(detail, "Description", {"xml:lang": "en"}).text = "Widget"
    _unit(detail)
    ET.SubElement(detail, "Classification", domain="UNSPSC").text = "27110000"
    return request


def confirmation(number: str, *, kind: str = "detail", status: str = "accept") -> ET.Element:
    request = ET.Element("ConfirmationRequest")
    ET.SubElement(
        request,
        "ConfirmationHeader",
        type=kind,
        operation="new",
        noticeDate="2026-03-02T09:00:00+00:00",
        confirmID="C1",
    )
    _order_reference(request, number, "orderID")
    item = ET.SubElement(request, "ConfirmationItem", quantity="1", lineNumber="1")
    _unit(item)
    _unit(ET.SubElement(item, "ConfirmationStatus", quantity="1", type=status))
    return request


def ship_notice(*numbers: str) -> ET.Element:
    request = ET.Element("ShipNoticeRequest")
    ET.SubElement(
        request, "ShipNoticeHeader", shipmentID="SH-1", operation="new", noticeDate="2026-03-02T09:00:00+00:00"
    )
    control = ET.SubElement(request, "ShipControl")
    ET.SubElement(control, "CarrierIdentifier", domain="companyName").text = "Example Freight"
    ET.SubElement(control, "ShipmentIdentifier").text = "1Z-EXAMPLE"
    for number in numbers:
        portion = ET.SubElement(request, "ShipNoticePortion")
        _order_reference(portion, number, "orderID")
        _unit(ET.SubElement(portion, "ShipNoticeItem", quantity="1", lineNumber="1"))
    return request


def status_update(
    *, of: str = "an-earlier-document", number: str | None = None, kind: str = "reconciled"
) -> ET.Element:
    request = ET.Element("StatusUpdateRequest")
    ET.SubElement(request, "DocumentReference", payloadID=of)
    ET.SubElement(request, "Status", {"code": "200", "text": "OK", "xml:lang": "en-US"})
    if number is not None:
        status = ET.SubElement(request, "InvoiceStatus", type=kind)
        ET.SubElement(status, "InvoiceIDInfo", invoiceID=number)
    return request


def enveloped(request: ET.Element, payload_id: str, head: Letterhead) -> ET.Element:
    root = ET.Element("cXML", {"payloadID": payload_id, "timestamp": head.timestamp, "xml:lang": "en-US"})
    header = ET.SubElement(root, "Header")
    _credential(ET.SubElement(header, "From"), head.domain, head.sender)
    _credential(ET.SubElement(header, "To"), head.domain, head.to)
    sender = ET.SubElement(header, "Sender")
    credential = _credential(sender, head.domain, head.sender)
    if head.proof is not None:
        ET.SubElement(credential, head.proof).text = "AAAA"
    elif head.secret is not None:
        ET.SubElement(credential, "SharedSecret").text = head.secret
    ET.SubElement(sender, "UserAgent").text = "a hub 1.0"
    ET.SubElement(root, "Request", deploymentMode=head.mode).append(request)
    return root


def written(root: ET.Element, head: Letterhead, *, encoding: str = "UTF-8") -> bytes:
    """With the DOCTYPE of its version, which nobody should fetch."""
    request = root.find("Request")
    body = request[0].tag if request is not None and len(request) else ""
    kinds = {
        "InvoiceDetailRequest": "invoice",
        "ConfirmationRequest": "confirmation",
        "ShipNoticeRequest": "ship_notice",
    }
    dtd = _DTDS.get(kinds.get(body, ""), "cXML")
    doctype = f'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/{head.version}/{dtd}.dtd">\n'
    text = ET.tostring(root, encoding="unicode")
    declared = f'<?xml version="1.0" encoding="{encoding}"?>\n{doctype if head.doctype else ""}{text}'
    return declared.encode(encoding)


def _credential(parent: ET.Element, domain: str, identity: str) -> ET.Element:
    credential = ET.SubElement(parent, "Credential", domain=domain)
    ET.SubElement(credential, "Identity").text = identity
    return credential


def _order_reference(parent: ET.Element, number: str, where: str) -> None:
    """Some put the number into the id of the order's document, and leave `orderID` out."""
    named = {"orderID": number} if where == "orderID" else {}
    reference = ET.SubElement(parent, "OrderReference", named)
    ET.SubElement(reference, "DocumentReference", payloadID=number if where != "orderID" else "")


def _money(parent: ET.Element, amount: str, currency: str) -> None:
    ET.SubElement(parent, "Money", currency=currency).text = amount


def _unit(parent: ET.Element) -> None:
    ET.SubElement(parent, "UnitOfMeasure").text = "EA"
