"""Payloads, reference data and mappings in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.mapping import MappingChange, changed
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem, ReferenceList
from ml_connector.pipeline.ports import PayloadKey


class FakePayloads:
    def __init__(self) -> None:
        self.stored: dict[PayloadKey, bytes] = {}

    def put_many(self, payloads: Mapping[PayloadKey, bytes]) -> None:
        self.stored.update(payloads)

    def get(self, key: PayloadKey) -> bytes:
        return self.stored[key]

    def get_many(self, keys: Sequence[PayloadKey]) -> dict[PayloadKey, bytes]:
        return {key: self.stored[key] for key in keys if key in self.stored}


class FakeReferences:
    def __init__(self) -> None:
        self.lists: dict[tuple[ConnectionId, ReferenceKind], ReferenceList] = {}

    def current(self, connection: ConnectionId, kind: ReferenceKind) -> ReferenceList | None:
        return self.lists.get((connection, kind))

    def replace(self, connection: ConnectionId, items: ReferenceList) -> None:
        """Unchanged content keeps its generation, and a list read earlier never replaces one read later."""
        key = (connection, items.kind)
        known = self.lists.get(key)
        if known is not None and known.read_at > items.read_at:
            return
        if known is not None and _content(known) == _content(items):
            items = replace(known, read_at=items.read_at)
        self.lists[key] = items


class FakeMappings:
    def __init__(self) -> None:
        self._changes: dict[tuple[ConnectionId, ReferenceKind, str], list[MappingChange]] = {}

    def get_many(
        self, connection: ConnectionId, wanted: Iterable[tuple[ReferenceKind, str]]
    ) -> dict[tuple[ReferenceKind, str], tuple[MappingEntry, ...]]:
        found = {(kind, code): self._newest((connection, kind, code)) for kind, code in wanted}
        return {key: entries for key, entries in found.items() if entries}

    def put(self, entries: Sequence[MappingEntry]) -> None:
        for entry in entries:
            key = (entry.connection, entry.kind, entry.code)
            changes = self._changes.setdefault(key, [])
            changes.append(changed(self._newest(key), entry, version=len(changes) + 1))

    def history(self, connection: ConnectionId, kind: ReferenceKind, code: str) -> list[MappingChange]:
        return [*self._changes.get((connection, kind, code), [])]

    def _newest(self, key: tuple[ConnectionId, ReferenceKind, str]) -> tuple[MappingEntry, ...]:
        changes = self._changes.get(key)
        return changes[-1].after if changes else ()

    def list(self, connection: ConnectionId, kind: ReferenceKind | None = None) -> list[MappingEntry]:
        ours = [key for key in sorted(self._changes) if key[0] == connection and kind in (None, key[1])]
        return [entry for key in ours for entry in self._newest(key)]


def _content(items: ReferenceList) -> list[ReferenceItem]:
    return sorted(items.items, key=lambda item: item.id)
