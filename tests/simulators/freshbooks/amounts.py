"""Exact amounts, as FreshBooks writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def rounded(value: Decimal, *, places: int = 2) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def money(value: Decimal, code: str) -> dict[str, str]:
    """Two decimals, or as many as the value really has."""
    exact = rounded(value)
    return {"amount": format(exact if exact == value else value, "f"), "code": code}


def plain(value: Decimal) -> str:
    """Without trailing zeros and without an exponent: `1`, `2.5`, `1000`."""
    return format(value.normalize(), "f")
