"""Money on an invoice. A charge stands on the header and again, shared out, on the lines: the same money seen twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

type Amount = Decimal | int | str

CHARGES = ("taxCharge1", "taxCharge2", "shippingCharge", "handlingCharge")
DISCOUNT = "discountAmount"
SHARED = (*CHARGES, DISCOUNT)
_NO_CENTS = {"JPY"}


def exact(amount: Any) -> Decimal:
    if isinstance(amount, float):
        raise TypeError("an amount is a Decimal, an int or text, never a float")
    return Decimal(amount)


def smallest_unit(currency: str) -> Decimal:
    return Decimal(1) if currency in _NO_CENTS else Decimal("0.01")


def line_amount(line: Mapping[str, Any], unit: Decimal) -> Decimal:
    """JAGGAER sends no line amount: quantity times unit price, rounded half up."""
    amount: Decimal = exact(line["quantity"]) * exact(line["unitPrice"])
    return amount.quantize(unit, ROUND_HALF_UP)


def allocate(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Share an amount out by weight. Shares are whole units but one, and always make the amount."""
    sizes = [abs(weight) for weight in weights]
    whole = sum(sizes) or Decimal(1)
    shares: list[Decimal] = []
    reached = Decimal(0)
    for size in sizes[:-1]:
        reached += size
        shares.append((amount * reached / whole).quantize(unit, ROUND_HALF_UP) - sum(shares, Decimal(0)))
    return [*shares, amount - sum(shares, Decimal(0))] if sizes else []


def settle(header: dict[str, Any], lines: Sequence[dict[str, Any]], *, given: Mapping[str, Any], unit: Decimal) -> None:
    """Bring header charges and line shares together. What the caller named on either side stays as named."""
    weights = [line_amount(line, unit) for line in lines]
    for name in SHARED:
        on_lines = [line for line in lines if name in line]
        if name not in given and on_lines:
            header[name] = sum((exact(line[name]) for line in on_lines), Decimal(0))
        shares = allocate(exact(header.get(name, 0)), weights, unit)
        for line, share in zip(lines, shares, strict=True):
            line.setdefault(name, Decimal(0) if on_lines else share)


def total_of(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], unit: Decimal) -> Decimal:
    """Lines, header charges and fees, less the discount.

    A discount brings the total nearer to nothing, on a credit memo too: there it may stand with a positive sign among
    negative amounts and still makes the credit smaller.
    """
    amounts = sum((line_amount(line, unit) for line in lines), Decimal(0))
    fees = sum((exact(fee["fee"]) for fee in header.get("miscFeeList", {}).get("miscFee", [])), Decimal(0))
    gross = amounts + fees + sum((exact(header.get(name, 0)) for name in CHARGES), Decimal(0))
    return gross - abs(exact(header.get(DISCOUNT, 0))).copy_sign(gross)
