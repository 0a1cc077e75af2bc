"""What became of a flow's records of a period: matched, created, updated, skipped, held, rejected, and why.

Each record has one outcome, so the outcomes add up to what the source gave us; `adds_up` says whether they do. That
the source's own list has no more than that is what `reconcile` shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import batched

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.money import Money
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.totals import sums_of

_TOGETHER = 100


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    MATCHED = "matched"
    SKIPPED = "skipped"
    HELD = "held"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    GIVEN_UP = "given_up"
    REVERSED = "reversed"
    UNDER_WAY = "under_way"


_OUTCOMES = {
    State.PLANNED: Outcome.UNDER_WAY,
    State.POSTING: Outcome.UNDER_WAY,
    State.HANDED_OVER: Outcome.UNDER_WAY,
    State.IN_DOUBT: Outcome.IN_DOUBT,
    State.POSTED: Outcome.CREATED,
    State.LINKED: Outcome.MATCHED,
    State.SKIPPED: Outcome.SKIPPED,
    State.HELD: Outcome.HELD,
    State.REJECTED: Outcome.REJECTED,
    State.DEAD: Outcome.GIVEN_UP,
    State.REVERSED: Outcome.REVERSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One record and what became of it. `target_id` is the object in the target that it stands for, if any."""

    record: RecordId
    number: str | None
    month: str | None
    amount: Money | None
    outcome: Outcome
    target_id: str | None
    codes: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Records without an amount count, and add nothing."""

    records: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTally:
    outcome: Outcome
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTally:
    """`text` is that of the first record with this reason. A record with two reasons counts under both."""

    outcome: Outcome
    code: str
    text: str
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """`received` is counted from the index by period, apart from the rows that the outcomes are read from."""

    flow: FlowId
    first: str | None
    last: str | None
    received: Tally
    outcomes: tuple[OutcomeTally, ...]
    reasons: tuple[ReasonTally, ...]
    lines: tuple[ReportLine, ...]

    @property
    def adds_up(self) -> bool:
        amounts = sums_of(amount for one in self.outcomes for amount in one.tally.amounts)
        return self.received == Tally(records=sum(one.tally.records for one in self.outcomes), amounts=amounts)


def audit_report(ports: Ports, flow: FlowId, *, first: str | None = None, last: str | None = None) -> AuditReport:
    """Months by the documents' own dates, such as 2026-03, both included; without them all there are."""
    months = [one for one in sorted(ports.ledger.months(flow)) if (first or one) <= one <= (last or one)]
    received = {summary.record: summary.amount for month in months for summary in ports.ledger.summaries(flow, month)}
    lines = tuple(map(_line, _rows(ports, received)))
    return AuditReport(
        flow=flow,
        first=first,
        last=last,
        received=_tally(received.values()),
        outcomes=tuple(_by_outcome(lines)),
        reasons=tuple(_by_reason(lines)),
        lines=lines,
    )


def _rows(ports: Ports, records: Iterable[RecordId]) -> Iterator[CrossReference]:
    for some in batched(sorted(records), _TOGETHER, strict=False):
        rows = ports.ledger.get_many(some)
        yield from (rows[record] for record in some if record in rows)


def _line(row: CrossReference) -> ReportLine:
    sure = row.confirmed
    return ReportLine(
        record=row.record,
        number=row.number,
        month=row.month,
        amount=row.amount,
        outcome=_outcome(row),
        target_id=sure.target_id if sure else None,
        codes=tuple(dict.fromkeys(reason.code for reason in row.reasons)),
        why="; ".join(reason.text for reason in row.reasons),
    )


def _outcome(row: CrossReference) -> Outcome:
    if row.unsettled is not None and row.state is State.POSTING:
        return Outcome.IN_DOUBT
    if row.state in (State.POSTED, State.LINKED) and row.confirmed is not None and row.confirmed.updates:
        return Outcome.UPDATED
    return _OUTCOMES[row.state]


def _by_outcome(lines: Sequence[ReportLine]) -> Iterator[OutcomeTally]:
    for outcome in Outcome:
        some = [line.amount for line in lines if line.outcome is outcome]
        if some:
            yield OutcomeTally(outcome=outcome, tally=_tally(some))


def _by_reason(lines: Sequence[ReportLine]) -> Iterator[ReasonTally]:
    found: dict[tuple[Outcome, str], list[ReportLine]] = defaultdict(list)
    for line in lines:
        for code in line.codes:
            found[line.outcome, code].append(line)
    order = list(Outcome)
    for (outcome, code), some in sorted(found.items(), key=lambda one: (order.index(one[0][0]), one[0][1])):
        tally = _tally(line.amount for line in some)
        yield ReasonTally(outcome=outcome, code=code, text=some[0].why, tally=tally)


def _tally(amounts: Iterable[Money | None]) -> Tally:
    every = list(amounts)
    return Tally(records=len(every), amounts=sums_of(amount for amount in every if amount is not None))
