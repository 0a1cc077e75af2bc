"""Payloads, reference data and mappings in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.identity import ConnectionId
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
        self._versions: dict[tuple[ConnectionId, ReferenceKind, str], list[MappingEntry]] = {}

    def get_many(self, connection: ConnectionId, kind: ReferenceKind, codes: Sequence[str]) -> dict[str, str]:
        found = {code: self._target((connection, kind, code)) for code in codes}
        return {code: target_id for code, target_id in found.items() if target_id is not None}

    def put(self, entries: Sequence[MappingEntry]) -> None:
        for entry in entries:
            versions = self._versions.setdefault((entry.connection, entry.kind, entry.code), [])
            versions.append(replace(entry, version=len(versions) + 1))

    def remove(self, connection: ConnectionId, kind: ReferenceKind, code: str, *, actor: str, at: datetime) -> None:
        if self._target((connection, kind, code)) is None:
            return
        gone = MappingEntry(connection=connection, kind=kind, code=code, target_id=None, set_by=actor, set_at=at)
        self.put([gone])

    def history(self, connection: ConnectionId, kind: ReferenceKind, code: str) -> list[MappingEntry]:
        return [*self._versions.get((connection, kind, code), [])]

    def _target(self, key: tuple[ConnectionId, ReferenceKind, str]) -> str | None:
        versions = self._versions.get(key)
        return versions[-1].target_id if versions else None

    def list(self, connection: ConnectionId, kind: ReferenceKind | None = None) -> list[MappingEntry]:
        newest = [versions[-1] for key, versions in sorted(self._versions.items()) if key[0] == connection]
        return [entry for entry in newest if entry.target_id is not None and kind in (None, entry.kind)]


def _content(items: ReferenceList) -> list[ReferenceItem]:
    return sorted(items.items, key=lambda item: item.id)
