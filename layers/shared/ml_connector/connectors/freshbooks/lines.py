"""A bill line as FreshBooks can hold it: category, description, quantity, unit cost. What has no field goes into words.

The amount is never touched: quantity and price are kept only where they make it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ml_connector.connectors.freshbooks.marks import harmless, mark_length
from ml_connector.domain.money import minor_digits
from ml_connector.domain.records.bill import BillLine, ContractRef, PurchaseOrderRef

QUANTITY_DECIMALS = 2
"""How fine a quantity FreshBooks keeps is not known: a finer one is told in words, where no rounding can hurt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLine:
    """`description` is without our marker."""

    description: str
    quantity: Decimal
    unit_price: Decimal


def seen_line(line: BillLine, *, currency: str, marker: str | None, limit: int) -> SeenLine:
    """The line as FreshBooks will show it; `marker` where it is the one that carries ours."""
    room = limit - mark_length(marker)
    if _is_exact(line, currency):
        description = _cut(line.description, _told_origin(line), room=room)
        return SeenLine(description=description, quantity=line.quantity, unit_price=line.unit_price)
    tail = " ".join(part for part in (_told_price(line), _told_origin(line)) if part)
    return SeenLine(description=_cut(line.description, tail, room=room), quantity=Decimal(1), unit_price=line.amount)


def plain(number: Decimal) -> str:
    """1.50 as 1.5, 2E+1 as 20."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def decimals(number: Decimal) -> int:
    """How many decimals the number needs: 1 for 2.50."""
    return len(plain(number).partition(".")[2])


def _is_exact(line: BillLine, currency: str) -> bool:
    return (
        line.quantity > 0
        and decimals(line.quantity) <= QUANTITY_DECIMALS
        and decimals(line.unit_price) <= minor_digits(currency)
        and line.quantity * line.unit_price == line.amount
    )


def _told_price(line: BillLine) -> str:
    """`(3 EA x 33.333)`; nothing for a lump sum."""
    if line.unit_price == 0:
        return ""
    unit = f" {harmless(line.unit)}" if line.unit else ""
    return f"({plain(line.quantity)}{unit} x {plain(line.unit_price)})"


def _told_origin(line: BillLine) -> str:
    """`dept Biology, PO 0000000049/1 (Completed), contract C-7`."""
    department = f"dept {harmless(line.department)}" if line.department else ""
    told = (department, _told_order(line.purchase_order), _told_contract(line.contract))
    return ", ".join(part for part in told if part)


def _told_order(order: PurchaseOrderRef | None) -> str:
    if order is None:
        return ""
    number = f"{order.number}/{order.line}" if order.line else order.number
    return harmless(f"PO {number}{_told_status(order.status)}")


def _told_contract(contract: ContractRef | None) -> str:
    return "" if contract is None else harmless(f"contract {contract.number}{_told_status(contract.status)}")


def _told_status(status: str | None) -> str:
    return f" ({status})" if status else ""


def _cut(words: str, tail: str, *, room: int) -> str:
    """The description gives way first, then the tail."""
    left = room - len(tail) - 1 if tail else room
    kept = harmless(words)
    if len(kept) > left:
        kept = kept[: left - 3].rstrip() + "..." if left >= 8 else ""
    return " ".join(part for part in (kept, tail) if part)[: max(room, 0)].rstrip()
