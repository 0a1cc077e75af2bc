"""Share an amount out over parts so that the parts make the amount again, to the smallest coin."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from ml_connector.domain.money import Money


def share_out(whole: Money, weights: Sequence[Decimal]) -> tuple[Money, ...]:
    """Largest remainder: each part is within one coin of its exact share, and the parts add up to `whole`.

    `whole` must be a whole number of coins. With all weights zero the first part takes it all. Weights of both
    signs are amounts by themselves: what they leave of `whole` goes to each by its size, and nothing is blown up.
    """
    if not weights:
        raise ValueError("nothing to share out over")
    if not whole.is_exact:
        raise ValueError(f"{whole.amount} {whole.currency} is finer than the currency's smallest coin")
    size = sum(map(abs, weights), Decimal(0))
    if size == 0:
        return (whole, *(Money(Decimal(0), whole.currency) for _ in weights[1:]))
    rest = whole.amount - sum(weights, Decimal(0))
    exact = [weight + rest * abs(weight) / size for weight in weights]
    floors = [part.quantize(whole.quantum, ROUND_FLOOR) for part in exact]
    left = int((whole.amount - sum(floors, Decimal(0))) / whole.quantum)
    by_remainder = sorted(range(len(exact)), key=lambda index: (floors[index] - exact[index], index))
    for index in by_remainder[:left]:
        floors[index] += whole.quantum
    return tuple(Money(part, whole.currency) for part in floors)
