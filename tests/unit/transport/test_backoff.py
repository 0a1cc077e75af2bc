"""Waiting before another attempt."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.transport.backoff import delay

BASE, CAP = timedelta(seconds=2), timedelta(minutes=5)


@pytest.mark.parametrize(("attempt", "widest"), [(1, 2), (2, 4), (5, 32), (9, 300), (10_000, 300)])
def test_the_wait_grows_to_its_cap(attempt: int, widest: int) -> None:
    class Latest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    assert delay(attempt, base=BASE, cap=CAP, chance=Latest()) == timedelta(seconds=widest)


@given(attempt=st.integers(0, 100), seed=st.integers(), floor=st.integers(0, 900))
def test_nobody_comes_back_before_the_vendor_said(attempt: int, seed: int, floor: int) -> None:
    wait = delay(attempt, base=BASE, cap=CAP, chance=random.Random(seed), floor=timedelta(seconds=floor))

    assert timedelta(seconds=floor) <= wait <= timedelta(seconds=floor) + CAP


def test_two_that_failed_together_do_not_return_together() -> None:
    chance = random.Random(7)

    first = delay(6, base=BASE, cap=CAP, chance=chance)

    assert first != delay(6, base=BASE, cap=CAP, chance=chance)
