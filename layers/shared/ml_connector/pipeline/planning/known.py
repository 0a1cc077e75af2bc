"""Answer what a delivery's plans ask, in as few reads as possible: one snapshot per kind of key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.mapping import valid_on
from ml_connector.domain.matching import Directory, How, Match, Matched, match, normalised
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key, ReferenceItem
from ml_connector.pipeline.flow import Flow, Known, Named
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

    def resolve(
        self, target: ConnectionId, keys: Iterable[Key], *, lists: frozenset[ReferenceKind] | None = None
    ) -> dict[Key, Match]:
        """What each key is in the target. `lists` are the kinds that it has lists of; None: those that were read.

        Raises: ReferenceNotReadError where one of `lists` was not.
        """
        asked = sorted(frozenset(keys), key=lambda key: key.kind)
        mapped = self.ports.mappings.get_many(target, {(key.kind, key.code) for key in asked})
        today = self.ports.clock.now().date()
        found: dict[Key, Match] = {}
        for kind, some in groupby(asked, key=lambda key: key.kind):
            entries = {key: valid_on(mapped.get((kind, key.code), ()), key.on or today) for key in some}
            found |= self._of_kind(target, kind, entries, lists)
        return found

    def snapshot(self, flow: Flow, source: ConnectionId, target: ConnectionId, records: Sequence[Record]) -> Snapshot:
        needs = {id(record): flow.needs(record) for record in records}
        matches = self.resolve(target, frozenset().union(*needs.values()), lists=flow.references)
        namesakes = self._namesakes(source) if ReferenceKind.VENDOR in flow.references else {}
        own = {kind: self._of_source(source, kind) for kind in sorted(flow.source_references)}
        return Snapshot(needs=needs, matches=matches, namesakes=namesakes, source=own)

    def _of_kind(
        self,
        target: ConnectionId,
        kind: ReferenceKind,
        mapped: Mapping[Key, MappingEntry | None],
        lists: frozenset[ReferenceKind] | None,
    ) -> dict[Key, Match]:
        """What is mapped to a text is that text; all else is looked for in the list that it stands in."""
        found: dict[Key, Match] = {key: _as_written(key, one) for key, one in mapped.items() if one and one.written}
        asked = {key: entry for key, entry in mapped.items() if key not in found}
        codes = sorted({key.code for key in asked})
        made = self.ports.ledger.made(target, kind, codes) if codes and (lists is None or kind in lists) else {}
        among = {key: (entry and entry.among) or kind for key, entry in asked.items()}
        directories = {one: self._list(target, one, lists) for one in frozenset(among.values())}
        for key, entry in asked.items():
            target_id = entry.target_id if entry else None
            found[key] = match(
                key, directories[among[key]], mapped=target_id, cross_reference=made.get(key.code) or None
            )
        return found

    def _list(self, target: ConnectionId, kind: ReferenceKind, lists: frozenset[ReferenceKind] | None) -> Directory:
        try:
            return self.directory(target, kind) if lists is None or kind in lists else Directory()
        except ReferenceNotReadError:
            if lists is not None:
                raise
            return Directory()

    def _of_source(self, source: ConnectionId, kind: ReferenceKind) -> Directory:
        try:
            return self.directory(source, kind)
        except ReferenceNotReadError:  # a name is no reason to wait
            return Directory()

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
        """Names that several numbers of the source share, normalised, as far as its list was read by any flow.

        What has no number yet, or is not active, becomes no vendor: it takes no name from one that does.
        """
        current = self.ports.references.current(source, ReferenceKind.VENDOR)
        numbers: dict[str, set[str]] = defaultdict(set)
        for item in current.items if current else ():
            if item.external_id and item.usable is None:
                numbers[normalised(item.name)].add(item.external_id)
        return {name: tuple(sorted(some)) for name, some in numbers.items() if len(some) > 1}


def _as_written(key: Key, entry: MappingEntry) -> Matched:
    text = entry.target_id or ""
    return Matched(key=key, item=ReferenceItem(id=text, name=entry.target_name or text), how=How.MAPPING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    needs: Mapping[int, frozenset[Key]]
    matches: Mapping[Key, Match]
    namesakes: Mapping[str, tuple[str, ...]]
    source: Mapping[ReferenceKind, Directory] = field(default_factory=dict)

    def known(
        self, record: Record, *, settings: Mapping[str, Any], posted: bool, statuses: Mapping[Named, str]
    ) -> Known:
        asked = self.needs[id(record)]
        return Known(
            matches={key: self.matches[key] for key in asked},
            settings=settings,
            posted=posted,
            namesakes=self.namesakes,
            statuses=statuses,
            source=self.source,
        )
