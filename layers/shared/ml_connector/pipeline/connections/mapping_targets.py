"""What a choice means in the target: the entry of a list that it has now, or a text where it has no such list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ml_connector.domain.connection import Connection, MappingEntry
from ml_connector.domain.errors import ConnectorError, SettingsError
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.matching import Candidate, Directory
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.ports import Ports

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One code and the entry of the target that it shall mean, as it was written; `place` says where.

    For documents of the days from `valid_from` to `valid_to`, both included.
    """

    connection: Connection
    kind: ReferenceKind
    code: str
    target: str
    place: str
    valid_from: date | None = None
    valid_to: date | None = None


class Targets:
    """Reads each of the target's lists anew, once."""

    def __init__(self, ports: Ports, references: ReferenceData, problems: Problems) -> None:
        self._ports = ports
        self._references = references
        self._problems = problems
        self._directories: dict[tuple[ConnectionId, ReferenceKind], Directory | None] = {}

    def entry(self, choice: Choice, *, actor: str) -> MappingEntry | None:
        """None, and a problem told, where the target has no such entry."""
        connector = self._references.connector(choice.connection)
        if read := connector.mapped_as_written.get(choice.kind):
            try:
                return self._entry(choice, read(choice.target), actor=actor, written=True)
            except ValueError as error:
                self._problems.add(choice.place, str(error))
                return None
        among = connector.mapped_among.get(choice.kind)
        directory = self._directory(choice, among or choice.kind)
        if directory is None:
            return None
        with self._problems.at(choice.place):
            item = entry_of(directory, choice.target, setting=choice.place)
            return self._entry(choice, item, actor=actor, among=among)
        return None

    def _entry(
        self,
        choice: Choice,
        item: ReferenceItem,
        *,
        actor: str,
        among: ReferenceKind | None = None,
        written: bool = False,
    ) -> MappingEntry:
        return MappingEntry(
            connection=choice.connection.id,
            kind=choice.kind,
            code=choice.code,
            target_id=item.id,
            target_name=item.name,
            target_type=item.type,
            among=among,
            written=written,
            valid_from=choice.valid_from,
            valid_to=choice.valid_to,
            set_by=actor,
            set_at=self._ports.clock.now(),
        )

    def _directory(self, choice: Choice, kind: ReferenceKind) -> Directory | None:
        key = (choice.connection.id, kind)
        if key not in self._directories:
            self._directories[key] = self._live(choice, kind)
        return self._directories[key]

    def _live(self, choice: Choice, kind: ReferenceKind) -> Directory | None:
        connection = choice.connection
        try:
            self._references.refresh(connection, frozenset({kind}), older_than=timedelta())
        except ConnectorError as error:
            told = f"the {kind} list of {connection.id.name} could not be read: {error.detail}"
            self._problems.add(choice.place, told)
            return None
        current = self._ports.references.current(connection.id, kind)
        if current is None:
            self._problems.add(choice.place, f"{connection.id.name} has no {kind} list")
            return None
        return Directory(current.items)


def resolved(
    ports: Ports, references: ReferenceData, choices: Iterable[Choice], problems: Problems, *, actor: str
) -> list[MappingEntry]:
    """Each choice as an entry that exists in the target now."""
    targets = Targets(ports, references, problems)
    found = [targets.entry(choice, actor=actor) for choice in choices]
    return [entry for entry in found if entry is not None]


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


def _list(found: Iterable[ReferenceItem | Candidate]) -> str:
    return ", ".join(f"{item.id} ({item.name})" for item in list(found)[:_NAMED])
