"""The header of an invoice: what every one carries, and what only its detail shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.simulators.jaggaer import stamps

DETAIL_ONLY = {
    "billTo",
    "shipTo",
    "remitTo",
    "terms",
    "payment",
    "miscFeeList",
    "additionalInfo",
    "customFieldValueSetList",
    "splittableFieldSetGroupList",
}
CREDIT_MEMO = "Credit memo"
_PEOPLE = ("a.lindqvist", "m.okonjo", "r.valdez")


def new_header(*, invoice_id: int, number: str, now: datetime, issued_on: date, terms: str) -> dict[str, Any]:
    due_on = issued_on + timedelta(days=days_of(terms))
    person = _PEOPLE[invoice_id % len(_PEOPLE)]
    return {
        "originalRequestMessageId": str(UUID(int=invoice_id)),
        "invoiceId": invoice_id,
        "validationStatus": "Unneeded",
        "lastUpdate": stamps.instant(now),
        "paymentStatus": "Payable",
        "invoiceName": f"{issued_on.isoformat()} {person} 01",
        "invoiceNumber": number,
        "originalInvoiceNumber": number,
        "invoiceType": "Invoice",
        "invoiceSource": "Manual",
        "invoiceDate": stamps.midnight(issued_on),
        "invoiceCreateDate": stamps.midnight(issued_on),
        "dueDate": stamps.midnight(due_on),
        "accountingDate": stamps.midnight(issued_on),
        "termDiscountAmount": 0,
        "invoicedBy": {"username": person, "businessUnit": "0004", "email": f"{person}@eastmoor.example"},
        "businessUnit": "0004",
        "supplierInvoiceNumber": number,
        "freightOnBoard": "Destination",
        "matchStatus": "Unmatched",
        "workflowStatus": "Completed",
        "allocationMethod": "Weighted",
        "earlyPaymentDiscount": 0,
        **_detail_words(terms),
    }


def listed(header: Mapping[str, Any]) -> dict[str, Any]:
    """The header as a list shows it: no addresses, terms, fees, custom fields or segments."""
    short = {name: value for name, value in header.items() if name not in DETAIL_ONLY}
    short["supplier"] = {name: value for name, value in header["supplier"].items() if name != "contactInfoList"}
    return short


def apply(header: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Set fields in place. `None` leaves the key out, as JAGGAER does; dates become midnights, booleans strings."""
    for name, value in changes.items():
        if value is None:
            header.pop(name, None)
        else:
            header[name] = _wire(name, value)


def line_kind_words(lines: list[dict[str, Any]]) -> dict[str, str]:
    """`PO` or `Non-PO`, said three times over as JAGGAER does."""
    ordered = [line for line in lines if "poNumber" in line]
    return {
        "invoiceLineType": "PO" if ordered else "Non-PO",
        "nonPOInvoice": "false" if ordered else "true",
        "containsNonPOLines": "false" if len(ordered) == len(lines) else "true",
    }


def terms_of(code: str) -> dict[str, Any]:
    return {"discount": {}, "days": 0, "type": "Net", "daysAfter": days_of(code), "standardPaymentTermsCode": code}


def days_of(code: str) -> int:
    found = re.search(r"\d+", code)
    return int(found.group()) if found else 0


def _wire(name: str, value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            raise TypeError(f"{name} is a Decimal, an int or text, never a float")
        case datetime():
            return stamps.instant(value)
        case date():
            return stamps.midnight(value)
        case str() if name == "terms":
            return terms_of(value)
    return value


def _detail_words(terms: str) -> dict[str, Any]:
    campus = _address("14 Foundry Lane", "Eastmoor", "OR", "97000", code="310045")
    nothing: dict[str, Any] = {"attachmentList": {"attachment": []}}
    return {
        "billTo": campus,
        "shipTo": campus,
        "remitTo": {
            **_address("7 Quarry Street", "Millbrook", "OH", "43000"),
            "internalId": 580000001,
            "addressCode": "001",
        },
        "terms": terms_of(terms),
        "payment": {"method": "Unknown", "paidByExternalPaymentProcessor": "false"},
        "additionalInfo": {"externalInfo": nothing, "internalInfo": nothing},
        "customFieldValueSetList": {"customFieldValueSet": [_custom_field("HoldPayment", "Hold payment")]},
    }


def _address(street: str, city: str, state: str, postal_code: str, *, code: str | None = None) -> dict[str, Any]:
    """With an empty second line, as JAGGAER sends them."""
    lines = [{"lineNumber": 1, "addressLine": street}, {"lineNumber": 2}]
    address: dict[str, Any] = {"addressLineList": {"addressLine": lines}, "city": city, "state": state}
    address |= {"postalCode": postal_code, "country": "United States", "isoCountryCode": "US"}
    return {"address": address if code is None else {**address, "addressCode": code}}


def _custom_field(name: str, label: str) -> dict[str, Any]:
    return {"name": name, "label": label, "customFieldValueList": {"customFieldValue": [{}]}}
