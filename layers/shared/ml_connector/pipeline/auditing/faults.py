"""What is wrong with an audit trail: what, where, and in words that a stranger to it understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MOST_LISTED = 1000
_MANY = {"entry": "entries", "seal": "seals"}


class Kind(StrEnum):
    ENTRY_CHANGED = "entry_changed"
    ENTRY_MISSING = "entry_missing"
    ENTRY_OUT_OF_PLACE = "entry_out_of_place"
    ENTRY_UNLINKED = "entry_unlinked"
    ENTRY_NOT_AS_SEALED = "entry_not_as_sealed"
    ENTRY_BACKDATED = "entry_backdated"
    TAIL_CUT = "tail_cut"
    RECORD_MISSING = "record_missing"
    RECORD_OUT_OF_PLACE = "record_out_of_place"
    ROW_MISSING = "row_missing"
    ROW_DIFFERS = "row_differs"
    SEAL_CHANGED = "seal_changed"
    SEAL_MISSING = "seal_missing"
    SEALED_LATE = "sealed_late"
    SEALS_LATE = "seals_late"
    UNREADABLE = "unreadable"


def gap(what: str, first: int, last: int) -> str:
    """One fault for all that is left out, however much: a forged number at the end names billions."""
    return f"{what} {first} is" if first == last else f"{_MANY[what]} {first} to {last} are"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`where` is a record, a seal's file or a line; `sequence` the entry of the record, or the seal's number."""

    kind: Kind
    where: str
    text: str
    sequence: int | None = None


@dataclass(kw_only=True)
class Findings:
    """`faults` lists the first thousand, `found` counts them all. `covered_until` is the newest seal's."""

    entries: int = 0
    records: int = 0
    seals: int = 0
    covered_until: datetime | None = None
    found: int = 0
    listed: list[Fault] = field(default_factory=list)

    @property
    def faults(self) -> Sequence[Fault]:
        return self.listed

    @property
    def is_whole(self) -> bool:
        return self.found == 0

    def add(self, kind: Kind, where: str, text: str, sequence: int | None = None) -> None:
        self.found += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append(Fault(kind=kind, where=where, text=text, sequence=sequence))
