"""What people did to a tenant's connections and flows: one chain a tenant, beside the records' own trails.

It is sealed, exported and verified with them, under a name that no record can have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import GENESIS, Step, entry_hash
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.records.record import canonical

type Subject = ConnectionId | FlowId


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The n-th of its tenant. `text` holds nothing secret: it is kept in the clear, and the hash is over all of it."""

    sequence: int
    subject: str
    step: Step
    at: datetime
    actor: str
    text: str
    previous: str
    hash: str

    @property
    def clear(self) -> dict[str, Any]:
        return _clear(self.sequence, self.subject, self.step, self.at, self.actor, self.text)


def journal_id(tenant: str) -> str:
    """The journal's name among the chains that are sealed; a record's has five parts."""
    return f"{tenant}/journal"


def chain_of(clear: Mapping[str, Any]) -> str:
    """Which chain an entry says that it belongs to: a record's, or its tenant's journal. Raises: KeyError."""
    record: str | None = clear.get("record")
    return journal_id(clear["subject"].partition("/")[0]) if record is None else record


def following(last: Entry | None, subject: Subject, step: Step, text: str, *, actor: str, at: datetime) -> Entry:
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    clear = _clear(sequence, str(subject), step, at, actor, text)
    return Entry(
        sequence=sequence,
        subject=str(subject),
        step=step,
        at=at,
        actor=actor,
        text=text,
        previous=previous,
        hash=entry_hash(previous, canonical(clear), b""),
    )


def broken_entry(entries: Sequence[Entry]) -> int | None:
    """The first place, from 1, at which an entry does not follow from the one before it; None where the chain holds."""
    previous = GENESIS
    for place, entry in enumerate(entries, start=1):
        proper = entry_hash(previous, canonical(entry.clear), b"")
        if (entry.sequence, entry.previous, entry.hash) != (place, previous, proper):
            return place
        previous = entry.hash
    return None


def _clear(sequence: int, subject: str, step: Step, at: datetime, actor: str, text: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "sequence": sequence,
        "step": step.value,
        "at": at.isoformat(),
        "actor": actor,
        "text": text,
    }
