"""What only the tenant's mappings can say: FreshBooks has no departments and no terms, and takes tax as a cost.

A department is written on its lines, terms become days, tax may get a line of its own, and a currency that is none
of ISO 4217 is given its real code. A real currency is never renamed: that would change what is owed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from ml_connector.domain.currencies import ISO_4217
from ml_connector.domain.decision import Reason, held_by
from ml_connector.domain.matching import Matched, Missing
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillLine, ChargeKind
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jaggaer.amounts import Part, posted_lines, signed
from ml_connector.pipeline.flow import Known, Setting

TARGET = "FreshBooks"
TAX_CODE = "tax"
"""JAGGAER gives tax as amounts without a code, so that there is one mapping for all of it."""

SETTINGS = (
    Setting(
        name="departments",
        default="leave_out",
        choices=("leave_out", "text", "mapped"),
        text="a line's department stays in JAGGAER, or stands in the line's text; `mapped`: only by its mapping",
    ),
    Setting(
        name="on_unknown_terms",
        default="due_at_once",
        choices=("due_at_once", "hold"),
        text="an invoice with terms but neither due date nor days, whose terms are not mapped",
    ),
)


def keys(bill: Bill) -> Iterator[Key]:
    """What a mapping is asked for, as of the invoice's own date."""
    yield from (_key(ReferenceKind.DEPARTMENT, name, bill) for name in _departments(bill))
    if bill.terms and bill.due_on is None and bill.terms_days is None:
        yield _key(ReferenceKind.TERMS, bill.terms, bill)
    if bill.total is not None and bill.total.currency not in ISO_4217:
        yield _key(ReferenceKind.CURRENCY, bill.total.currency, bill)
    if _tax(bill):
        yield _key(ReferenceKind.TAX, TAX_CODE, bill)


def as_mapped(bill: Bill, known: Known) -> Bill:
    """The invoice in a real currency, and with the days that its terms are."""
    for key in keys(bill):
        found = known.match(key)
        if not isinstance(found, Matched):
            continue
        if key.kind is ReferenceKind.TERMS:
            bill = replace(bill, terms_days=int(found.item.id))
        if key.kind is ReferenceKind.CURRENCY and bill.total is not None:
            bill = replace(bill, total=Money(bill.total.amount, found.item.id), currency=found.item.id)
    return bill


def doubts(bill: Bill, known: Known) -> Iterator[Reason]:
    """`bill` is the invoice as it was read. Tax without a mapping is no doubt: it goes with its lines."""
    for key in keys(bill):
        found = known.match(key)
        if isinstance(found, Missing) and not _must_be_mapped(key, known):
            continue
        yield from held_by([found], what=str(key.kind), target=TARGET)


def lines(bill: Bill, parts: Sequence[Part], total: Money, accounts: Sequence[str], known: Known) -> list[BillLine]:
    """The bill's lines, with their departments; tax apart on the category that it is mapped to, if it is."""
    tax = Money(_tax(bill), total.currency).rounded()
    found = known.match(_key(ReferenceKind.TAX, TAX_CODE, bill)) if tax.amount else None
    if not isinstance(found, Matched):
        return _told(posted_lines(bill, parts, total, accounts), parts, bill, known)
    without = replace(bill, charges=tuple(one for one in bill.charges if one.kind is not ChargeKind.TAX))
    net = _told(posted_lines(without, parts, total - tax, accounts), parts, bill, known)
    line = BillLine(description="Tax", unit_price=tax.amount, amount=tax.amount, account=found.item.id)
    return [*net, line]


def _told(posted: Sequence[BillLine], parts: Sequence[Part], bill: Bill, known: Known) -> list[BillLine]:
    if known.setting("departments", "leave_out") == "leave_out":
        return list(posted)
    return [
        replace(line, department=_department(part.department, bill, known)) if part.department else line
        for line, part in zip(posted, parts, strict=True)
    ]


def _department(name: str, bill: Bill, known: Known) -> str:
    found = known.match(_key(ReferenceKind.DEPARTMENT, name, bill))
    return found.item.name if isinstance(found, Matched) else name


def _must_be_mapped(key: Key, known: Known) -> bool:
    match key.kind:
        case ReferenceKind.DEPARTMENT:
            return bool(known.setting("departments") == "mapped")
        case ReferenceKind.TERMS:
            return bool(known.setting("on_unknown_terms") == "hold")
        case ReferenceKind.TAX:
            return False
        case _:
            return True


def _key(kind: ReferenceKind, code: str, bill: Bill) -> Key:
    return Key(kind=kind, code=code, on=bill.issued_on)


def _departments(bill: Bill) -> list[str]:
    return sorted({split.department for line in bill.lines for split in line.splits if split.department})


def _tax(bill: Bill) -> Decimal:
    total = bill.total.amount if bill.total else Decimal(0)
    return sum((signed(one, total) for one in bill.charges if one.kind is ChargeKind.TAX), Decimal(0))
