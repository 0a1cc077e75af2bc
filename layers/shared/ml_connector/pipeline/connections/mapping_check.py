"""Look after mappings before a document fails by them: entries that are gone, inactive, merged or of another type.

Reads a list anew only where it is older than asked for, so that flows in use cost nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ml_connector.domain.connection import Connection, MappingEntry
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.matching import Candidate, Directory
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.ports import Clock, Ports

NIGHTLY = timedelta(days=1)
LOOK_EVERY = timedelta(hours=1)


class Trouble(StrEnum):
    GONE = "gone"
    UNUSABLE = "unusable"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A mapping whose entry is not what it was when it was chosen: see `text`. `candidates` could take its place."""

    entry: MappingEntry
    trouble: Trouble
    text: str
    candidates: tuple[Candidate, ...] = ()


class MappingCheck:
    def __init__(self, ports: Ports, references: ReferenceData) -> None:
        self._ports = ports
        self._references = references

    def broken(self, connection: Connection, *, older_than: timedelta = NIGHTLY) -> list[Broken]:
        """Mappings into this target that would hold a document of today or later.

        Raises: the errors of reading a list.
        """
        today = self._ports.clock.now().date()
        entries = [
            entry
            for entry in self._ports.mappings.list(connection.id)
            if not entry.written and (entry.valid_to is None or entry.valid_to >= today)
        ]
        directories = self._directories(connection, {_list_of(entry) for entry in entries}, older_than)
        return [one for entry in entries for one in _judged(entry, directories.get(_list_of(entry)))]

    def _directories(
        self, connection: Connection, kinds: Iterable[ReferenceKind], older_than: timedelta
    ) -> dict[ReferenceKind, Directory]:
        wanted = frozenset(kinds)
        self._references.refresh(connection, wanted, older_than=older_than)
        found = {kind: self._ports.references.current(connection.id, kind) for kind in wanted}
        return {kind: Directory(current.items) for kind, current in found.items() if current is not None}


class MappingWatch:
    """The check as upkeep runs it each minute: it looks once an hour, and each time while something is broken, so that
    the alarm neither flickers nor outlives its cause. What it saw is remembered in this process only.
    """

    def __init__(self, check: MappingCheck, clock: Clock) -> None:
        self._check = check
        self._clock = clock
        self._well_since: dict[ConnectionId, datetime] = {}

    def count(self, connection: Connection) -> int:
        """How many mappings are broken. Raises: the errors of reading a list."""
        now = self._clock.now()
        seen = self._well_since.get(connection.id)
        if seen is not None and now - seen < LOOK_EVERY:
            return 0
        broken = len(self._check.broken(connection))
        if not broken:
            self._well_since[connection.id] = now
        return broken


def _list_of(entry: MappingEntry) -> ReferenceKind:
    return entry.among or entry.kind


def _judged(entry: MappingEntry, directory: Directory | None) -> Iterator[Broken]:
    if directory is None:
        return
    item = directory.by_id(entry.target_id or "")
    named = f"{entry.target_name or ''} ({entry.target_id})".strip()
    if item is None:
        text = f"{named} is not there any more: deleted, or merged into another"
        yield Broken(entry=entry, trouble=Trouble.GONE, text=text, candidates=_others(entry, directory))
    elif item.usable is not None:
        text = f"{named} cannot be used: {item.usable}"
        yield Broken(entry=entry, trouble=Trouble.UNUSABLE, text=text, candidates=_others(entry, directory))
    elif entry.target_type is not None and item.type is not None and item.type != entry.target_type:
        text = f"{named} was of type {entry.target_type} when it was chosen, and is of type {item.type} now"
        yield Broken(entry=entry, trouble=Trouble.RETYPED, text=text)


def _others(entry: MappingEntry, directory: Directory) -> tuple[Candidate, ...]:
    """What is named alike and can be used: after a merge, most often the one that is left."""
    near = directory.suggest(entry.target_name or "")
    return tuple(one for one in near if one.id != entry.target_id and one.note is None)
