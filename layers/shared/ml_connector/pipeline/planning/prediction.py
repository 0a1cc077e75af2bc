"""What the posting of a planned row would come to, asked of the target and of our guards, with the poster's own rules.

Nothing is sent. Creates are looked up together; an update or a void reads the object that it would change.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from ml_connector.domain.crossreference import CrossReference, State, Unsettled
from ml_connector.domain.errors import NeedsReviewError, RejectedError
from ml_connector.domain.identity import posting_id
from ml_connector.domain.posting import Absent, Action, Found, FoundBy, Several, Sighting, Sought, Write
from ml_connector.domain.records.record import Record, digest
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.planning.conflicts import with_kept
from ml_connector.pipeline.planning.guards import ownership, reservation
from ml_connector.pipeline.planning.plan_file import Act
from ml_connector.pipeline.planning.shadow import ShadowLedger
from ml_connector.pipeline.ports import GuardTakenError
from ml_connector.pipeline.posting.before_change import Cleared, Keeps, before_change, shows_it
from ml_connector.pipeline.posting.claims import claimed
from ml_connector.pipeline.posting.lookup import after_create_look
from ml_connector.pipeline.posting.results import Ending
from ml_connector.pipeline.posting.uses import in_use
from ml_connector.pipeline.reporting.list_reading import ListReader

_LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A planned row, the payload it would send, and the one that we last meant the target to hold."""

    row: CrossReference
    meant: Record
    last: Record | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    act: Act
    reasons: tuple[str, ...] = ()
    target_id: str | None = None
    found: str | None = None
    warning: str | None = None
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    flow: Flow
    ledger: ShadowLedger
    reader: ListReader
    settings: Mapping[str, Any]
    now: datetime

    def predict(self, wanted: Sequence[Wanted]) -> list[Predicted]:
        """One answer each, in order: of two records with one natural key the first has it."""
        creates = [one for one in wanted if _action(one) is Action.CREATE]
        sightings = self._look(creates)
        return [
            self._create(one, sightings[one.row.record.external_id])
            if _action(one) is Action.CREATE
            else self._change(one)
            for one in wanted
        ]

    def _look(self, creates: Sequence[Wanted]) -> dict[str, Sighting]:
        """Vendor by vendor where the natural key begins with it: one look-up shares what it reads."""
        ordered = sorted(creates, key=lambda one: self.flow.natural_key(one.meant) or "")
        found: dict[str, Sighting] = {}
        for some in batched(ordered, _LOOKED_UP_AT_ONCE, strict=False):
            seen = self.reader.find([_sought(one) for one in some])
            found |= {one.row.record.external_id: sighting for one, sighting in zip(some, seen, strict=True)}
            self.reader.progress(f"{self.reader.what}: {len(found):,} looked up")
        return found

    def _create(self, one: Wanted, sighting: Sighting) -> Predicted:
        """A create that does not look first would be made beside what is there: that is said, and it is not done."""
        if one.row.unsettled is None:
            refusal = self._reserve(one)
            return refusal or self._sent(one, Act.CREATE, warning=_there_already(sighting))
        match sighting:
            case Found() | Several():
                return self._found(one, sighting)
            case Absent():
                return self._reserve(one) or self._sent(one, Act.CREATE)
            case _:
                return self._sent(one, Act.CREATE, warning="the target could not be asked for it: it is asked again")

    def _found(self, one: Wanted, sighting: Found | Several) -> Predicted:
        """As the look-up before a create would end."""
        row = claimed(one.row, claim="plan", now=self.now, remaining=timedelta(), sends=False)
        ending = after_create_look(
            row,
            sighting,
            meant=one.meant,
            differs=self.reader.system.differs,
            settle=timedelta(),
            now=self.now,
            chance=random.Random(0),  # noqa: S311 - never drawn from: only an unclear look waits by chance
        )
        if isinstance(sighting, Several):
            return Predicted(act=Act.HOLD, reasons=_told(ending), target_id=", ".join(sighting.target_ids))
        kept = self._own(one, sighting, ending)
        return replace(kept, target_id=sighting.target_id, found=digest(sighting.record))

    def _own(self, one: Wanted, sighting: Found, ending: Ending) -> Predicted:
        if ending.row.state is State.HELD:
            return Predicted(act=Act.HOLD, reasons=_told(ending))
        key = self.flow.natural_key(one.meant)
        guards = [ownership(one.row, sighting.target_id), *([reservation(one.row, key)] if key else [])]
        try:
            self.ledger.take(guards)
        except GuardTakenError as taken:
            return Predicted(act=Act.HOLD, reasons=(f"it belongs to {taken.owner} already",))
        if sighting.by is FoundBy.NUMBER:
            return Predicted(act=Act.LINK, reasons=("it is in the target already: a person keyed it",))
        return Predicted(act=Act.RECOVER, reasons=("it is in the target already, with our marker",))

    def _reserve(self, one: Wanted) -> Predicted | None:
        """A natural key is one record's alone: the second is held when it is claimed."""
        key = self.flow.natural_key(one.meant)
        if key is None:
            return None
        try:
            self.ledger.take([reservation(one.row, key)])
        except GuardTakenError as taken:
            return Predicted(act=Act.HOLD, reasons=(f"the same {one.row.kind} already came as {taken.owner}",))
        return None

    def _change(self, one: Wanted) -> Predicted:
        row = one.row
        assert row.confirmed is not None
        target_id = row.confirmed.target_id
        found = self.reader.fetch(target_id)
        if found is None:
            return Predicted(act=Act.REJECT, reasons=("the target does not have it any more",), target_id=target_id)
        verdict = before_change(
            row,
            found,
            last=one.last,
            meant=one.meant,
            differs=self.reader.system.differs,
            settings=self.settings,
            now=self.now,
        )
        if isinstance(verdict, Keeps):
            last, meant = with_kept(one.last or one.meant, verdict.kept), with_kept(one.meant, verdict.kept)
            one = replace(one, last=last, meant=meant)
            verdict = Cleared(revision=found.revision)
        used = in_use(self.reader.system, row)
        if isinstance(verdict, Cleared) and used is not None:
            predicted = Predicted(act=Act.HOLD, reasons=(used.text,))
        elif isinstance(verdict, Cleared) and self._is_there(one, found):
            predicted = Predicted(act=Act.NONE, reasons=("the target shows it already",))
        elif isinstance(verdict, Cleared):
            act = Act.VOID if _action(one) is Action.VOID else Act.UPDATE
            predicted = self._sent(one, act, revision=verdict.revision)
        else:
            act = Act.VOID if verdict.row.state is State.REVERSED else Act.HOLD
            predicted = Predicted(act=act, reasons=_told(verdict))
        return replace(predicted, target_id=target_id, found=digest(found))

    def _is_there(self, one: Wanted, found: Record) -> bool:
        if _action(one) is not Action.UPDATE:
            return False
        return shows_it(self.reader.system, one.row, last=one.last, meant=one.meant, found=found)

    def _sent(self, one: Wanted, act: Act, *, warning: str | None = None, revision: str | None = None) -> Predicted:
        write = Write(
            posting_id=posting_id(one.row.record, n=one.row.n, epoch=one.row.epoch),
            action=_action(one),
            record=one.meant,
            marker=one.row.record.marker,
            target_id=one.row.confirmed.target_id if one.row.confirmed else None,
            revision=revision,
        )
        try:
            payload = self.reader.preview(write)
        except RejectedError as error:
            return Predicted(act=Act.REJECT, reasons=(error.detail,))
        except NeedsReviewError as error:
            return Predicted(act=Act.HOLD, reasons=(error.detail,))
        return Predicted(act=act, payload=payload, warning=warning)


def _action(one: Wanted) -> Action:
    assert one.row.planned is not None
    return one.row.planned.action


def _sought(one: Wanted) -> Sought:
    row = one.row
    doubt: Unsettled | None = row.unsettled
    n = doubt.n if doubt else row.n
    return Sought(
        posting_id=posting_id(row.record, n=n, epoch=row.epoch),
        marker=row.record.marker,
        record=one.meant,
        given_up=row.given_up,
        everywhere=doubt is not None and doubt.everywhere,
    )


def _there_already(sighting: Sighting) -> str | None:
    match sighting:
        case Found(target_id):
            return f"the target has it already as {target_id}: set look_first, or it would be there twice"
        case Several(why, target_ids):
            return f"{why}: {', '.join(target_ids)}; set look_first, and it is held for a person"
        case _:
            return None


def _told(ending: Ending) -> tuple[str, ...]:
    return tuple(reason.text for reason in ending.row.reasons)
