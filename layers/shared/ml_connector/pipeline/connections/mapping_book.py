"""The tenant's own choices: checked against what the target has at this moment, kept with their history, and at once
of use to the records that waited for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.mapping import covers, has_period, overlap, stands
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.connections.mapping_reach import Touched, touched_by
from ml_connector.pipeline.connections.mapping_table import read_table
from ml_connector.pipeline.connections.mapping_targets import Choice, resolved
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSet:
    """`changed` is False where the choice stood already; `released` counts the records that waited for it.

    `before` are the code's mappings until now, for any of the same days.
    """

    entry: MappingEntry
    changed: bool
    released: int = 0
    before: tuple[MappingEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What was done, or would be: `touched` are the open documents that name one of the codes on one of its days."""

    sets: tuple[MappingSet, ...]
    touched: tuple[Touched, ...]

    @property
    def changed(self) -> int:
        return sum(one.changed for one in self.sets)

    @property
    def released(self) -> int:
        return sum(one.released for one in self.sets)


class MappingBook:
    def __init__(self, ports: Ports, references: ReferenceData, releaser: Releaser) -> None:
        self._ports = ports
        self._references = references
        self._releaser = releaser

    def set_mapping(
        self,
        connection: ConnectionId,
        kind: ReferenceKind,
        code: str,
        target: str,
        *,
        actor: str,
        valid_from: date | None = None,
        valid_to: date | None = None,
        dry_run: bool = False,
    ) -> Changes:
        """Raises: OnboardingError where the target has no such entry, or several."""
        choice = Choice(
            connection=self._ports.connections.get(connection),
            kind=kind,
            code=code.strip(),
            target=target.strip(),
            place=f"mappings.{connection.name}.{kind}.{code}",
            valid_from=valid_from,
            valid_to=valid_to,
        )
        return self._take([choice], Problems(), actor=actor, dry_run=dry_run)

    def import_mappings(self, connection: ConnectionId, text: str, *, actor: str, dry_run: bool = False) -> Changes:
        """A table (`mapping_table.py`): all of it or, with every problem told, nothing."""
        problems = Problems()
        held = self._ports.connections.get(connection)
        choices = [
            Choice(
                connection=held,
                kind=line.kind,
                code=line.code,
                target=line.target,
                place=line.place,
                valid_from=line.valid_from,
                valid_to=line.valid_to,
            )
            for line in read_table(text, problems)
        ]
        return self._take(choices, problems, actor=actor, dry_run=dry_run)

    def remove_mapping(
        self,
        connection: ConnectionId,
        kind: ReferenceKind,
        code: str,
        *,
        actor: str,
        valid_from: date | None = None,
        valid_to: date | None = None,
        dry_run: bool = False,
    ) -> Changes:
        """Take a choice back, for those days; what was posted by it stays. Nothing changed where there was none."""
        gone = MappingEntry(
            connection=connection,
            kind=kind,
            code=code,
            target_id=None,
            valid_from=valid_from,
            valid_to=valid_to,
            set_by=actor,
            set_at=self._ports.clock.now(),
        )
        return self._change([gone], dry_run=dry_run)

    def keep(self, entries: Iterable[MappingEntry]) -> Changes:
        """Store what an onboarding file chooses. A code that has mappings by days is left as it is."""
        plain = [entry for entry, stored in self._with_stored(list(entries)) if not any(map(has_period, stored))]
        return self._change(plain, dry_run=False)

    def _take(self, choices: Sequence[Choice], problems: Problems, *, actor: str, dry_run: bool) -> Changes:
        entries = resolved(self._ports, self._references, choices, problems, actor=actor)
        problems.raise_if_any()
        return self._change(entries, dry_run=dry_run)

    def _change(self, entries: Sequence[MappingEntry], *, dry_run: bool) -> Changes:
        """Store what is new, all together; then release what waited for it, and plan anew what was not sent yet."""
        looked = [self._looked_at(entry, some) for entry, some in self._with_stored(entries)]
        new = [one.entry for one in looked if one.changed]
        touched = touched_by(self._ports, self._references.catalog, new)
        if dry_run or not new:
            return Changes(sets=tuple(looked), touched=touched)
        self._ports.mappings.put(new)
        run_id = self._ports.ids.new()
        done = [self._released(one, run_id) for one in looked]
        planned = [one.record for one in touched if one.state is State.PLANNED]
        self._releaser.plan_again(planned, cause=NoticeCause.RELEASED, run_id=run_id)
        return Changes(sets=tuple(done), touched=touched)

    def _with_stored(self, entries: Sequence[MappingEntry]) -> list[tuple[MappingEntry, Sequence[MappingEntry]]]:
        """Each with its code's mappings until now; one read for each target."""
        stored = {
            connection: self._ports.mappings.get_many(
                connection, {(entry.kind, entry.code) for entry in entries if entry.connection == connection}
            )
            for connection in {entry.connection for entry in entries}
        }
        return [(entry, stored[entry.connection].get((entry.kind, entry.code), ())) for entry in entries]

    def _looked_at(self, entry: MappingEntry, stored: Sequence[MappingEntry]) -> MappingSet:
        before = tuple(one for one in stored if overlap(one, entry))
        is_new = bool(before) if entry.target_id is None else not stands(stored, entry)
        return MappingSet(entry=entry, changed=is_new, before=before)

    def _released(self, one: MappingSet, run_id: str) -> MappingSet:
        """A choice taken back cures nothing."""
        entry = one.entry
        if not one.changed or entry.target_id is None:
            return one
        released = self._releaser.release_code(
            entry.connection, entry.kind, entry.code, run_id=run_id, of_day=lambda day: covers(entry, day)
        )
        return MappingSet(entry=entry, changed=True, released=released, before=one.before)
