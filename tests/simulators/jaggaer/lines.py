"""Invoice lines as JAGGAER sends them, from a short way of writing them.

A line is a mapping of wire fields (`quantity`, `unitPrice`, `poNumber`, ...) and these shorter words: `description`,
`unit`, `product`, `account`, `department`, `splits` (see `segments.split`) and `superseded` (a group of the old chart).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulators.jaggaer import segments
from tests.simulators.jaggaer.charges import exact

_SHORT = {"description", "unit", "product", "account", "department", "splits", "superseded"}
_EXACT = {"quantity", "unitPrice", "taxCharge1", "taxCharge2", "shippingCharge", "handlingCharge", "discountAmount"}
_GROUPS = "splittableFieldSetGroupList"


def invoice_line(short: Mapping[str, Any], *, number: int, line_id: int) -> dict[str, Any]:
    line = {
        "lineId": line_id,
        "lineNumber": number,
        "item": _item(short),
        "quantity": exact(1),
        "capitalExpense": "false",
        "taxable": "true",
        "earlyPaymentDiscount": 0,
        "matchStatus": "Unmatched",
        "isSubstituteItem": "false",
        "toleranceStatus": "Exact",
        "receipts": {"receipt": []},
        "customFieldValueSetList": {"customFieldValueSet": [{"name": "LineCode", "label": "Line code"}]},
    }
    line |= _purchase_order_words(short, number)
    line |= {name: _wire(name, value) for name, value in short.items() if name not in _SHORT and value is not None}
    groups = groups_of(short)
    return line if groups is None else {**line, _GROUPS: groups}


def groups_of(short: Mapping[str, Any]) -> dict[str, Any] | None:
    """The segments a line names; None where it names none and inherits the header's."""
    if "splits" in short:
        current = segments.split(short["splits"])
    elif short.get("account") is not None:
        department = short.get("department") or segments.DEFAULT_DEPARTMENT
        current = segments.whole(account=short["account"], department=department)
    else:
        return None
    older = [segments.superseded()] if short.get("superseded") else []
    return segments.group_list(*older, current)


def _item(short: Mapping[str, Any]) -> dict[str, Any]:
    unit = short.get("unit", "EA")
    alternates = [{"type": kind, "dimension": unit} for kind in ("system", "buyer")]
    return {
        "description": short.get("description", "Item"),
        "unitOfMeasure": {"dimension": unit, "alternateUnitOfMeasure": alternates},
        "productType": short.get("product", "NonCatalogItem"),
    }


def _purchase_order_words(short: Mapping[str, Any], number: int) -> dict[str, Any]:
    if short.get("poNumber") is None:
        return {}
    return {
        "poLineNumber": str(number),
        "poAPStatus": "Open",
        "poMatchStatus": "Fully Matched",
        "poLineMatchStatus": "Fully Matched",
        "matchStatus": "Matched",
    }


def _wire(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return exact(value) if name in _EXACT else value
