"""Look first: every row with an unsettled write is looked up before anything is written for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import ConnectorError, NotFoundError, TransientError
from ml_connector.domain.identity import posting_id
from ml_connector.domain.posting import Action, Asked, Sighting, Sought, Unclear
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.posting.lookup import (
    after_change_look,
    after_create_look,
    after_look_elsewhere,
    is_elsewhere,
)
from ml_connector.pipeline.posting.results import Ending, held, not_sent
from ml_connector.pipeline.posting.shift import InHand, Shift

_NEXT_VISIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    shift: Shift

    def look(self, rows: Sequence[CrossReference], left: list[CrossReference]) -> list[CrossReference]:
        """Answers the rows that are free to be written: what was in doubt is surely absent. Others are done with."""
        if not rows or self.shift.is_over():
            left.extend(rows)
            return []
        creates = deque(row for row in rows if _doubtful_action(row) is Action.CREATE)
        changes = [row for row in rows if _doubtful_action(row) is not Action.CREATE]
        ended = self._look_for_creates(creates)
        left.extend(creates)
        for row in changes:
            if self.shift.is_over():
                left.append(row)
            elif (hand := self._claim(row)) is not None:
                ended.append(self._look_at_change(hand))
        return [row for row in ended if row is not None and self._is_free(row)]

    def _claim(self, row: CrossReference) -> InHand | None:
        assert row.unsettled is not None
        try:
            meant = self.shift.desk.payload(row, row.unsettled.digest)
        except KeyError:
            reason = Reason(code="payload_missing", text="what was sent is not stored any more: compare by hand")
            now = self.shift.ports.clock.now()
            self.shift.desk.end(row, lambda row: held(row, reason, now=now, settled=False), claim=None)
            return None
        return self.shift.claim(row, meant=meant, sends=False)

    def _look_for_creates(self, rows: deque[CrossReference]) -> list[CrossReference | None]:
        """Takes from `rows` what was begun. What was seen counts at once, whatever becomes of the rest."""
        hands: deque[InHand] = deque()
        ended: list[CrossReference | None] = []
        sightings = self.shift.system.find(self._claims(rows, hands))
        while True:
            try:
                sighting = next(sightings, None)
            except ConnectorError as error:
                return [*ended, *self.shift.reads_failed(hands, error)]
            if sighting is None:
                return ended
            ended.append(self._seen(hands.popleft(), sighting))

    def _claims(self, rows: deque[CrossReference], hands: deque[InHand]) -> Iterator[Sought]:
        """Claims one row at a time, just before the system asks for it."""
        epoch = self.shift.ports.epochs.current().number if rows else 0
        while rows and not self.shift.is_over():
            if (hand := self._claim(rows.popleft())) is not None:
                hands.append(hand)
                yield replace(_sought(hand), everywhere=_may_be_forgotten(hand.row, epoch))

    def _seen(self, hand: InHand, sighting: Sighting) -> CrossReference | None:
        system = self.shift.system

        def ending(row: CrossReference) -> Ending:
            return after_create_look(
                row,
                sighting,
                meant=hand.meant,
                differs=system.differs,
                settle=system.limits.settle,
                now=self.shift.ports.clock.now(),
                chance=self.shift.chance,
                only_audits=self.shift.only_audits(row),
            )

        return self.shift.desk.end(hand.row, ending, claim=hand.claim, meant=hand.meant)

    def _look_at_change(self, hand: InHand) -> CrossReference | None:
        assert hand.row.confirmed is not None
        system = self.shift.system
        try:
            found = system.fetch(hand.row.kind, hand.row.confirmed.target_id)
        except NotFoundError as error:
            return self._look_elsewhere(hand, error)
        except ConnectorError as error:
            return self.shift.read_failed(hand, error)
        if isinstance(found, Asked):
            return self._put_back(hand)
        last = self._last(hand.row)

        def ending(row: CrossReference) -> Ending:
            return after_change_look(
                row,
                found,
                meant=hand.meant,
                differs=system.differs,
                settle=system.limits.settle,
                now=self.shift.ports.clock.now(),
                last=last,
            )

        return self.shift.desk.end(hand.row, ending, claim=hand.claim, meant=hand.meant)

    def _last(self, row: CrossReference) -> Record | None:
        try:
            return self.shift.last(row)
        except KeyError:
            return None

    def _look_elsewhere(self, hand: InHand, gone: NotFoundError) -> CrossReference | None:
        """Where an update may have made another object of it."""
        if _doubtful_action(hand.row) is not Action.UPDATE:
            return self.shift.read_failed(hand, gone)
        try:
            (sighting,) = self.shift.system.find([_sought(hand)])
        except ConnectorError as error:
            return self.shift.read_failed(hand, error)
        if isinstance(sighting, Unclear):
            return self.shift.read_failed(hand, TransientError(sighting.why, operation="look for it elsewhere"))
        if not is_elsewhere(sighting):
            return self.shift.read_failed(hand, gone)

        def ending(row: CrossReference) -> Ending:
            now, differs = self.shift.ports.clock.now(), self.shift.system.differs
            return after_look_elsewhere(row, sighting, meant=hand.meant, differs=differs, now=now)

        return self.shift.desk.end(hand.row, ending, claim=hand.claim, meant=hand.meant)

    def _put_back(self, hand: InHand) -> CrossReference | None:
        now = self.shift.ports.clock.now()
        return self.shift.desk.end(
            hand.row, lambda row: not_sent(row, hand.before, now=now, retry_at=now + _NEXT_VISIT), claim=hand.claim
        )

    def _is_free(self, row: CrossReference) -> bool:
        due = row.due_at is not None and row.due_at <= self.shift.ports.clock.now()
        return row.state is State.PLANNED and row.planned is not None and row.unsettled is None and due


def _doubtful_action(row: CrossReference) -> Action:
    assert row.unsettled is not None
    return row.unsettled.action


def _may_be_forgotten(row: CrossReference, epoch: int) -> bool:
    """Whether our tables, restored since it was planned or before, may know less of it than the target does."""
    return row.epoch < epoch or (row.unsettled is not None and row.unsettled.everywhere)


def _sought(hand: InHand) -> Sought:
    row = hand.row
    assert row.unsettled is not None
    return Sought(
        posting_id=posting_id(row.record, n=row.unsettled.n, epoch=row.epoch),
        marker=row.record.marker,
        record=hand.meant,
        given_up=row.given_up,
    )
