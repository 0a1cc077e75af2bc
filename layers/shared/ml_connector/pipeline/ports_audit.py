"""The ports of sealing and of reading the audit trail as it is stored: entries, seals, and the key that signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ml_connector.domain.seal import Head, LastSeal


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A record that was touched on a day: its last entry of that day, and when that was written."""

    head: Head
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it is stored, its detail still sealed. `sequence` is its place, whatever `clear` says."""

    record: str
    sequence: int
    clear: str
    sealed: bytes
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """What a record's row says of its trail. `differs` names what is stored beside the row and says something else."""

    state: str
    sequence: int
    head: str
    differs: tuple[str, ...] = ()


class Trails(Protocol):
    def row(self, record: str) -> StoredRow | None: ...

    def touched(self, tenant: str, day: date) -> Iterator[Touched]:
        """Each record once, in no order."""
        ...

    def entries(self, record: str) -> Iterator[StoredEntry]:
        """In the order of their places."""
        ...

    def journal(self, tenant: str) -> Iterator[StoredEntry]:
        """The tenant's journal, in the order of its places."""
        ...

    def journal_head(self, tenant: str) -> Head | None:
        """Its last entry; None where it has none."""
        ...

    def last_seal(self, tenant: str) -> LastSeal | None: ...

    def note_seal(self, tenant: str, seal: LastSeal) -> bool:
        """Only ever moves on; False where another is noted that is as new."""
        ...


class Seals(Protocol):
    """Where seals are kept: none can be replaced or removed there before its time."""

    def put(self, tenant: str, number: int, stored: bytes) -> bool:
        """False where there is a seal of that number: it stays as it is."""
        ...

    def get(self, tenant: str, number: int) -> bytes:
        """Raises KeyError where there is none."""
        ...

    def first_line(self, tenant: str, number: int) -> bytes:
        """The seal itself, without what it lists. Raises KeyError where there is none."""
        ...

    def numbers(self, tenant: str) -> Iterator[int]:
        """Of all that are there, in their order."""
        ...


class Signer(Protocol):
    def sign(self, message: bytes) -> bytes: ...

    def public_key(self) -> str:
        """PEM."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPorts:
    trails: Trails
    seals: Seals
    signer: Signer
