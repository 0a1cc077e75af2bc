"""The audit trail: one fact an entry, never edited, each with the hash of the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.records.record import canonical

GENESIS = "0" * 64
LARGEST_DETAIL = 64 * 1024
"""In bytes of canonical JSON, before it is compressed and sealed."""

CUT = "cut"


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
    REFUSED = "refused"
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
    """An event in its place: the n-th of its record, chained to the one before; `state` is what it left the row in."""

    record: RecordId
    sequence: int
    event: AuditEvent
    previous: str
    hash: str
    state: State | None = None


def header(record: RecordId, sequence: int, event: AuditEvent, state: State | None) -> dict[str, Any]:
    """The part of an entry that stays readable; the detail is sealed beside it. Early entries have no state."""
    clear = {
        "record": str(record),
        "sequence": sequence,
        "step": event.step.value,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "text": event.text,
    }
    return clear if state is None else {**clear, "state": state.value}


def entry_hash(previous: str, clear: bytes, sealed: bytes) -> str:
    """Covers the readable header as it is stored, canonical, and the ciphertext: verifying needs no key.

    The header is a JSON object and so ends where it ends: nothing can be moved between it and what is sealed.
    """
    return sha256(previous.encode() + clear + sealed).hexdigest()


def kept_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail in plain values, at most `LARGEST_DETAIL`: its largest parts give way to a note with their hash."""
    kept: dict[str, Any] = encode(detail)
    while len(canonical(kept)) > LARGEST_DETAIL:
        largest = max(kept, key=lambda name: len(canonical(kept[name])))
        if _is_cut(kept[largest]):
            return _note(kept)
        kept[largest] = _note(kept[largest])
    return kept


def _note(value: Any) -> dict[str, Any]:
    whole = canonical(value)
    text = f"{len(whole):,} bytes are left out here: an entry keeps at most {LARGEST_DETAIL:,}"
    return {CUT: text, "sha256": sha256(whole).hexdigest()}


def _is_cut(value: Any) -> bool:
    return isinstance(value, dict) and CUT in value and "sha256" in value
