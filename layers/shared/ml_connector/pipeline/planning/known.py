"""Answer what a delivery's plans ask, in as few reads as possible: one snapshot per kind of key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.matching import Directory, Match, match, normalised
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key
from ml_connector.pipeline.flow import Flow, Known
from ml_connector.pipeline.ports import Ports


class ReferenceNotReadError(Exception):
    """A plan needs a list of the target's that was never read in full: the flow's poll reads it first."""


def settings_of(flow: Flow, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The tenant's choices, and the flow's own where none was made."""
    return {setting.name: setting.default for setting in flow.settings} | dict(chosen)


@dataclass
class Knowledge:
    """Resolves keys against one target connection. Directories are kept by generation for the life of the process."""

    ports: Ports
    _directories: dict[tuple[ConnectionId, ReferenceKind], tuple[str, Directory]] = field(default_factory=dict)

    def resolve(self, target: ConnectionId, keys: Iterable[Key]) -> dict[Key, Match]:
        by_kind: dict[ReferenceKind, list[Key]] = defaultdict(list)
        for key in keys:
            by_kind[key.kind].append(key)
        return {
            key: found for kind, some in by_kind.items() for key, found in self._of_kind(target, kind, some).items()
        }

    def snapshot(self, flow: Flow, source: ConnectionId, target: ConnectionId, records: Sequence[Record]) -> Snapshot:
        needs = {id(record): flow.needs(record) for record in records}
        matches = self.resolve(target, frozenset().union(*needs.values()))
        namesakes = self._namesakes(source) if ReferenceKind.VENDOR in flow.source_references else {}
        return Snapshot(needs=needs, matches=matches, namesakes=namesakes)

    def _of_kind(self, target: ConnectionId, kind: ReferenceKind, keys: list[Key]) -> dict[Key, Match]:
        codes = sorted({key.code for key in keys})
        mapped = self.ports.mappings.get_many(target, kind, codes)
        made = self.ports.ledger.made(target, kind, codes)
        directory = self.directory(target, kind)
        return {
            key: match(key, directory, mapped=mapped.get(key.code), cross_reference=made.get(key.code)) for key in keys
        }

    def directory(self, connection: ConnectionId, kind: ReferenceKind) -> Directory:
        current = self.ports.references.current(connection, kind)
        if current is None:
            raise ReferenceNotReadError(f"the {kind} list of {connection} was not read yet")
        kept = self._directories.get((connection, kind))
        if kept is None or kept[0] != current.generation:
            kept = (current.generation, Directory(current.items))
            self._directories[connection, kind] = kept
        return kept[1]

    def _namesakes(self, source: ConnectionId) -> dict[str, tuple[str, ...]]:
        """Names that several numbers of the source share, normalised."""
        current = self.ports.references.current(source, ReferenceKind.VENDOR)
        numbers: dict[str, set[str]] = defaultdict(set)
        for item in current.items if current else ():
            numbers[normalised(item.name)].add(item.external_id or item.id)
        return {name: tuple(sorted(some)) for name, some in numbers.items() if len(some) > 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    needs: Mapping[int, frozenset[Key]]
    matches: Mapping[Key, Match]
    namesakes: Mapping[str, tuple[str, ...]]

    def known(self, record: Record, *, settings: Mapping[str, Any], posted: bool) -> Known:
        asked = self.needs[id(record)]
        return Known(
            matches={key: self.matches[key] for key in asked},
            settings=settings,
            posted=posted,
            namesakes=self.namesakes,
        )
