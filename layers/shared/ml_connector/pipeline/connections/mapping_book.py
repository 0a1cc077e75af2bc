"""The tenant's own choices: checked against what the target has at this moment, kept with their history, and at once
of use to the records that waited for them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from ml_connector.domain.connection import Connection, MappingEntry
from ml_connector.domain.errors import ConnectorError, SettingsError
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.matching import Candidate, Directory
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Ports

COLUMNS = ("kind", "code", "target")
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a table of mappings."""

    kind: ReferenceKind
    code: str
    target: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One code and the entry of the target that it shall mean, as it was written; `place` says where."""

    connection: Connection
    kind: ReferenceKind
    code: str
    target: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSet:
    """`changed` is False where the choice stood already; `released` counts the records that waited for it."""

    entry: MappingEntry
    changed: bool
    released: int = 0


class MappingBook:
    def __init__(self, ports: Ports, references: ReferenceData, releaser: Releaser) -> None:
        self._ports = ports
        self._references = references
        self._releaser = releaser

    def set_mapping(
        self, connection: ConnectionId, kind: ReferenceKind, code: str, target: str, *, actor: str
    ) -> MappingSet:
        """Raises: OnboardingError where the target has no such entry, or several."""
        problems = Problems()
        place = f"mappings.{connection.name}.{kind}.{code}"
        held = self._ports.connections.get(connection)
        choice = Choice(connection=held, kind=kind, code=code.strip(), target=target.strip(), place=place)
        entries = resolved(self._ports, self._references, [choice], problems, actor=actor)
        problems.raise_if_any()
        return self.keep(entries)[0]

    def remove_mapping(self, connection: ConnectionId, kind: ReferenceKind, code: str, *, actor: str) -> bool:
        """Take a choice back; what was posted by it stays. False where there was none."""
        was_there = bool(self._ports.mappings.get_many(connection, kind, [code]))
        self._ports.mappings.remove(connection, kind, code, actor=actor, at=self._ports.clock.now())
        return was_there

    def import_mappings(self, connection: ConnectionId, text: str, *, actor: str) -> list[MappingSet]:
        """A table with the columns kind, code and target: all of it or, with every problem told, nothing."""
        problems = Problems()
        held = self._ports.connections.get(connection)
        choices = [
            Choice(connection=held, kind=line.kind, code=line.code, target=line.target, place=line.place)
            for line in read_table(text, problems)
        ]
        entries = resolved(self._ports, self._references, choices, problems, actor=actor)
        problems.raise_if_any()
        return self.keep(entries)

    def keep(self, entries: Iterable[MappingEntry]) -> list[MappingSet]:
        """Store what is new, all together, then release what waited for exactly these codes."""
        kept = [(entry, self._is_new(entry)) for entry in entries]
        self._ports.mappings.put([entry for entry, is_new in kept if is_new])
        return [
            MappingSet(entry=entry, changed=is_new, released=self._release(entry) if is_new else 0)
            for entry, is_new in kept
        ]

    def _is_new(self, entry: MappingEntry) -> bool:
        stored = self._ports.mappings.get_many(entry.connection, entry.kind, [entry.code])
        return stored.get(entry.code) != entry.target_id

    def _release(self, entry: MappingEntry) -> int:
        return self._releaser.release_code(entry.connection, entry.kind, entry.code, run_id=self._ports.ids.new())


def resolved(
    ports: Ports, references: ReferenceData, choices: Iterable[Choice], problems: Problems, *, actor: str
) -> list[MappingEntry]:
    """Each choice as an entry that exists in the target now. The lists are read anew, each once."""
    entries: list[MappingEntry] = []
    directories: dict[tuple[ConnectionId, ReferenceKind], Directory | None] = {}
    for choice in choices:
        key = (choice.connection.id, choice.kind)
        if key not in directories:
            directories[key] = _live(ports, references, choice, problems)
        directory = directories[key]
        if directory is None:
            continue
        with problems.at(choice.place):
            item = entry_of(directory, choice.target, setting=choice.place)
            entries.append(
                MappingEntry(
                    connection=choice.connection.id,
                    kind=choice.kind,
                    code=choice.code,
                    target_id=item.id,
                    target_name=item.name,
                    set_by=actor,
                    set_at=ports.clock.now(),
                )
            )
    return entries


def entry_of(directory: Directory, target: str, *, setting: str) -> ReferenceItem:
    """By exact id, then external id, then name. Raises: SettingsError with the candidates."""
    item = directory.by_id(target)
    found = [item] if item else directory.by_external_id(target) or directory.by_name(target)
    if len(found) > 1:
        raise SettingsError(f"{target!r} could be any of {_list(found)}: write its id", setting=setting)
    if not found:
        near = directory.suggest(target)
        hint = f"; near it: {_list(near)}" if near else ""
        raise SettingsError(f"{target!r} is not in the target{hint}", setting=setting)
    if found[0].usable is not None:
        text = f"{found[0].name} ({found[0].id}) cannot be used: {found[0].usable}"
        raise SettingsError(text, setting=setting)
    return found[0]


def read_table(text: str, problems: Problems, *, name: str = "") -> list[Line]:
    """A code that stands there twice is a problem unless both lines say the same."""
    lines: dict[tuple[ReferenceKind, str], Line] = {}
    for place, row in _rows(text, problems, name):
        kind, code, target = ((row.get(column) or "").strip() for column in COLUMNS)
        if kind not in set(ReferenceKind) or not code or not target:
            problems.add(place, f"kind (one of {', '.join(ReferenceKind)}), code and target are needed")
            continue
        line = Line(kind=ReferenceKind(kind), code=code, target=target, place=place)
        if lines.setdefault((line.kind, code), line).target != target:
            problems.add(place, f"{kind} {code} is there twice, with different targets")
    return list(lines.values())


def _rows(text: str, problems: Problems, name: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Each row with its place; none where the columns are others."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    place = f"{name} line".lstrip()
    try:
        if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
            told = f"the columns are {', '.join(COLUMNS)}; missing: {', '.join(missing)} (commas stand between them)"
            problems.add(f"{place} 1", told)
            return
        for row in rows:
            yield f"{place} {rows.line_num}", row
    except csv.Error as error:
        problems.add(f"{place} {rows.line_num + 1}", f"this is no table of comma-separated values: {error}")


def _live(ports: Ports, references: ReferenceData, choice: Choice, problems: Problems) -> Directory | None:
    kind, connection = choice.kind, choice.connection
    try:
        references.refresh(connection, frozenset({kind}), older_than=timedelta())
    except ConnectorError as error:
        problems.add(choice.place, f"the {kind} list of {connection.id.name} could not be read: {error.detail}")
        return None
    current = ports.references.current(connection.id, kind)
    if current is None:
        problems.add(choice.place, f"{connection.id.name} has no {kind} list")
        return None
    return Directory(current.items)


def _list(found: Iterable[ReferenceItem | Candidate]) -> str:
    return ", ".join(f"{item.id} ({item.name})" for item in list(found)[:_NAMED])
