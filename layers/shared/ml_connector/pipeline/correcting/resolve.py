"""One record on which the two systems disagree: a person says which side is right, for this record and this once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import CrossReference, Origin, Planned, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import NotFoundError, SettingsError
from ml_connector.domain.identity import RecordId
from ml_connector.domain.posting import Action, Asked
from ml_connector.domain.records.record import Record, digest, dump, load
from ml_connector.pipeline.catalog import Systems
from ml_connector.pipeline.planning.holding import in_state
from ml_connector.pipeline.planning.planner import target_payload_key
from ml_connector.pipeline.planning.settle import ADOPTED_CHANGED, TARGET_CONFLICT, TARGET_DIFFERS
from ml_connector.pipeline.planning.standing import TARGET_KEPT
from ml_connector.pipeline.ports import Change, MovedError, Ports
from ml_connector.pipeline.posting.lookup import is_deleted

SOURCE_MAY_WIN = frozenset({TARGET_CONFLICT, TARGET_DIFFERS})
TARGET_MAY_STAY = SOURCE_MAY_WIN | {"target_paid", ADOPTED_CHANGED, "changed"}
_TRIES = 4


class Side(StrEnum):
    SOURCE = "source"
    TARGET = "target"


class Resolving:
    def __init__(self, ports: Ports, systems: Systems) -> None:
        self._ports = ports
        self._systems = systems

    def resolve(self, record: RecordId, side: Side, *, actor: str, reason: str | None = None) -> CrossReference:
        """The row as it is now. The source's values are on their way then, the target's stand until the source changes.

        Raises: KeyError where there is no such record, SettingsError where it is in no such conflict, MovedError, and
        what reading the target raises.
        """
        for _ in range(_TRIES):
            row = self._ports.ledger.get(record)
            if row is None:
                raise KeyError(str(record))
            _check(row, SOURCE_MAY_WIN if side is Side.SOURCE else TARGET_MAY_STAY, side)
            try:
                return self._take_source(row, actor, reason) if side is Side.SOURCE else self._keep(row, actor, reason)
            except MovedError:
                continue
        raise MovedError(f"{record} kept moving")

    def _take_source(self, row: CrossReference, actor: str, reason: str | None) -> CrossReference:
        """The write that was held goes out, over what a person changed; both values come into the trail with it."""
        assert row.confirmed is not None
        now, sure = self._ports.clock.now(), row.confirmed
        held = row.planned
        again = Planned(action=Action.UPDATE, digest=sure.digest, source_digest=sure.source_digest, run=sure.run)
        planned = replace(held or again, insists=True)
        after = replace(row, planned=planned, n=row.n if held else row.n + 1, attempts=0)
        event = _event(now, actor, "the source wins over what stands in the target", reason, {})
        stored = self._ports.ledger.commit(
            Change(before=row, after=in_state(after, State.PLANNED, now, reasons=(), due_at=now), events=(event,))
        )
        self._ports.postings.send([row.record])
        return stored

    def _keep(self, row: CrossReference, actor: str, reason: str | None) -> CrossReference:
        """What the target holds becomes what we mean it to hold, as long as the source stays as it is."""
        assert row.confirmed is not None
        found = self._found(row, row.confirmed.target_id)
        held = replace(found, marker=row.record.marker)  # type: ignore[type-var]
        content = digest(held)
        self._ports.payloads.put_many({target_payload_key(row, content): dump(held)})
        now, sure = self._ports.clock.now(), row.confirmed
        source = row.wanted.digest if row.wanted else sure.source_digest
        told = Reason(code=TARGET_KEPT, text=f"what stands in the target was kept, on the word of {actor}")
        event = _event(
            now, actor, "what stands in the target is kept", reason, {"kept": encode(held), "meant": self._meant(row)}
        )
        kept = replace(sure, digest=content, source_digest=source, kept=True, at=now)
        state = State.LINKED if sure.origin is Origin.ADOPTED else State.POSTED
        after = in_state(replace(row, confirmed=kept, planned=None), state, now, reasons=(told,), due_at=None)
        return self._ports.ledger.commit(Change(before=row, after=after, events=(event,)))

    def _found(self, row: CrossReference, target_id: str) -> Record:
        system = self._systems.open(self._ports.connections.get(row.record.flow.target_connection))
        try:
            found = system.fetch(row.kind, target_id)
        except NotFoundError as error:
            raise SettingsError("it is not in the target any more", setting="record") from error
        if isinstance(found, Asked):
            raise SettingsError("its system answers only when it visits us, so it cannot be read now", setting="record")
        if is_deleted(found):
            raise SettingsError("it is deleted in the target: put the record aside instead", setting="record")
        return found

    def _meant(self, row: CrossReference) -> object:
        version = row.planned.digest if row.planned else None
        try:
            return encode(load(self._ports.payloads.get(target_payload_key(row, version)))) if version else None
        except KeyError:
            return None


def _check(row: CrossReference, codes: frozenset[str], side: Side) -> None:
    reasons = [reason.code for reason in row.reasons]
    fits = row.state is State.HELD and row.confirmed is not None and not row.is_busy and not row.is_being_undone
    if not fits or codes.isdisjoint(reasons):
        why = f"it is {row.state}" + (f" ({', '.join(reasons)})" if reasons else "")
        text = f"{why}: --take {side} is for records held as {', '.join(sorted(codes))}"
        raise SettingsError(text, setting="record")


def _event(now: datetime, actor: str, text: str, reason: str | None, detail: dict[str, object]) -> AuditEvent:
    said = f"{text}, on a person's word" + (f": {reason}" if reason else "")
    return AuditEvent(step=Step.CONFLICT, at=now, actor=actor, text=said, detail=detail)
