"""An exact amount with its currency. Nothing rounds here but `rounded`, and two currencies never meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217: the currencies whose minor unit is not a hundredth.
# fmt: off
_WITHOUT = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
)
# fmt: on
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_MINOR_DIGITS = {**dict.fromkeys(_WITHOUT, 0), **dict.fromkeys(_THOUSANDTHS, 3)}


class CurrencyMismatchError(ValueError):
    """Two currencies met in one sum."""


def minor_digits(currency: str) -> int:
    """How many decimals the currency has: 2 for USD, 0 for JPY, 3 for KWD."""
    return _MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the major unit of an ISO 4217 currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise TypeError(f"money takes a finite Decimal, not {self.amount!r}")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"{self.currency!r} is not an ISO 4217 code")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._amount_of(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._amount_of(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:,.{max(minor_digits(self.currency), 0)}f} {self.currency}"

    @property
    def quantum(self) -> Decimal:
        """The smallest amount of this currency: 0.01 for USD."""
        return Decimal(1).scaleb(-minor_digits(self.currency))

    @property
    def is_exact(self) -> bool:
        """Whether the amount is a whole number of the currency's smallest unit."""
        return self.amount == self.amount.quantize(self.quantum, ROUND_HALF_UP)

    def rounded(self) -> Money:
        return Money(self.amount.quantize(self.quantum, ROUND_HALF_UP), self.currency)

    def _amount_of(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} do not add up")
        return other.amount


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, zero where there is nothing to add."""
    return sum(amounts, Money(Decimal(0), currency))
