"""The first half of a reconciliation: the source's own list beside our rows, and which of them own a target object.

A version that we have stored is not read again; a document is fetched only where the list shows another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.currencies import ISO_4217
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.record import Record, digest, load
from ml_connector.pipeline.planning.planner import source_payload_key
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.bill_comparison import month_of
from ml_connector.pipeline.reporting.control_lines import IN_TARGET, NOT_READ, UNKNOWN, ControlLines, bucket_of
from ml_connector.pipeline.reporting.differences import NEXT, Difference, Kind, Place, Weight
from ml_connector.pipeline.reporting.list_reading import ListReader
from ml_connector.pipeline.reporting.real_currency import in_real_currency
from ml_connector.pipeline.system import Row

_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One of our rows with the target object that is its counterpart, as it stood when the source was read."""

    record: RecordId
    version: int
    state: State
    bucket: str
    digest: str
    number: str | None
    amount: Money | None
    month: str | None

    @property
    def place(self) -> Place:
        return Place(month=self.month, currency=self.amount.currency if self.amount else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    month: str | None
    amount: Money | None
    approved: bool


@dataclass(kw_only=True)
class SourceList:
    """Read once: afterwards `owners` are by target id, and `marked` names our records by the marker that they leave."""

    ports: Ports
    flow: FlowId
    reader: ListReader
    lines: ControlLines
    report: Callable[[Difference], None]
    read_up_to: datetime | None
    owners: dict[str, Owner] = field(default_factory=dict)
    marked: dict[str, RecordId] = field(default_factory=dict)
    moved: int = 0
    _listed: set[str] = field(default_factory=set)

    @property
    def records(self) -> int:
        return len(self._listed)

    def read(self) -> None:
        began = self.ports.clock.now()
        for page in self.reader.pages():
            once = {row.external_id: row for row in page.rows if row.external_id not in self._listed}
            self._listed |= once.keys()
            for some in batched(once.values(), _AT_ONCE, strict=False):
                self._count(some)
        for rows in self._unlisted():
            for kept in rows:
                self._not_listed(kept, began)

    def _count(self, rows: Sequence[Row]) -> None:
        ids = {row.external_id: RecordId(flow=self.flow, external_id=row.external_id) for row in rows}
        kept = self.ports.ledger.get_many(list(ids.values()))
        newest = self._stored([one for row in rows if (one := kept.get(ids[row.external_id])) and is_newest(one, row)])
        for row in rows:
            record = ids[row.external_id]
            known = kept.get(record)
            if known is not None and record in newest:
                self._known(known, self._facts(newest[record], known), bucket_of(known.state))
            else:
                self._read_anew(record, row, known)

    def _stored(self, rows: Sequence[CrossReference]) -> dict[RecordId, Record]:
        keys = {row.record: source_payload_key(row, row.wanted.digest) for row in rows if row.wanted}
        found = self.ports.payloads.get_many(list(keys.values()))
        return {record: load(found[key]) for record, key in keys.items() if key in found}

    def _known(self, row: CrossReference, facts: _Facts, bucket: str) -> None:
        """Counted twice over: as the source has it, and as our row says, in the currency that it was posted in."""
        if row.amount and facts.amount and row.amount.currency not in ISO_4217:
            row = replace(row, amount=Money(row.amount.amount, facts.amount.currency))
        self.lines.count_source(facts.month, facts.amount, approved=facts.approved, bucket=bucket)
        if bucket == NOT_READ:
            self.lines.count_state(facts.month, facts.amount, bucket)
        else:
            self.lines.count_state(row.month, row.amount, bucket)
        self._own(row, bucket)

    def _facts(self, record: Record, kept: CrossReference | None) -> _Facts:
        """A document without a date counts in the month in which we first saw it, as its row does."""
        first_seen = kept.month if kept else None
        if not isinstance(record, Bill):
            return _Facts(month=first_seen, amount=None, approved=True)
        month = month_of(record.issued_on) or first_seen
        amount = in_real_currency(self.ports, self.flow.target_connection, record.total, record.issued_on)
        return _Facts(month=month, amount=amount, approved=record.status is BillStatus.APPROVED)

    def _own(self, row: CrossReference, bucket: str) -> None:
        self.marked[row.record.marker] = row.record
        if row.confirmed is not None:
            self.owners[row.confirmed.target_id] = Owner(
                record=row.record,
                version=row.version,
                state=row.state,
                bucket=bucket,
                digest=row.confirmed.digest,
                number=row.number,
                amount=row.amount,
                month=row.month,
            )

    def _read_anew(self, record: RecordId, row: Row, kept: CrossReference | None) -> None:
        """The list shows a version that we have not stored, or the stored one is gone."""
        found = row.record or self._fetched(record)
        if found is None:
            return self._unreadable(record, kept)
        facts = self._facts(found, kept)
        if kept is not None and kept.wanted is not None and digest(found) == kept.wanted.digest:
            return self._known(kept, facts, bucket_of(kept.state))
        late = self._is_late(found)
        if kept is not None:
            self._known(kept, facts, NOT_READ)
        else:
            bucket = UNKNOWN if late else NOT_READ
            self.lines.count_source(facts.month, facts.amount, approved=facts.approved, bucket=bucket)
            if not late:
                self.lines.count_state(facts.month, facts.amount, bucket)
        self.report(_unread(record, found, facts, known=kept is not None, late=late))
        return None

    def _is_late(self, found: Record) -> bool:
        """Changed before the moment up to which the flow has read everything: it was missed."""
        if found.modified_at is None or self.read_up_to is None:
            return False
        return found.modified_at < self.read_up_to

    def _unreadable(self, record: RecordId, kept: CrossReference | None) -> None:
        """Listed, and not to be read: our row says so too, by a hold or a skip. Nobody knows what it comes to."""
        if kept is not None:
            self._known(kept, _Facts(month=kept.month, amount=kept.amount, approved=False), bucket_of(kept.state))
            return
        self.lines.count_source(None, None, approved=False, bucket=NOT_READ)
        self.lines.count_state(None, None, NOT_READ)

    def _fetched(self, record: RecordId) -> Record | None:
        try:
            return self.reader.fetch(record.external_id)
        except RejectedError:
            return None

    def _unlisted(self) -> Iterator[list[CrossReference]]:
        """Our rows that own something in the target, and that the source's list does not have."""
        for month in self.ports.ledger.months(self.flow):
            there = (one.record for one in self.ports.ledger.summaries(self.flow, month))
            missing = (record for record in there if record.external_id not in self._listed)
            for some in batched(missing, _AT_ONCE, strict=False):
                yield _owning(self.ports.ledger.get_many(list(some)).values())

    def _not_listed(self, row: CrossReference, began: datetime) -> None:
        """Asked for by its id before it is called gone: a list may move under its reader."""
        if row.first_seen_at is not None and row.first_seen_at >= began:
            self.moved += 1
            self._own(row, bucket_of(row.state))
            return
        self._listed.add(row.record.external_id)
        found = self._fetched(row.record)
        if found is not None:
            self._known(row, self._facts(found, row), bucket_of(row.state))
            return
        bucket = bucket_of(row.state)
        self._own(row, bucket)
        if bucket in IN_TARGET:
            self.lines.count_state(row.month, row.amount, bucket)
            self.report(_gone(row))


def is_newest(kept: CrossReference, row: Row) -> bool:
    """By its content where the list carries the whole record, else by its change stamp."""
    if kept.wanted is None:
        return False
    if row.record is not None:
        return digest(row.record) == kept.wanted.digest
    return row.stamp is not None and kept.stamp == row.stamp


def _owning(rows: Iterable[CrossReference]) -> list[CrossReference]:
    return [row for row in rows if row.confirmed is not None]


def _unread(record: RecordId, found: Record, facts: _Facts, *, known: bool, late: bool) -> Difference:
    kind = Kind.NOT_READ_YET if known or not late else Kind.UNKNOWN_TO_US
    changed = f"changed {found.modified_at:%Y-%m-%d %H:%M} UTC" if found.modified_at else "there"
    amount = f"{facts.amount}, " if facts.amount else ""
    return Difference(
        kind=kind,
        weight=Weight.MISMATCH if late else Weight.NOTE,
        record=record,
        target_id=None,
        number=found.number,
        source=f"{amount}{changed}",
        target="an earlier version" if known else "never read",
        next=NEXT[Kind.UNKNOWN_TO_US] if late else NEXT[kind],
        places=(Place(month=facts.month, currency=facts.amount.currency if facts.amount else None),),
    )


def _gone(row: CrossReference) -> Difference:
    assert row.confirmed is not None
    return Difference(
        kind=Kind.ONLY_IN_TARGET,
        weight=Weight.MISMATCH,
        record=row.record,
        target_id=row.confirmed.target_id,
        number=row.number,
        source="not there any more",
        target=str(row.amount or "there"),
        next="see why it left the source; if it was withdrawn there, delete it in the target",
        places=(Place(month=row.month, currency=row.amount.currency if row.amount else None),),
    )
