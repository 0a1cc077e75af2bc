"""The Ledger in memory, under the rules of the real one: versions, guards, causes, numbers, made records, the chain."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ml_connector.domain.audit import GENESIS, AuditEntry, AuditEvent, entry_hash, header, kept_detail
from ml_connector.domain.crossreference import FED_STATES, CrossReference, Guard, GuardKind, State
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.matching import normalised_number
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import canonical
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.ports import Change, GuardTakenError, MovedError, Summary

type GuardKey = tuple[ConnectionId, GuardKind, RecordKind, str]

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An audit entry as stored: the detail as bytes beside the readable entry."""

    entry: AuditEntry
    sealed: bytes


class FakeLedger:
    """`index_lag` commits stay invisible to `open_work` and `summaries`; nothing else may lag."""

    def __init__(self, *, index_lag: int = 0) -> None:
        self.rows: dict[RecordId, CrossReference] = {}
        self.guards: dict[GuardKey, str] = {}
        self.index_lag = index_lag
        self._last: dict[RecordId, Change] = {}
        self._given_ids = 0
        self._indexed: dict[RecordId, CrossReference] = {}
        self._unindexed: deque[CrossReference] = deque()
        self._causes: set[tuple[RecordId, Cause]] = set()
        self._numbers: set[tuple[str, str, RecordId]] = set()
        self._made: dict[tuple[ConnectionId, ReferenceKind, str], str] = {}
        self._months: set[tuple[FlowId, str]] = set()
        self._trails: dict[RecordId, list[_Kept]] = {}

    def get(self, record: RecordId) -> CrossReference | None:
        return self.rows.get(record)

    def get_many(self, records: Sequence[RecordId]) -> dict[RecordId, CrossReference]:
        return {record: self.rows[record] for record in records if record in self.rows}

    def commit(self, change: Change) -> CrossReference:
        mine = _write_id(change)
        stored = self.rows.get(change.after.record)
        is_moved = (stored.version if stored else None) != (change.before.version if change.before else None)
        if stored is not None and is_moved and (stored.write_id == mine or self._last[stored.record] == change):
            return stored
        self._check_guards(change)
        if is_moved:
            raise MovedError(str(change.after.record))
        self._last[change.after.record] = change
        self._given_ids += 1
        return self._write(change, mine or f"w{self._given_ids}")

    def open_work(
        self, flow: FlowId, states: Iterable[State], *, due_before: datetime | None = None, limit: int = 1000
    ) -> list[RecordId]:
        wanted = frozenset(states)
        rows = [
            row for row in self._indexed.values() if row.record.flow == flow and row.state in wanted and row.is_open
        ]
        due = [row for row in rows if due_before is None or _due(row) <= due_before]
        return [row.record for row in sorted(due, key=lambda row: (_due(row), row.record))[:limit]]

    def causes(self, flow: FlowId) -> list[Cause]:
        found = {cause for record, cause in self._causes if record.flow == flow}
        return sorted(found, key=lambda cause: (cause.slug, cause.name or ""))

    def waiting_for(self, flow: FlowId, cause: Cause) -> list[RecordId]:
        """A cause without a name asks for its code under any name."""
        return sorted(
            {
                record
                for record, waits in self._causes
                if record.flow == flow and waits.slug == cause.slug and cause.name in (None, waits.name)
            }
        )

    def guard_owner(self, guard: Guard) -> str | None:
        return self.guards.get(_guard_key(guard))

    def made(self, connection: ConnectionId, kind: ReferenceKind, codes: Sequence[str]) -> dict[str, str]:
        found = {code: self._made.get((connection, kind, code)) for code in codes}
        return {code: target_id for code, target_id in found.items() if target_id is not None}

    def by_number(self, tenant: str, number: str) -> list[RecordId]:
        wanted = normalised_number(number)
        return sorted(record for owner, kept, record in self._numbers if (owner, kept) == (tenant, wanted))

    def months(self, flow: FlowId) -> list[str]:
        return sorted(month for kept, month in self._months if kept == flow)

    def summaries(self, flow: FlowId, month: str) -> Iterator[Summary]:
        rows = [row for row in self._indexed.values() if row.record.flow == flow and row.month == month]
        return iter([Summary(record=row.record, state=row.state, number=row.number, amount=row.amount) for row in rows])

    def trail(self, record: RecordId) -> list[AuditEntry]:
        return [kept.entry for kept in self._trails.get(record, [])]

    def kept_entries(self) -> Iterator[tuple[RecordId, list[_Kept]]]:
        """Each record's entries as they are stored; changing them is tampering."""
        return iter(self._trails.items())

    def broken_links(self, record: RecordId) -> list[str]:
        """What is wrong with the record's chain, nothing if it holds."""
        faults, previous = [], GENESIS
        for place, kept in enumerate(self._trails.get(record, []), start=1):
            entry = kept.entry
            proper = entry_hash(previous, canonical(header(record, place, entry.event, entry.state)), kept.sealed)
            if (entry.sequence, entry.previous, entry.hash) != (place, previous, proper):
                faults.append(f"entry {place} of {record} does not follow from the one before it")
            previous = entry.hash
        row = self.rows.get(record)
        if row is not None and row.audit_head != previous:
            faults.append(f"the row of {record} names another last entry")
        return faults

    def untold_state(self, record: RecordId) -> list[str]:
        """States on the way come and go without an entry; one that stays is what the last entry says."""
        row, trail = self.rows[record], self._trails.get(record, [])
        if row.state in FED_STATES or not trail or trail[-1].entry.state is row.state:
            return []
        return [f"the row of {record} is {row.state}, which its last entry does not say"]

    def forget_rows(self) -> None:
        """The table emptied, with everything in it; the audit trail has a table of its own."""
        for kept in (self.rows, self.guards, self._last, self._indexed, self._unindexed, self._made):
            kept.clear()
        for some in (self._causes, self._numbers, self._months):
            some.clear()

    def settle_indexes(self) -> None:
        """Let the indexes catch up."""
        while self._unindexed:
            row = self._unindexed.popleft()
            self._indexed[row.record] = row

    def _check_guards(self, change: Change) -> None:
        for guard in (*change.take, *_released(change)):
            owner = self.guards.get(_guard_key(guard), guard.owner)
            if owner != guard.owner:
                raise GuardTakenError(guard, owner)

    def _anchored(self, change: Change) -> CrossReference | None:
        """The trail outlives a row that was lost: what comes now follows from its last entry."""
        trail = self._trails.get(change.after.record, [])
        known = change.before.audit_sequence if change.before else 0
        if not trail or trail[-1].entry.sequence <= known:
            return change.before
        last = trail[-1].entry
        return replace(change.before or change.after, audit_sequence=last.sequence, audit_head=last.hash)

    def _write(self, change: Change, mine: str) -> CrossReference:
        before = self._anchored(change)
        kept, head = _chained(replace(change, before=before))
        sequence = (before.audit_sequence if before else 0) + len(kept)
        version = (change.before.version if change.before else 0) + 1
        row = replace(change.after, version=version, write_id=mine, audit_sequence=sequence, audit_head=head)
        self.rows[row.record] = row
        self._trails.setdefault(row.record, []).extend(kept)
        self._keep_beside(change, row)
        self._unindexed.append(row)
        while len(self._unindexed) > self.index_lag:
            indexed = self._unindexed.popleft()
            self._indexed[indexed.record] = indexed
        return row

    def _keep_beside(self, change: Change, row: CrossReference) -> None:
        for guard in _released(change):
            self.guards.pop(_guard_key(guard), None)
        for guard in change.take:
            self.guards[_guard_key(guard)] = guard.owner
        before = change.before.causes if change.before else frozenset()
        self._causes -= {(row.record, cause) for cause in before}
        self._causes |= {(row.record, cause) for cause in row.causes}
        self._numbers -= _numbers(change.before)
        self._numbers |= _numbers(row)
        for made in change.made:
            self._made[(made.connection, made.kind, made.code)] = made.target_id
        if row.month is not None:
            self._months.add((row.record.flow, row.month))


