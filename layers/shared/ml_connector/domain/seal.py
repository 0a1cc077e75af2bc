"""A seal: the last entry of each record touched, and of the journal, at one moment, signed outside the tables.

Seals of a tenant follow from one another as a record's entries do. A checkpoint covers what was touched since the
seal before it, a day's seal everything that was touched on that day (UTC).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from ml_connector.domain.codec import decode, encode
from ml_connector.domain.records.record import canonical

MOST_ENTRIES = 9_999_999_999
"""Of one chain: an entry's place is stored in ten digits."""


class SealKind(StrEnum):
    CHECKPOINT = "checkpoint"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Head:
    """The last entry of a chain, as it once was. `record` is a RecordId's text, or `journal_id`'s."""

    record: str
    sequence: int
    hash: str

    @property
    def is_possible(self) -> bool:
        return 1 <= self.sequence <= MOST_ENTRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """`number` counts from 1. What is dated before `until` is covered, `heads` many; `root` is the hash over them."""

    tenant: str
    number: int
    kind: SealKind
    since: datetime
    until: datetime
    made_at: datetime
    previous: str
    heads: int
    root: str

    @property
    def signed_bytes(self) -> bytes:
        return canonical(encode(self))

    @property
    def hash(self) -> str:
        return sha256(self.signed_bytes).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeal:
    """What stands beside the audit trail of a tenant's newest seal: without it, one cut off the end would not show."""

    number: int
    hash: str
    until: datetime


def head_line(head: Head) -> bytes:
    return canonical([head.record, head.sequence, head.hash])


def read_head(line: bytes) -> Head:
    """Raises: ValueError, TypeError, RecursionError where somebody nested what should be a list of three."""
    record, sequence, proof = json.loads(line)
    if not isinstance(sequence, int):
        raise ValueError("what it lists has no number")
    head = Head(record=str(record), sequence=sequence, hash=str(proof))
    if not head.is_possible:
        raise ValueError("what it lists has a number that no entry can have")
    return head


def root_of(heads: Iterable[Head]) -> str:
    """Over the heads in their order, each on a line of its own."""
    digest = sha256()
    for head in heads:
        digest.update(head_line(head) + b"\n")
    return digest.hexdigest()


def stored_seal(seal: Seal, heads: Sequence[Head], signature: bytes) -> bytes:
    """One line with the seal and its signature, then a line for each head."""
    return b"\n".join([_first_line(seal, signature), *map(head_line, heads)]) + b"\n"


def read_seal(line: bytes) -> tuple[Seal, bytes]:
    """From the first line of what is stored, which has one spelling only. Raises: ValueError, KeyError, TypeError."""
    stored = json.loads(line)
    seal: Seal = decode(Seal, stored["seal"])
    signature = bytes.fromhex(stored["signature"])
    if _first_line(seal, signature) != line.rstrip(b"\n"):
        raise ValueError("it is not spelt as a seal is")
    return seal, signature


def _first_line(seal: Seal, signature: bytes) -> bytes:
    return canonical({"seal": encode(seal), "signature": signature.hex()})
