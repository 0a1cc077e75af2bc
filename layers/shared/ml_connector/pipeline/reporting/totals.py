"""Control totals: how many records stand in which state, and what they come to in each currency.

Each record is in exactly one state, so the states add up to the records; `adds_up` says whether this count shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.money import Money, total
from ml_connector.pipeline.ports import Ports, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTotal:
    """Records of one state. `amounts` has one sum a currency; records without an amount count, and add nothing."""

    state: State
    records: int
    amounts: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTotals:
    """One flow's records, of one month or of all. `records` and `amounts` are counted apart from the states."""

    flow: FlowId
    month: str | None
    records: int
    amounts: tuple[Money, ...]
    states: tuple[StateTotal, ...]

    @property
    def adds_up(self) -> bool:
        """False where a record was met twice: it moved while it was being counted, so count again."""
        by_state = sums_of(amount for state in self.states for amount in state.amounts)
        return self.records == sum(state.records for state in self.states) and by_state == self.amounts

    def count(self, *states: State) -> int:
        return sum(entry.records for entry in self.states if entry.state in states)


def flow_totals(ports: Ports, flow: FlowId, *, month: str | None = None) -> FlowTotals:
    """Counted from the index by period, which may lag by a moment."""
    months = [month] if month is not None else ports.ledger.months(flow)
    return _counted(flow, month, (row for one in months for row in ports.ledger.summaries(flow, one)))


def monthly_totals(ports: Ports, flow: FlowId) -> tuple[FlowTotals, ...]:
    """One entry a month, oldest first. A month is that of the document's date."""
    return tuple(flow_totals(ports, flow, month=month) for month in sorted(ports.ledger.months(flow)))


def tenant_totals(ports: Ports, tenant: str, *, month: str | None = None) -> tuple[FlowTotals, ...]:
    return tuple(flow_totals(ports, settings.id, month=month) for settings in ports.connections.flows(tenant))


def _counted(flow: FlowId, month: str | None, summaries: Iterable[Summary]) -> FlowTotals:
    once: dict[str, Money | None] = {}
    counts: dict[State, int] = defaultdict(int)
    amounts: dict[State, dict[str, Money]] = defaultdict(dict)
    for summary in summaries:
        once[summary.record.external_id] = summary.amount
        counts[summary.state] += 1
        _add(amounts[summary.state], summary.amount)
    return FlowTotals(
        flow=flow,
        month=month,
        records=len(once),
        amounts=sums_of(amount for amount in once.values() if amount is not None),
        states=tuple(
            StateTotal(state=state, records=counts[state], amounts=_in_order(amounts[state]))
            for state in State
            if counts[state]
        ),
    )


def _add(sums: dict[str, Money], amount: Money | None) -> None:
    if amount is not None:
        sums[amount.currency] = sums.get(amount.currency, total((), amount.currency)) + amount


def sums_of(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """One sum a currency, by currency."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        _add(sums, amount)
    return _in_order(sums)


def _in_order(sums: Mapping[str, Money]) -> tuple[Money, ...]:
    return tuple(sums[currency] for currency in sorted(sums))
