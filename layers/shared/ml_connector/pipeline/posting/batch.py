"""One connection's share of a delivery: look, then write, each outcome confirmed as it settles."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from ml_connector.domain.audit import AuditEvent
from ml_connector.domain.connection import Connection
from ml_connector.domain.crossreference import CrossReference, Guard, Origin, State, Unsettled
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import AuthError, ConnectorError, OutcomeUnknownError, RateLimitedError
from ml_connector.domain.identity import PostingId, posting_id
from ml_connector.domain.posting import Action, Asked, HandedOver, NotSent, Outcome, Sought, Write, WriteError, Written
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.planning.settle import reservation
from ml_connector.pipeline.ports import Change, Deadline, GuardTakenError, MovedError, Ports
from ml_connector.pipeline.posting.before_change import Cleared, before_change
from ml_connector.pipeline.posting.claims import claimed
from ml_connector.pipeline.posting.desk import Desk
from ml_connector.pipeline.posting.lookup import after_change_look, after_create_look
from ml_connector.pipeline.posting.recovery import after_read_error, after_write_error
from ml_connector.pipeline.posting.results import Ending, confirmed, handed_over, held, not_sent
from ml_connector.pipeline.system import System

_MARGIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A claimed row with what stood there before the claim."""

    row: CrossReference
    meant: Record
    before: Unsettled | None

    @property
    def claim(self) -> str:
        assert self.row.in_flight is not None
        return self.row.in_flight.claim


