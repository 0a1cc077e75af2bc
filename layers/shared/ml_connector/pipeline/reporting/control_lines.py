"""Control totals of a reconciliation: one line a month and currency, each side counted from its own list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ml_connector.domain.crossreference import State
from ml_connector.domain.money import Money
from ml_connector.pipeline.reporting.differences import Place

NOT_READ = "not_read"
UNKNOWN = "unknown"
IN_TARGET = frozenset({State.POSTED.value, State.LINKED.value})

_SHOWN: Mapping[State, State] = {State.POSTING: State.IN_DOUBT, State.HANDED_OVER: State.IN_DOUBT}
_ORDER = (
    State.POSTED,
    State.LINKED,
    State.HELD,
    State.SKIPPED,
    State.REJECTED,
    State.IN_DOUBT,
    State.PLANNED,
    State.DEAD,
    State.REVERSED,
)
BUCKETS = (*(state.value for state in _ORDER), NOT_READ)


def bucket_of(state: State) -> str:
    """A write under way or handed over is in doubt until it is answered."""
    return _SHOWN.get(state, state).value


@dataclass(frozen=True, slots=True)
class Sum:
    records: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.records + other.records, self.amount + other.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`source` is the source's list; `states` what our rows say of it; `in_target` what the target's list holds of it.

    `waiting` are approved documents by the state that keeps them out of the target.
    """

    month: str | None
    currency: str | None
    source: Sum
    states: Mapping[str, Sum]
    approved: Sum
    waiting: Mapping[str, Sum]
    in_target: Sum

    @property
    def adds_up(self) -> bool:
        """Source = posted + linked + held + skipped + rejected + in doubt + planned, dead, reversed and not read."""
        return self.source == sum(self.states.values(), Sum())

    @property
    def approved_adds_up(self) -> bool:
        """Approved in the source = documents in the target + held + skipped + whatever else waits."""
        return self.approved == self.in_target + sum(self.waiting.values(), Sum())


@dataclass(slots=True)
class _Open:
    source: Sum = Sum()
    approved: Sum = Sum()
    in_target: Sum = Sum()
    states: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    waiting: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))


class ControlLines:
    """Adds up while the lists are read. A document without an amount counts, and adds nothing."""

    def __init__(self) -> None:
        self._lines: dict[Place, _Open] = defaultdict(_Open)

    def count_source(self, month: str | None, amount: Money | None, *, approved: bool, bucket: str) -> None:
        line, one = self._line(month, amount), _one(amount)
        line.source += one
        if approved:
            line.approved += one
            if bucket not in IN_TARGET:
                line.waiting[bucket] += one

    def count_state(self, month: str | None, amount: Money | None, bucket: str) -> None:
        self._line(month, amount).states[bucket] += _one(amount)

    def count_target(self, month: str | None, amount: Money | None) -> None:
        self._line(month, amount).in_target += _one(amount)

    def lines(self, *, month: str | None, currency: str | None) -> tuple[Line, ...]:
        chosen = [place for place in self._lines if month in (None, place.month) and currency in (None, place.currency)]
        return tuple(self._closed(place) for place in sorted(chosen, key=_in_order))

    def _line(self, month: str | None, amount: Money | None) -> _Open:
        return self._lines[Place(month=month, currency=amount.currency if amount else None)]

    def _closed(self, place: Place) -> Line:
        one = self._lines[place]
        return Line(
            month=place.month,
            currency=place.currency,
            source=one.source,
            states={name: one.states[name] for name in (*BUCKETS, UNKNOWN) if name in one.states},
            approved=one.approved,
            waiting={name: one.waiting[name] for name in (*BUCKETS, UNKNOWN) if name in one.waiting},
            in_target=one.in_target,
        )


def _one(amount: Money | None) -> Sum:
    return Sum(1, amount.amount if amount else Decimal(0))


def _in_order(place: Place) -> tuple[str, str]:
    return (place.month or "", place.currency or "")
