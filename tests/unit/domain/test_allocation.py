from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.allocation import share_out
from ml_connector.domain.money import Money, minor_digits

currencies = st.sampled_from(["USD", "JPY", "KWD"])
coins = st.integers(min_value=-(10**9), max_value=10**9)
weights = st.lists(st.decimals(min_value=0, max_value=10**6, places=4), min_size=1, max_size=20)


@given(currency=currencies, coins=coins, weights=weights)
def test_the_parts_make_the_whole(currency: str, coins: int, weights: list[Decimal]) -> None:
    whole = Money(Decimal(coins).scaleb(-minor_digits(currency)), currency)

    parts = share_out(whole, weights)

    assert sum((part.amount for part in parts), Decimal(0)) == whole.amount
    assert all(part.is_exact for part in parts)


@given(currency=currencies, coins=coins, weights=weights.filter(any))
def test_each_part_is_within_one_coin_of_its_share(currency: str, coins: int, weights: list[Decimal]) -> None:
    whole = Money(Decimal(coins).scaleb(-minor_digits(currency)), currency)

    parts = share_out(whole, weights)

    exact = [whole.amount * weight / sum(weights) for weight in weights]
    assert all(abs(part.amount - share) < whole.quantum for part, share in zip(parts, exact, strict=True))


@given(coins=coins, weights=weights.filter(any))
def test_what_weighs_nothing_gets_nothing_but_a_coin_at_most(coins: int, weights: list[Decimal]) -> None:
    parts = share_out(Money(Decimal(coins).scaleb(-2), "USD"), [*weights, Decimal(0)])

    assert abs(parts[-1].amount) <= Decimal("0.01")


def test_without_weights_the_first_part_takes_all() -> None:
    parts = share_out(Money(Decimal("9.99"), "USD"), [Decimal(0), Decimal(0)])

    assert [part.amount for part in parts] == [Decimal("9.99"), Decimal(0)]


@pytest.mark.parametrize(("amount", "weights"), [("1.001", [Decimal(1)]), ("1.00", [])], ids=["too fine", "no parts"])
def test_what_cannot_be_shared_out_is_said(amount: str, weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match=r"nothing to share|finer than"):
        share_out(Money(Decimal(amount), "USD"), weights)