@dataclass(kw_only=True)
class Batch:
    ports: Ports
    catalog: Catalog
    desk: Desk
    chance: random.Random
    connection: Connection
    system: System
    deadline: Deadline
    _in_hand: dict[PostingId, InHand] = field(default_factory=dict)
    _halted: bool = False

    def run(self, rows: Sequence[CrossReference]) -> list[CrossReference]:
        """Carry the rows as far as time and the system allow; answers those that were not begun."""
        free = self._look([row for row in rows if row.unsettled is not None])
        waiting = [*(row for row in rows if row.unsettled is None), *free]
        return self._write(waiting)

    # looking

    def _look(self, rows: Sequence[CrossReference]) -> list[CrossReference]:
        """Rows with an unsettled write: only what is surely absent comes back, free to be written."""
        claimed_rows = [hand for row in rows if (hand := self._claim(row, sends=False)) is not None]
        creates = [hand for hand in claimed_rows if _doubtful_action(hand) is Action.CREATE]
        changes = [hand for hand in claimed_rows if _doubtful_action(hand) is not Action.CREATE]
        ended = [*self._look_for_creates(creates), *(self._look_at_change(hand) for hand in changes)]
        now = self.ports.clock.now()
        return [
            row
            for row in ended
            if row is not None
            and row.state is State.PLANNED
            and row.unsettled is None
            and row.due_at is not None
            and row.due_at <= now
        ]

    def _look_for_creates(self, hands: Sequence[InHand]) -> list[CrossReference | None]:
        if not hands:
            return []
        try:
            sightings = self.system.find([_sought(hand) for hand in hands])
        except ConnectorError as error:
            return [self._read_failed(hand, error) for hand in hands]
        return [self._seen(hand, sighting) for hand, sighting in zip(hands, sightings, strict=True)]

    def _seen(self, hand: InHand, sighting: Any) -> CrossReference | None:
        def ending(row: CrossReference) -> Ending:
            return after_create_look(
                row,
                sighting,
                meant=hand.meant,
                differs=self.system.differs,
                settle=self.system.limits.settle,
                now=self.ports.clock.now(),
                chance=self.chance,
            )

        return self.desk.end(hand.row, ending, claim=hand.claim)

    def _look_at_change(self, hand: InHand) -> CrossReference | None:
        assert hand.row.confirmed is not None
        try:
            found = self.system.fetch(hand.row.kind, hand.row.confirmed.target_id)
        except ConnectorError as error:
            return self._read_failed(hand, error)
        if isinstance(found, Asked):
            return self._put_back(hand, timedelta(hours=1))
        last = self._last(hand.row)

        def ending(row: CrossReference) -> Ending:
            return after_change_look(
                row, found, meant=hand.meant, last=last, differs=self.system.differs, now=self.ports.clock.now()
            )

        return self.desk.end(hand.row, ending, claim=hand.claim)

    # writing

    def _write(self, rows: Sequence[CrossReference]) -> list[CrossReference]:
        left: list[CrossReference] = []
        try:
            for posted, outcome in self.system.write(self._writes(rows, left)):
                self._settle(self._in_hand.pop(posted), outcome)
        finally:
            self._unanswered()
        return left

    def _writes(self, rows: Sequence[CrossReference], left: list[CrossReference]) -> Iterator[Write]:
        """Claims one row at a time, just before the system sends it."""
        for row in rows:
            if self._halted or self.deadline.remaining() < self.system.limits.request_timeout + _MARGIN:
                left.append(row)
                continue
            if (write := self._ready(row)) is not None:
                yield write

    def _ready(self, row: CrossReference) -> Write | None:
        assert row.planned is not None
        meant = self.desk.payload(row, row.planned.digest)
        events: tuple[AuditEvent, ...] = ()
        revision = None
        if row.planned.action is not Action.CREATE:
            cleared = self._clear_change(row, meant)
            if cleared is None:
                return None
            events, revision = cleared.events, cleared.revision
        hand = self._claim(row, sends=True, meant=meant, events=events)
        if hand is None or hand.row.in_flight is None:
            return None
        self._in_hand[hand.row.in_flight.posting_id] = hand
        return Write(
            posting_id=hand.row.in_flight.posting_id,
            action=hand.row.in_flight.action,
            record=meant,
            marker=row.record.marker,
            target_id=row.confirmed.target_id if row.confirmed else None,
            revision=revision,
        )

    def _clear_change(self, row: CrossReference, meant: Record) -> Cleared | None:
        """None where the change must not go out now; the row says why by then."""
        assert row.confirmed is not None
        try:
            found = self.system.fetch(row.kind, row.confirmed.target_id)
        except ConnectorError as error:
            self._note(error)
            self.desk.end(row, self._after_read(error, None), claim=None)
            return None
        if isinstance(found, Asked):
            return Cleared()
        verdict = before_change(
            row,
            found,
            last=self._last(row),
            meant=meant,
            differs=self.system.differs,
            settings=self._settings(row),
            now=self.ports.clock.now(),
        )
        if isinstance(verdict, Cleared):
            return verdict
        self.desk.end(row, lambda _: verdict, claim=None)
        return None

    def _settle(self, hand: InHand, outcome: Outcome) -> None:
        match outcome:
            case WriteError(error):
                self._note(error)
            case NotSent(retry_at=retry_at) if retry_at is not None:
                self._halted = True
            case _:
                pass
        self.desk.end(hand.row, lambda row: self.ending_of(row, hand.meant, hand.before, outcome), claim=hand.claim)

    def ending_of(self, row: CrossReference, meant: Record, before: Unsettled | None, outcome: Outcome) -> Ending:
        now = self.ports.clock.now()
        match outcome:
            case Written(target_id, record):
                differing = self.system.differs(meant, record) if record is not None and not _is_void(row) else ()
                return confirmed(row, target_id=target_id, origin=Origin.CREATED, now=now, differing=differing)
            case HandedOver(request_id):
                return handed_over(row, now=now, request_id=request_id)
            case NotSent(retry_at=retry_at):
                return not_sent(row, before, now=now, retry_at=retry_at)
            case WriteError(error):
                return after_write_error(row, error, now=now, chance=self.chance)

    def _unanswered(self) -> None:
        """A write without an answer is not a failure: nobody knows."""
        for hand in list(self._in_hand.values()):
            self._settle(hand, WriteError(OutcomeUnknownError("the write ended without an answer")))
        self._in_hand.clear()

    # claiming and letting go

    def _claim(
        self, row: CrossReference, *, sends: bool, meant: Record | None = None, events: tuple[AuditEvent, ...] = ()
    ) -> InHand | None:
        assert row.planned is not None
        meant = meant or self.desk.payload(row, row.planned.digest)
        mine = claimed(
            row,
            claim=self.ports.ids.new(),
            now=self.ports.clock.now(),
            remaining=self.deadline.remaining(),
            sends=sends,
        )
        take, release = self._reserve(row, meant) if sends else ((), ())
        if take:
            mine = replace(mine, reservation=take[0].key)
        try:
            stored = self.ports.ledger.commit(Change(before=row, after=mine, events=events, take=take, release=release))
        except MovedError:
            return None
        except GuardTakenError as taken:
            self._hold_duplicate(row, taken)
            return None
        return InHand(row=stored, meant=meant, before=row.unsettled)

    def _reserve(self, row: CrossReference, meant: Record) -> tuple[tuple[Guard, ...], tuple[Guard, ...]]:
        """The natural key in the target is this record's alone from now on; a former one is given back."""
        assert row.planned is not None
        if row.planned.action is Action.VOID:
            return (), ()
        key = self.catalog.flow(row.record.flow.flow).natural_key(meant)
        if key is None or key == row.reservation:
            return (), ()
        given_back = (reservation(row, row.reservation),) if row.reservation else ()
        return (reservation(row, key),), given_back

    def _hold_duplicate(self, row: CrossReference, taken: GuardTakenError) -> None:
        text = f"the same {row.kind} ({row.number or taken.guard.key}) already came as {taken.owner}"
        reason = Reason(code="duplicate", text=text)
        self.desk.end(
            row,
            lambda fresh: held(fresh, reason, now=self.ports.clock.now(), settled=True, detail={"owner": taken.owner}),
            claim=None,
        )

    def _read_failed(self, hand: InHand, error: ConnectorError) -> CrossReference | None:
        self._note(error)
        return self.desk.end(hand.row, self._after_read(error, hand.before), claim=hand.claim)

    def _after_read(self, error: ConnectorError, before: Unsettled | None) -> Callable[[CrossReference], Ending]:
        return lambda row: after_read_error(row, before, error, now=self.ports.clock.now(), chance=self.chance)

    def _put_back(self, hand: InHand, wait: timedelta) -> CrossReference | None:
        now = self.ports.clock.now()
        return self.desk.end(
            hand.row, lambda row: not_sent(row, hand.before, now=now, retry_at=now + wait), claim=hand.claim
        )

    def _note(self, error: ConnectorError) -> None:
        """What an error says of the whole connection: nobody else needs to run into it."""
        now = self.ports.clock.now()
        if isinstance(error, AuthError):
            self._halted = True
            stop_connection(self.ports, self.connection, error)
        if isinstance(error, RateLimitedError) and error.retry_after is not None:
            self._halted = True
            self.ports.budgets.pause(
                self.connection.id.tenant, self.connection.account, until=now + error.retry_after, now=now
            )

    def _last(self, row: CrossReference) -> Record | None:
        """What we last meant the target to hold; None for what a person made."""
        if row.confirmed is None or not row.confirmed.digest:
            return None
        return self.desk.payload(row, row.confirmed.digest)

    def _settings(self, row: CrossReference) -> Mapping[str, Any]:
        return self.ports.connections.flow(row.record.flow).settings


def _doubtful_action(hand: InHand) -> Action:
    assert hand.before is not None
    return hand.before.action


def _sought(hand: InHand) -> Sought:
    row = hand.row
    assert row.unsettled is not None
    return Sought(
        posting_id=posting_id(row.record, n=row.unsettled.n, epoch=row.epoch),
        marker=row.record.marker,
        record=hand.meant,
    )


def _is_void(row: CrossReference) -> bool:
    return row.in_flight is not None and row.in_flight.action is Action.VOID