def _write_id(change: Change) -> str | None:
    """The caller's, where it set a new one. The real ledger hashes the change; here the last one is kept whole."""
    before = change.before.write_id if change.before else ""
    return change.after.write_id if change.after.write_id not in ("", before) else None


def _chained(change: Change) -> tuple[list[_Kept], str]:
    before = change.before
    sequence, head = (before.audit_sequence, before.audit_head) if before else (0, GENESIS)
    kept = []
    for number, event in enumerate(change.events, start=sequence + 1):
        sealed = canonical(kept_detail(event.detail)) if event.detail else b""
        state = change.after.state
        proper = entry_hash(head, canonical(header(change.after.record, number, event, state)), sealed)
        stored = AuditEvent(
            step=event.step,
            at=event.at,
            actor=event.actor,
            text=event.text,
            detail=json.loads(sealed) if sealed else {},
        )
        entry = AuditEntry(
            record=change.after.record, sequence=number, event=stored, previous=head, hash=proper, state=state
        )
        kept.append(_Kept(entry, sealed))
        head = proper
    return kept, head


def _guard_key(guard: Guard) -> GuardKey:
    return (guard.connection, guard.kind, guard.record_kind, guard.key)


def _released(change: Change) -> list[Guard]:
    """A guard that is taken and released at once stays taken."""
    taken = {_guard_key(guard) for guard in change.take}
    return [guard for guard in change.release if _guard_key(guard) not in taken]


def _numbers(row: CrossReference | None) -> set[tuple[str, str, RecordId]]:
    if row is None:
        return set()
    named = [one.number for one in row.mentions]
    texts = [text for text in (row.number, row.other_number, *named) if text and normalised_number(text)]
    return {(row.record.flow.tenant, normalised_number(text), row.record) for text in texts}


def _due(row: CrossReference) -> datetime:
    return row.due_at or row.state_since or _LONG_AGO
