"""The audit trail: one fact an entry, never edited, each with the hash of the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from ml_connector.domain.identity import RecordId
from ml_connector.domain.records.record import canonical

GENESIS = "0" * 64


class Step(StrEnum):
    RECEIVED = "received"
    MATCHED = "matched"
    PLANNED = "planned"
    HELD = "held"
    RELEASED = "released"
    CLAIMED = "claimed"
    LOOKED_UP = "looked_up"
    POSTED = "posted"
    UPDATED = "updated"
    VOIDED = "voided"
    LINKED = "linked"
    RECOVERED = "recovered"
    HANDED_OVER = "handed_over"
    SKIPPED = "skipped"
    FAILED = "failed"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    DEAD = "dead"
    REDRIVEN = "redriven"
    REPLAYED = "replayed"
    ROLLED_BACK = "rolled_back"
    CONFLICT = "conflict"
    ATTACHED = "attached"
    TOLD = "told"
    ONBOARDED = "onboarded"
    PAUSED = "paused"
    RESUMED = "resumed"
    RESCHEDULED = "rescheduled"
    SECRET_REPLACED = "secret_replaced"  # noqa: S105 - a name
    READ_ANEW = "read_anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What happened to a record: who or what did it, when, why. `detail` is kept encrypted."""

    step: Step
    at: datetime
    actor: str
    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An event in its place: the n-th of its record, chained to the one before."""

    record: RecordId
    sequence: int
    event: AuditEvent
    previous: str
    hash: str


def header(record: RecordId, sequence: int, event: AuditEvent) -> dict[str, Any]:
    """The part of an entry that stays readable; the detail is sealed beside it."""
    return {
        "record": str(record),
        "sequence": sequence,
        "step": event.step.value,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "text": event.text,
    }


def entry_hash(previous: str, clear: Mapping[str, Any], sealed: bytes) -> str:
    """Covers the ciphertext and the readable header: verifying needs no key."""
    return sha256(previous.encode() + canonical(dict(clear)) + sealed).hexdigest()
