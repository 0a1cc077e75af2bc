"""A bill as the target holds it, beside the bill that we meant it to hold: what differs, each kind once, in words.

Which fields count is the system's to say (`System.differs`); here they are sorted by what they mean to an accountant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.reporting.differences import Kind

type NameOf = Callable[[ReferenceKind, str | None], str]

_LINE = re.compile(r"lines\[(\d+)\]\.(\w+)")
_PLAIN = {"vendor": Kind.VENDOR, "number": Kind.NUMBER, "due_on": Kind.DUE_DATE, "lines": Kind.LINES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    kind: Kind
    fields: tuple[str, ...]
    meant: str
    found: str


def compare_bills(meant: Bill, found: Bill, fields: Sequence[str], name: NameOf) -> list[Compared]:
    """`fields` are those that differ by the system's own judgement."""
    by_kind: dict[Kind, list[str]] = {}
    for one in _told_exactly(meant, found, fields):
        for kind in _kinds(one, meant, found):
            by_kind.setdefault(kind, []).append(one)
    _fold(by_kind, meant, found)
    return [
        Compared(
            kind=kind, fields=tuple(some), meant=_value(kind, meant, some, name), found=_value(kind, found, some, name)
        )
        for kind, some in by_kind.items()
    ]


def _told_exactly(meant: Bill, found: Bill, fields: Sequence[str]) -> list[str]:
    """A system that says no more than "lines" is asked line by line."""
    if "lines" not in fields or len(meant.lines) != len(found.lines):
        return list(fields)
    exact = []
    for place, (ours, theirs) in enumerate(zip(meant.lines, found.lines, strict=True), start=1):
        exact += [f"lines[{place}].amount"] * (ours.amount != theirs.amount)
        exact += [f"lines[{place}].account"] * (ours.account != theirs.account)
    return [one for field in fields for one in ((exact or [field]) if field == "lines" else [field])]


def _kinds(field: str, meant: Bill, found: Bill) -> list[Kind]:
    if field == "issued_on":
        return [Kind.DATE if month_of(meant.issued_on) == month_of(found.issued_on) else Kind.PERIOD]
    if field == "total":
        return _of_totals(meant, found)
    if field == "currency":
        return [Kind.CURRENCY]
    if line := _LINE.fullmatch(field):
        return [{"amount": Kind.AMOUNT, "account": Kind.ACCOUNT}.get(line[2], Kind.FIELD)]
    return [_PLAIN.get(field, Kind.FIELD)]


def _of_totals(meant: Bill, found: Bill) -> list[Kind]:
    """Two totals may differ by their amounts, their currencies, or both."""
    if meant.total is None or found.total is None:
        return [Kind.AMOUNT]
    amounts = [Kind.AMOUNT] * (meant.total.amount != found.total.amount)
    return amounts + [Kind.CURRENCY] * (meant.total.currency != found.total.currency)


def _fold(by_kind: dict[Kind, list[str]], meant: Bill, found: Bill) -> None:
    """One cause, one difference: a line more is an amount where the total moved, and a due date follows its date."""
    if Kind.AMOUNT in by_kind and Kind.LINES in by_kind:
        by_kind[Kind.AMOUNT] += by_kind.pop(Kind.LINES)
    for moved in (Kind.PERIOD, Kind.DATE):
        if moved in by_kind and Kind.DUE_DATE in by_kind and _terms(meant) == _terms(found):
            by_kind[moved] += by_kind.pop(Kind.DUE_DATE)


def _terms(bill: Bill) -> int | None:
    return (bill.due_on - bill.issued_on).days if bill.due_on and bill.issued_on else None


def _value(kind: Kind, bill: Bill, fields: Sequence[str], name: NameOf) -> str:
    match kind:
        case Kind.AMOUNT:
            return _amounts(bill, fields)
        case Kind.CURRENCY:
            return bill.currency or (bill.total.currency if bill.total else "none")
        case Kind.VENDOR:
            return name(ReferenceKind.VENDOR, bill.vendor.internal_id)
        case Kind.ACCOUNT:
            return _accounts(bill, fields, name)
        case Kind.PERIOD | Kind.DATE:
            return _dates(bill, fields)
        case Kind.DUE_DATE:
            return str(bill.due_on or "none")
        case Kind.NUMBER:
            return bill.number or "none"
        case Kind.LINES:
            return f"{len(bill.lines)} lines"
        case _:
            return ", ".join(f"{field}: {getattr(bill, field, '')}" for field in fields)


def _amounts(bill: Bill, fields: Sequence[str]) -> str:
    if "total" in fields or "lines" in fields:
        return str(bill.total or "none")
    currency = bill.total.currency if bill.total else ""
    shown = ", ".join(f"line {place}: {bill.lines[place - 1].amount}" for place in _places(bill, fields))
    return f"{shown} {currency}".strip()


def _accounts(bill: Bill, fields: Sequence[str], name: NameOf) -> str:
    places = _places(bill, fields)
    return ", ".join(f"line {place}: {name(ReferenceKind.ACCOUNT, bill.lines[place - 1].account)}" for place in places)


def _places(bill: Bill, fields: Sequence[str]) -> list[int]:
    found = [int(line[1]) for field in fields if (line := _LINE.fullmatch(field))]
    return [place for place in dict.fromkeys(found) if place <= len(bill.lines)]


def _dates(bill: Bill, fields: Sequence[str]) -> str:
    due = f", due {bill.due_on}" if "due_on" in fields else ""
    return f"{bill.issued_on or 'no date'}{due}"


def month_of(day: date | None) -> str | None:
    return f"{day:%Y-%m}" if day else None
