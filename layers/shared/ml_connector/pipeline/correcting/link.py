"""Link a record to what a person made for it in the target: from then on it is the record's counterpart.

For an event whose create failed and was then made by hand: asked for again, it finds that nothing is left to do.
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import Confirmed, CrossReference, GuardKind, Origin, State
from ml_connector.domain.errors import NotFoundError, SettingsError
from ml_connector.domain.identity import RecordId
from ml_connector.domain.posting import Asked
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.planning.guards import ownership, reservation, reserved_by
from ml_connector.pipeline.planning.holding import in_state, without_target
from ml_connector.pipeline.ports import Change, GuardTakenError, MovedError, Ports
from ml_connector.pipeline.posting.lookup import is_deleted

LINKABLE = frozenset({State.REJECTED, State.DEAD, State.HELD, State.SKIPPED, State.REVERSED})
_TRIES = 4


class Linking:
    def __init__(self, ports: Ports, catalog: Catalog, systems: Systems) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems

    def link(self, record: RecordId, target: str, *, actor: str, reason: str | None = None) -> CrossReference:
        """`target` is the object's id in the target, or a name that the target takes for one (an issue's key).

        Raises: KeyError where there is no such record, SettingsError where it cannot be linked, MovedError, and what
        reading the target raises.
        """
        with_number = True
        for _ in range(_TRIES):
            row = self._ports.ledger.get(record)
            if row is None:
                raise KeyError(str(record))
            _check(row)
            found = self._found(row, target)
            change = self._change(row, found, actor, reason)
            try:
                return self._ports.ledger.commit(self._numbered(change, found) if with_number else change)
            except MovedError:
                continue
            except GuardTakenError as taken:
                if taken.guard.kind is GuardKind.RESERVATION:
                    with_number = False
                    continue
                text = f"{target} is the counterpart of {taken.owner} already"
                raise SettingsError(text, setting="target") from taken
        raise MovedError(f"{record} kept moving")

    def _change(self, row: CrossReference, found: Record, actor: str, reason: str | None) -> Change:
        now = self._ports.clock.now()
        sure = Confirmed(
            n=row.n,
            target_id=found.external_id,
            digest="",
            source_digest=row.wanted.digest if row.wanted else "",
            origin=Origin.ADOPTED,
            at=now,
        )
        text = f"linked to {found.number or found.external_id}, made by hand, on a person's word"
        said = text + (f": {reason}" if reason else "")
        event = AuditEvent(step=Step.LINKED, at=now, actor=actor, text=said, detail={"target_id": found.external_id})
        done = replace(
            without_target(row),
            confirmed=sure,
            planned=None,
            unsettled=None,
            attempts=0,
            other_number=found.number if found.number != row.number else row.other_number,
        )
        after = in_state(done, State.LINKED, now, reasons=(), due_at=None)
        return Change(before=row, after=after, events=(event,), take=(ownership(row, sure.target_id),))

    def _numbered(self, change: Change, found: Record) -> Change:
        """The number is the record's from now on, so that no other is posted under it; one that another has is left."""
        row = change.after
        key = self._catalog.flow(row.record.flow.flow).natural_key(found)
        if key is None or key == row.reservation:
            return change
        take, release = (*change.take, reservation(row, key)), reserved_by(row)
        return replace(change, after=replace(row, reservation=key), take=take, release=release)

    def _found(self, row: CrossReference, target: str) -> Record:
        system = self._systems.open(self._ports.connections.get(row.record.flow.target_connection))
        try:
            found = system.fetch(row.kind, target)
        except NotFoundError as error:
            raise SettingsError(f"the target has no {row.kind} {target}", setting="target") from error
        if isinstance(found, Asked):
            raise SettingsError("its system answers only when it visits us, so it cannot be read now", setting="target")
        if is_deleted(found):
            raise SettingsError(f"{target} is deleted in the target", setting="target")
        return found


def _check(row: CrossReference) -> None:
    stands = row.confirmed is not None and row.state is not State.REVERSED
    if row.state not in LINKABLE or stands or row.in_flight is not None:
        states = ", ".join(sorted(LINKABLE))
        text = f"it is {row.state}: a link is for a record that has nothing in the target and is {states}"
        raise SettingsError(text, setting="record")
