"""What differs between two bills, by what it means to an accountant: one cause, one difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillLine
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.pipeline.reporting.bill_comparison import compare_bills
from ml_connector.pipeline.reporting.differences import Kind

LINES = (BillLine(amount=Decimal(60), account="7001"), BillLine(amount=Decimal(40), account="7002"))
MEANT = Bill(
    number="INV-1",
    vendor=VendorRef(internal_id="V1"),
    issued_on=date(2026, 3, 31),
    due_on=date(2026, 4, 30),
    currency="USD",
    lines=LINES,
    total=Money(Decimal(100), "USD"),
)
EUROS = {"currency": "EUR", "total": Money(Decimal(100), "EUR")}
DEARER = (replace(LINES[0], amount=Decimal(70)), LINES[1])
MOVED = {"issued_on": date(2026, 4, 1), "due_on": date(2026, 5, 1)}

CASES: dict[str, tuple[dict[str, Any], tuple[str, ...], list[Kind]]] = {
    "total and line": (
        {"total": Money(Decimal(110), "USD"), "lines": DEARER},
        ("total", "lines[1].amount"),
        [Kind.AMOUNT],
    ),
    "a line more": (
        {"total": Money(Decimal(110), "USD"), "lines": (*LINES, LINES[0])},
        ("total", "lines"),
        [Kind.AMOUNT],
    ),
    "lines of another number, same total": ({"lines": LINES[:1]}, ("lines",), [Kind.LINES]),
    "currency": (EUROS, ("currency", "total"), [Kind.CURRENCY]),
    "vendor": ({"vendor": VendorRef(internal_id="V2")}, ("vendor",), [Kind.VENDOR]),
    "account": ({"lines": (replace(LINES[0], account="7009"), LINES[1])}, ("lines[1].account",), [Kind.ACCOUNT]),
    "account, told as lines": ({"lines": (LINES[0], replace(LINES[1], account="9"))}, ("lines",), [Kind.ACCOUNT]),
    "another month": ({"issued_on": date(2026, 4, 1)}, ("issued_on",), [Kind.PERIOD]),
    "the same month": ({"issued_on": date(2026, 3, 1)}, ("issued_on",), [Kind.DATE]),
    "due date alone": ({"due_on": date(2026, 6, 1)}, ("due_on",), [Kind.DUE_DATE]),
    "due date with its date": (MOVED, ("issued_on", "due_on"), [Kind.PERIOD]),
    "number": ({"number": "INV-2"}, ("number",), [Kind.NUMBER]),
    "a field of another system's": ({"terms": "Net 60"}, ("terms",), [Kind.FIELD]),
    "two causes": (
        {"number": "INV-2", "vendor": VendorRef(internal_id="V2")},
        ("vendor", "number"),
        [Kind.VENDOR, Kind.NUMBER],
    ),
    "nothing": ({}, (), []),
}


def named(kind: object, item_id: str | None) -> str:
    return f"{item_id} by name"


@pytest.mark.parametrize("case", CASES)
def test_each_cause_is_one_difference_of_its_kind(case: str) -> None:
    changes, fields, kinds = CASES[case]

    found = compare_bills(MEANT, replace(MEANT, **changes), fields, named)

    assert [one.kind for one in found] == kinds
    assert all(one.meant != one.found for one in found)


def test_ids_are_shown_with_their_names() -> None:
    (one,) = compare_bills(MEANT, replace(MEANT, vendor=VendorRef(internal_id="V2")), ("vendor",), named)

    assert (one.meant, one.found) == ("V1 by name", "V2 by name")


def test_a_line_is_counted_from_one() -> None:
    found = replace(MEANT, lines=(LINES[0], replace(LINES[1], amount=Decimal(50))))

    (one,) = compare_bills(MEANT, found, ("lines[2].amount",), named)

    assert (one.meant, one.found) == ("line 2: 40 USD", "line 2: 50 USD")
