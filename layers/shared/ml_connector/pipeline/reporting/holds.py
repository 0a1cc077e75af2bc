"""What is held, since when, why, and what would help: the accounting team's list of work, oldest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.matching import Candidate
from ml_connector.domain.money import Money
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.rows import rows_in

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """`in_doubt` is set where a write of ours may have taken effect: a release looks first."""

    record: RecordId
    number: str | None
    other_number: str | None
    amount: Money | None
    since: datetime | None
    reasons: tuple[Reason, ...]
    causes: tuple[Cause, ...]
    in_doubt: bool

    def is_about(self, code: str) -> bool:
        """Whether `code` is a reason (account_missing) or what the record waits for (600300)."""
        return any(reason.code == code for reason in self.reasons) or any(cause.code == code for cause in self.causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One missing thing of one target, with how many records wait for it and what it could be."""

    target: ConnectionId
    cause: Cause
    records: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """`more` says that the list was cut."""

    records: tuple[HeldRecord, ...]
    gaps: tuple[Gap, ...]
    more: bool = False


def flow_holds(ports: Ports, flow: FlowId, *, code: str | None = None, limit: int = MOST) -> Holds:
    return _holds(ports, [flow], code, limit)


def tenant_holds(ports: Ports, tenant: str, *, code: str | None = None, limit: int = MOST) -> Holds:
    return _holds(ports, [settings.id for settings in ports.connections.flows(tenant)], code, limit)


def _holds(ports: Ports, flows: Sequence[FlowId], code: str | None, limit: int) -> Holds:
    found = [rows_in(ports, flow, State.HELD, limit=limit + 1) for flow in flows]
    held = sorted((_held(row) for rows in found for row in rows), key=_oldest_first)
    wanted = tuple(one for one in held if code is None or one.is_about(code))
    cut = len(wanted) > limit or any(len(rows) > limit for rows in found)
    return Holds(records=wanted[:limit], gaps=_gaps(wanted), more=cut)


def _held(row: CrossReference) -> HeldRecord:
    return HeldRecord(
        record=row.record,
        number=row.number,
        other_number=row.other_number,
        amount=row.amount,
        since=row.state_since,
        reasons=row.reasons,
        causes=tuple(sorted(row.causes, key=lambda cause: (cause.slug, cause.name or ""))),
        in_doubt=row.is_busy,
    )


def _oldest_first(held: HeldRecord) -> tuple[str, RecordId]:
    return (held.since.isoformat() if held.since else "", held.record)


def _gaps(held: Iterable[HeldRecord]) -> tuple[Gap, ...]:
    """Each gap once, the one that keeps back most records first."""
    waiting: dict[tuple[ConnectionId, str], set[RecordId]] = defaultdict(set)
    first: dict[tuple[ConnectionId, str], tuple[Cause, tuple[Candidate, ...]]] = {}
    for one in held:
        for reason in one.reasons:
            if reason.cause is not None:
                key = (one.record.flow.target_connection, reason.cause.slug)
                waiting[key].add(one.record)
                first.setdefault(key, (reason.cause, reason.candidates))
    gaps = [
        Gap(target=key[0], cause=first[key][0], records=len(records), candidates=first[key][1])
        for key, records in waiting.items()
    ]
    return tuple(sorted(gaps, key=lambda gap: (-gap.records, str(gap.target), gap.cause.slug)))
