"""Invented JAGGAER documents, in the shape of the vendor sheet, and the profile they are read with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from ml_connector.connectors.jaggaer.mapper import bill_from_wire
from ml_connector.connectors.jaggaer.profile import load_profile
from ml_connector.connectors.jaggaer.wire import read_invoice
from ml_connector.domain.records.bill import Bill


def segments(account: str | None = "600100", department: str = "1000006", **extra: str) -> dict[str, Any]:
    values: list[dict[str, Any]] = [
        {"internalName": "Financial_Unit", "value": department, "description": "Physics"},
        {"internalName": "Account", **({"value": account, "description": "Supplies"} if account else {})},
        *({"internalName": name, "value": value} for name, value in extra.items()),
        {"internalName": "Future"},
    ]
    return {"customFieldValueList": {"customFieldValue": values}}


def group(*rows: Mapping[str, Any], **kind: str) -> dict[str, Any]:
    index_set = {"context": "Line", **kind, "splittableFieldIndexList": {"splittableFieldIndex": list(rows)}}
    return {"splittableFieldIndexSet": [index_set]}


def groups(*given: Mapping[str, Any]) -> dict[str, Any]:
    return {"splittableFieldSetGroup": list(given)}


def line(quantity: Any = 1, price: Any = 1000, **fields: Any) -> dict[str, Any]:
    usual = {
        "lineNumber": 1,
        "item": {"description": "Tubes", "unitOfMeasure": {"dimension": "EA"}},
        "quantity": quantity,
        "unitPrice": price,
        "splittableFieldSetGroupList": groups(group(segments())),
    }
    return without_none({**usual, **fields})


def invoice(*lines: Mapping[str, Any], total: Any = 1000, currency: str = "USD", **header: Any) -> dict[str, Any]:
    """An approved invoice; a field given as None is left out, as JAGGAER does."""
    usual = {
        "invoiceId": 2000001,
        "lastUpdate": "2026-01-14T19:58:56.973Z",
        "paymentStatus": "Payable",
        "workflowStatus": "Completed",
        "invoiceNumber": "I00001",
        "supplierInvoiceNumber": "INV-77",
        "invoiceType": "Invoice",
        "invoiceDate": "2026-01-14T00:00:00.000Z",
        "dueDate": "2026-02-13T00:00:00.000Z",
        "accountingDate": "2026-01-15T00:00:00.000Z",
        "businessUnit": "0004",
        "supplier": {"id": 1000001, "name": "EXAMPLE LAB SUPPLY INC", "supplierNumber": "006510005"},
        "terms": {"daysAfter": 30, "standardPaymentTermsCode": "Net 30"},
        "total": None if total is None else {"currency": currency, "value": total},
    }
    return {"header": without_none({**usual, **header}), "lineList": {"invoiceLine": list(lines)}}


def without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def bill(document: Any, **overlay: Any) -> Bill:
    """`overlay` is laid over the profile's invoice resource."""
    rules = load_profile({"resources": {"invoice": overlay}}).resources.invoice
    return bill_from_wire(read_invoice(document, rules, zone=UTC), rules)


def exact(text: str) -> Decimal:
    return Decimal(text)
