"""Seals, their signer and the audit trail as stored, in memory, over the fake ledger's and journal's own entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date
from hashlib import sha256

from ml_connector.domain.audit import header
from ml_connector.domain.errors import TransientError
from ml_connector.domain.identity import RecordId
from ml_connector.domain.journal import journal_id
from ml_connector.domain.records.record import canonical
from ml_connector.domain.seal import Head, LastSeal
from ml_connector.pipeline.ports_audit import AuditPorts, StoredEntry, StoredRow, Touched
from tests.fakes.ledger import FakeLedger
from tests.fakes.upkeep import FakeJournal

SECRET = b"only the signer has it"


class FakeTrails:
    def __init__(self, ledger: FakeLedger, journal: FakeJournal) -> None:
        self.ledger = ledger
        self.kept_journal = journal
        self.noted: dict[str, LastSeal] = {}
        self.reads: Counter[str] = Counter()
        self.changed_beside: dict[str, tuple[str, ...]] = {}

    def row(self, record: str) -> StoredRow | None:
        """`changed_beside` names what somebody changed of a row's item, and not in its body."""
        row = self.ledger.get(RecordId.parse(record))
        if row is None:
            return None
        beside = self.changed_beside.get(record, ())
        return StoredRow(state=row.state.value, sequence=row.audit_sequence, head=row.audit_head, differs=beside)

    def touched(self, tenant: str, day: date) -> Iterator[Touched]:
        self.reads["touched"] += 1
        for record, kept in self.ledger.kept_entries():
            of_day = [one.entry for one in kept if one.entry.event.at.astimezone(UTC).date() == day]
            if record.flow.tenant == tenant and of_day:
                last = of_day[-1]
                head = Head(record=str(record), sequence=last.sequence, hash=last.hash)
                yield Touched(head=head, at=last.event.at)

    def entries(self, record: str) -> Iterator[StoredEntry]:
        for kept in dict(self.ledger.kept_entries()).get(RecordId.parse(record), []):
            entry = kept.entry
            yield StoredEntry(
                record=record,
                sequence=entry.sequence,
                clear=canonical(header(entry.record, entry.sequence, entry.event, entry.state)).decode(),
                sealed=kept.sealed,
                previous=entry.previous,
                hash=entry.hash,
            )

    def journal(self, tenant: str) -> Iterator[StoredEntry]:
        for place, entry in self.kept_journal.places(tenant):
            yield StoredEntry(
                record=journal_id(tenant),
                sequence=place,
                clear=canonical(entry.clear).decode(),
                sealed=b"",
                previous=entry.previous,
                hash=entry.hash,
            )

    def journal_head(self, tenant: str) -> Head | None:
        *_, last = [None, *self.journal(tenant)]
        return Head(record=last.record, sequence=last.sequence, hash=last.hash) if last else None

    def last_seal(self, tenant: str) -> LastSeal | None:
        self.reads["last_seal"] += 1
        return self.noted.get(tenant)

    def note_seal(self, tenant: str, seal: LastSeal) -> bool:
        known = self.noted.get(tenant)
        if known is not None and known.number >= seal.number:
            return False
        self.noted[tenant] = seal
        return True


class FakeSeals:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, int], bytes] = {}

    def put(self, tenant: str, number: int, stored: bytes) -> bool:
        if (tenant, number) in self.stored:
            return False
        self.stored[tenant, number] = stored
        return True

    def get(self, tenant: str, number: int) -> bytes:
        if (tenant, number) not in self.stored:
            raise KeyError(number)
        return self.stored[tenant, number]

    def first_line(self, tenant: str, number: int) -> bytes:
        return self.get(tenant, number).split(b"\n", 1)[0]

    def numbers(self, tenant: str) -> Iterator[int]:
        return iter(sorted(number for owner, number in self.stored if owner == tenant))


class FakeSigner:
    """`broken` refuses to sign."""

    def __init__(self) -> None:
        self.broken = False

    def sign(self, message: bytes) -> bytes:
        if self.broken:
            raise TransientError("KMSInternalException", system="aws", operation="sign a seal")
        return sha256(SECRET + message).digest()

    def public_key(self) -> str:
        return "-----BEGIN PUBLIC KEY-----\n"


def is_signed(message: bytes, signature: bytes) -> bool:
    return sha256(SECRET + message).digest() == signature


class FakeAudit:
    def __init__(self, ledger: FakeLedger, journal: FakeJournal) -> None:
        self.trails = FakeTrails(ledger, journal)
        self.seals = FakeSeals()
        self.signer = FakeSigner()

    @property
    def ports(self) -> AuditPorts:
        return AuditPorts(trails=self.trails, seals=self.seals, signer=self.signer)
