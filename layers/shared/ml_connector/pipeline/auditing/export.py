"""A tenant's audit trail as files that can be verified anywhere, without AWS and without any key that opens details.

`seals/<number>.jsonl` as they were stored; `trail.jsonl`: a line for each record's row, then one for each of its
entries, records in the order of their ids, and the tenant's journal among them, without a row; `manifest.json` last, so
that an export that broke off has none.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ml_connector.domain.codec import encode
from ml_connector.domain.identity import RecordId
from ml_connector.domain.journal import journal_id
from ml_connector.domain.records.record import canonical
from ml_connector.domain.seal import read_head
from ml_connector.pipeline.auditing.sealing import is_of
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_audit import AuditPorts, StoredEntry, StoredRow

FORMAT = 1
MANIFEST, TRAIL = "manifest.json", "trail.jsonl"
_TRIES = 3

type Put = Callable[[str, Iterable[bytes]], None]
"""Takes a file's name and its lines, each with its end."""


@dataclass(kw_only=True)
class Exported:
    records: int = 0
    entries: int = 0
    seals: int = 0


class Exporter:
    def __init__(self, ports: Ports, audit: AuditPorts) -> None:
        self._ports = ports
        self._audit = audit

    def export(self, tenant: str, put: Put) -> Exported:
        """The newest seal is read first and the entries last: whatever is sealed by then is in the export."""
        at, last, done = self._ports.clock.now(), self._audit.trails.last_seal(tenant), Exported()
        records = self._put_seals(tenant, put, done)
        records |= self._touched(tenant, at) | self._listed(tenant)
        put(TRAIL, self._lines(tenant, records, done))
        manifest = {
            "format": FORMAT,
            "tenant": tenant,
            "exported_at": at.isoformat(),
            "last_seal": encode(last),
            **encode(done),
        }
        put(MANIFEST, [canonical(manifest) + b"\n"])
        return done

    def _put_seals(self, tenant: str, put: Put, done: Exported) -> set[str]:
        """Also the records that they name: one that was wiped out is asked for, and shows as missing."""
        records: set[str] = set()
        for number in self._audit.seals.numbers(tenant):
            stored = self._audit.seals.get(tenant, number)
            put(f"seals/{number:010d}.jsonl", [stored])
            records |= set(_records_in(stored, tenant))
            done.seals += 1
        return records

    def _touched(self, tenant: str, now: datetime) -> set[str]:
        """Day by day, from when the tenant was set up."""
        created = [one.created_at for one in self._ports.connections.list(tenant) if one.created_at is not None]
        first = min(created, default=now).astimezone(UTC).date()
        days = (first + timedelta(days=n) for n in range((now.astimezone(UTC).date() - first).days + 1))
        touched = (one.head for day in days for one in self._audit.trails.touched(tenant, day))
        return {head.record for head in touched if is_of(head, tenant)}

    def _listed(self, tenant: str) -> set[str]:
        """Rows that no day names any more."""
        ledger = self._ports.ledger
        flows = [settings.id for settings in self._ports.connections.flows(tenant)]
        months = ((flow, month) for flow in flows for month in ledger.months(flow))
        return {str(summary.record) for flow, month in months for summary in ledger.summaries(flow, month)}

    def _lines(self, tenant: str, records: set[str], done: Exported) -> Iterator[bytes]:
        for record in sorted(records | {journal_id(tenant)}):
            if record == journal_id(tenant):
                yield from self._journal(tenant, done)
                continue
            row, entries = self._whole(record)
            done.records += 1
            done.entries += len(entries)
            yield canonical({"record": record, "row": row}) + b"\n"
            yield from (entry_line(entry) for entry in entries)

    def _journal(self, tenant: str, done: Exported) -> Iterator[bytes]:
        """Nothing where nothing is left of it: a seal that knows it shows that."""
        entries = list(self._audit.trails.journal(tenant))
        done.entries += len(entries)
        if entries:
            yield canonical({"record": journal_id(tenant)}) + b"\n"
        yield from (entry_line(entry) for entry in entries)

    def _whole(self, record: str) -> tuple[dict[str, Any] | None, list[StoredEntry]]:
        """Row and entries of one moment: read again where an entry came in between."""
        for _ in range(_TRIES):
            row = self._audit.trails.row(record)
            entries = list(self._audit.trails.entries(record))
            if row is None or not entries or row.sequence == entries[-1].sequence:
                break
        return None if row is None else _told(row), entries


def _told(row: StoredRow) -> dict[str, Any]:
    told = {"state": row.state, "sequence": row.sequence, "head": row.head}
    return {**told, "differs": list(row.differs)} if row.differs else told


def entry_line(entry: StoredEntry) -> bytes:
    line = {
        "sequence": entry.sequence,
        "clear": entry.clear,
        "sealed": b64encode(entry.sealed).decode(),
        "previous": entry.previous,
        "hash": entry.hash,
    }
    return canonical(line) + b"\n"


def _records_in(stored: bytes, tenant: str) -> Iterator[str]:
    """What somebody changed may name anything: only what reads as a record of this tenant is asked for."""
    for line in stored.split(b"\n")[1:]:
        try:
            record = RecordId.parse(read_head(line).record)
        except (ValueError, TypeError, RecursionError):
            continue
        if record.flow.tenant == tenant:
            yield str(record)
