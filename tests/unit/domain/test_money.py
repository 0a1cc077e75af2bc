from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.money import CurrencyMismatchError, Money, minor_digits, total


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2)])
def test_a_currency_knows_its_smallest_coin(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert Money(Decimal(1), currency).quantum == Decimal(1).scaleb(-digits)


def test_two_currencies_never_meet() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money(Decimal(1), "USD") + Money(Decimal(1), "EUR")


@pytest.mark.parametrize("amount", [1, 0.1, Decimal("NaN"), Decimal("Infinity")], ids=str)
def test_money_is_exact_and_finite(amount: Any) -> None:
    with pytest.raises(TypeError):
        Money(amount, "USD")


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "ÜSD"])
def test_a_currency_is_an_iso_code(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(Decimal(1), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "exact", "rounded"),
    [
        ("1.005", "USD", False, "1.01"),
        ("-1.005", "USD", False, "-1.01"),
        ("1.5", "JPY", False, "2"),
        ("1.5", "KWD", True, "1.500"),
    ],
)
def test_rounding_goes_to_the_nearest_coin_and_halves_away_from_zero(
    amount: str, currency: str, exact: bool, rounded: str
) -> None:
    money = Money(Decimal(amount), currency)

    assert (money.is_exact, money.rounded()) == (exact, Money(Decimal(rounded), currency))


def test_a_sum_of_nothing_is_zero_in_its_currency() -> None:
    assert total([], "EUR") == Money(Decimal(0), "EUR")
    assert total([Money(Decimal("0.10"), "EUR"), Money(Decimal("0.20"), "EUR")], "EUR") == Money(Decimal("0.30"), "EUR")


def test_money_reads_as_a_person_writes_it() -> None:
    assert str(Money(Decimal("1234567.5"), "USD")) == "1,234,567.50 USD"
