"""One connection's share of a delivery: look, then write, each outcome confirmed as it settles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ml_connector.domain.audit import AuditEvent
from ml_connector.domain.crossreference import CrossReference, Origin, Unsettled
from ml_connector.domain.errors import ConnectorError, OutcomeUnknownError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Action, Asked, HandedOver, NotSent, Outcome, Write, WriteError, Written
from ml_connector.domain.records.record import Record, digest, dump
from ml_connector.pipeline.planning.conflicts import with_kept
from ml_connector.pipeline.planning.planner import target_payload_key
from ml_connector.pipeline.posting.before_change import Cleared, Keeps, before_change, shows_it
from ml_connector.pipeline.posting.looking import Looker
from ml_connector.pipeline.posting.recovery import after_write_error
from ml_connector.pipeline.posting.results import Ending, confirmed, handed_over, held, not_sent, numbered
from ml_connector.pipeline.posting.shift import InHand, Shift
from ml_connector.pipeline.posting.unsent import keeps, plan_lost, unneeded
from ml_connector.pipeline.posting.uses import in_use


@dataclass(kw_only=True)
class Batch:
    shift: Shift
    _in_hand: dict[PostingId, InHand] = field(default_factory=dict)

    def run(self, rows: Sequence[CrossReference]) -> list[CrossReference]:
        """Carry the rows as far as time and the system allow; answers those that were not begun."""
        left: list[CrossReference] = []
        free = Looker(shift=self.shift).look([row for row in rows if row.unsettled is not None], left)
        self._write([*(row for row in rows if row.unsettled is None), *free], left)
        return left

    def _write(self, rows: Sequence[CrossReference], left: list[CrossReference]) -> None:
        try:
            for posted, outcome in self.shift.system.write(self._writes(rows, left)):
                self._settle(self._in_hand.pop(posted), outcome)
        finally:
            self._unanswered()

    def _writes(self, rows: Sequence[CrossReference], left: list[CrossReference]) -> Iterator[Write]:
        """Claims one row at a time, just before the system sends it. A change reads before it writes."""
        for row in rows:
            assert row.planned is not None
            requests = 1 if row.planned.action is Action.CREATE else 2
            if self.shift.is_over(requests=requests) or self.shift.is_closed(row.record.flow):
                left.append(row)
            elif (write := self._ready(row)) is not None:
                yield write

    def _ready(self, row: CrossReference) -> Write | None:
        assert row.planned is not None
        try:
            meant = self.shift.desk.payload(row, row.planned.digest)
        except KeyError:
            self.shift.desk.end(row, lambda row: plan_lost(row, now=self.shift.ports.clock.now()), claim=None)
            return None
        cleared = Cleared() if row.planned.action is Action.CREATE else self._clear_change(row, meant)
        hand = self._claimed(row, meant, cleared.events) if cleared is not None else None
        if hand is None or cleared is None or hand.row.in_flight is None:
            return None
        self._in_hand[hand.row.in_flight.posting_id] = hand
        return Write(
            posting_id=hand.row.in_flight.posting_id,
            action=hand.row.in_flight.action,
            record=meant,
            marker=row.record.marker,
            target_id=row.confirmed.target_id if row.confirmed else None,
            revision=cleared.revision,
        )

    def _claimed(self, row: CrossReference, meant: Record, events: tuple[AuditEvent, ...]) -> InHand | None:
        return self.shift.claim(row, meant=meant, sends=True, events=events)

    def _clear_change(self, row: CrossReference, meant: Record) -> Cleared | None:
        """None where the change must not go out now; the row says why by then."""
        assert row.confirmed is not None
        shift = self.shift
        try:
            found = shift.system.fetch(row.kind, row.confirmed.target_id)
            used = in_use(shift.system, row)
        except ConnectorError as error:
            shift.note(error)
            shift.desk.end(row, shift.after_read(error, None), claim=None)
            return None
        if isinstance(found, Asked):
            return Cleared()
        last = shift.last(row)
        verdict = before_change(
            row,
            found,
            last=last,
            meant=meant,
            differs=shift.system.differs,
            settings=shift.settings(row),
            now=shift.ports.clock.now(),
        )
        if isinstance(verdict, Keeps):
            self._keep(row, verdict, last or meant, found)
            return None
        if isinstance(verdict, Cleared) and used is not None:
            verdict = held(row, used, now=shift.ports.clock.now(), settled=True)
        if isinstance(verdict, Cleared) and not self._is_there(row, last, meant, found):
            return verdict
        now, stamp = shift.ports.clock.now(), _stamp(found)
        ending = unneeded(row, now=now, stamp=stamp) if isinstance(verdict, Cleared) else verdict
        shift.desk.end(row, lambda _: ending, claim=None, meant=meant)
        return None

    def _is_there(self, row: CrossReference, last: Record | None, meant: Record, found: Record) -> bool:
        is_update = row.planned is not None and row.planned.action is Action.UPDATE and not row.planned.undo
        return is_update and shows_it(self.shift.system, row, last=last, meant=meant, found=found)

    def _keep(self, row: CrossReference, verdict: Keeps, last: Record, found: Record) -> None:
        """The payload that counts as ours from now on is stored before the row names it."""
        ports, stands = self.shift.ports, with_kept(last, verdict.kept)
        ports.payloads.put_many({target_payload_key(row, digest(stands)): dump(stands)})
        now, stamp = ports.clock.now(), _stamp(found)
        ending = keeps(row, verdict.kept, verdict.event, digest=digest(stands), now=now, stamp=stamp)
        self.shift.desk.end(row, lambda _: ending, claim=None)

    def _settle(self, hand: InHand, outcome: Outcome) -> None:
        match outcome:
            case WriteError(error):
                self.shift.note(error)
            case NotSent(retry_at=retry_at) if retry_at is not None:
                self.shift.halt(retry_at)
            case _:
                pass
        self.shift.desk.end(
            hand.row,
            lambda row: self.ending_of(row, hand.meant, hand.before, outcome),
            claim=hand.claim,
            meant=hand.meant,
        )

    def ending_of(self, row: CrossReference, meant: Record, before: Unsettled | None, outcome: Outcome) -> Ending:
        now = self.shift.ports.clock.now()
        match outcome:
            case Written(target_id, record):
                differing = self.shift.system.differs(meant, record) if record and not _is_void(row) else ()
                stamp = _stamp(record) if record else None
                ending = confirmed(
                    row, target_id=target_id, origin=Origin.CREATED, now=now, differing=differing, stamp=stamp
                )
                moved = row.confirmed is not None and row.confirmed.target_id != target_id
                return numbered(ending, record, moved=moved)
            case HandedOver(request_id):
                return handed_over(row, now=now, request_id=request_id)
            case NotSent(retry_at=retry_at):
                return not_sent(row, before, now=now, retry_at=retry_at)
            case WriteError(error):
                return after_write_error(row, error, now=now, chance=self.shift.chance)

    def _unanswered(self) -> None:
        """A write without an answer is not a failure: nobody knows."""
        for hand in list(self._in_hand.values()):
            self._settle(hand, WriteError(OutcomeUnknownError("the write ended without an answer")))
        self._in_hand.clear()


def _stamp(record: Record) -> str | None:
    return record.modified_at.isoformat() if record.modified_at else None


def _is_void(row: CrossReference) -> bool:
    return row.in_flight is not None and row.in_flight.action is Action.VOID
