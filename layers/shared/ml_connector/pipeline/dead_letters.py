"""Dead letters: each record gets its visible state, and the letter stays where it is, to be sent back by a person.

A letter marks a record once. It lies in its queue for days, and must not kill what a person has since brought to life.
One that cannot be marked is told and left, and keeps no other from its mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import FED_STATES, CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import Notice
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.planning.receive import new_row
from ml_connector.pipeline.planning.settle import TARGET_DIFFERS
from ml_connector.pipeline.planning.standing import is_found_deleted, stands
from ml_connector.pipeline.ports import Change, Deadline, MovedError, Ports
from ml_connector.pipeline.ports_dead import DeadLetter, DeadLetterQueues, DeadQueue
from ml_connector.pipeline.posting.poster import CRASHED
from ml_connector.pipeline.posting.results import ACTOR, in_state

UNPLANNED = "not_planned"
"""The reason code of a record whose notice is dead."""

_AT_ONCE = 500
_MARGIN = timedelta(seconds=20)
"""For giving back what was looked at."""

_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadReport:
    """`marked` counts records, the others letters. What was marked before is not marked again.

    `failed` counts those that could not be marked; the log names each.
    """

    letters: int = 0
    marked: int = 0
    unreadable: int = 0
    failed: int = 0

    def __add__(self, other: DeadReport) -> DeadReport:
        return DeadReport(
            letters=self.letters + other.letters,
            marked=self.marked + other.marked,
            unreadable=self.unreadable + other.unreadable,
            failed=self.failed + other.failed,
        )


class DeadLetters:
    def __init__(self, ports: Ports, catalog: Catalog, queues: DeadLetterQueues) -> None:
        self._ports = ports
        self._catalog = catalog
        self._queues = queues

    def run(self, deadline: Deadline | None = None, *, limit: int = _AT_ONCE) -> DeadReport:
        """Both queues to their ends, `limit` letters at a time, as far as the time reaches."""
        report = DeadReport()
        for queue in DeadQueue:
            report += self._go_through(queue, deadline, limit)
        return report

    def _go_through(self, queue: DeadQueue, deadline: Deadline | None, limit: int) -> DeadReport:
        """All are held until the last was looked at: none comes twice, and none is redriven under our hands."""
        report, seen = DeadReport(), set[str]()
        with ExitStack() as held:
            while not _is_short(deadline):
                letters = held.enter_context(self._queues.peek(queue, limit=limit))
                new = [letter for letter in letters if letter.id not in seen]
                report += self.mark(new, deadline)
                seen.update(letter.id for letter in new)
                if not new or len(letters) < limit:
                    break
        return report

    def mark(self, letters: Iterable[DeadLetter], deadline: Deadline | None = None) -> DeadReport:
        done: Counter[str] = Counter()
        for letter in letters:
            if _is_short(deadline):
                break
            done["letters"] += 1
            self._ports.metrics.count("DeadLetters", queue=letter.queue)
            try:
                done += self._mark_its_records(letter)
            except Exception as error:
                done["failed"] += 1
                self._ports.metrics.count("DeadLettersNotMarked", queue=letter.queue)
                self._ports.log.error(
                    "dead letter not marked", message_id=letter.id, queue=letter.queue.value, why=repr(error)
                )
        return DeadReport(**done)

    def _mark_its_records(self, letter: DeadLetter) -> Counter[str]:
        match letter.content:
            case RecordId() as record:
                return Counter(marked=int(self._mark(letter, record, _after_crash)))
            case Notice() as notice:
                return Counter(marked=sum(self._mark(letter, record, _unplanned) for record in _records(notice)))
            case None:
                self._cannot_read(letter)
                return Counter(unreadable=1)

    def _mark(self, letter: DeadLetter, record: RecordId, mark: Callable[[CrossReference], Reason | None]) -> bool:
        """Whether the record is dead by this letter from now on."""
        for _ in range(_TRIES):
            before = self._ports.ledger.get(record)
            row = before or self._unknown(letter, record)
            if row is None or self._is_at_work(row) or (reason := mark(row)) is None:
                return False
            if before is not None and self._was_marked_by(letter, record):
                return False
            try:
                self._ports.ledger.commit(self._change(before, row, letter, reason))
            except MovedError:
                continue
            self._ports.metrics.count("Records", state=State.DEAD.value, flow=record.flow.flow)
            return True
        return False

    def _change(self, before: CrossReference | None, row: CrossReference, letter: DeadLetter, reason: Reason) -> Change:
        """What is unsettled stays so: whoever takes the record up again looks first."""
        now = self._ports.clock.now()
        planned = row.planned if reason.code == CRASHED else None
        dead = in_state(replace(row, in_flight=None, planned=planned), State.DEAD, now, reasons=(reason,))
        detail = {"message": letter.id, "queue": letter.queue.value, "receives": letter.receives, "code": reason.code}
        event = AuditEvent(step=Step.DEAD, at=now, actor=ACTOR, text=reason.text, detail=detail)
        return Change(before=before, after=dead, events=(event,))

    def _unknown(self, letter: DeadLetter, record: RecordId) -> CrossReference | None:
        """A record that died before it had a row is given one; a hint without a row is a hint of nothing."""
        if letter.queue is not DeadQueue.NOTICE:
            return None
        flow = self._catalog.flows.get(record.flow.flow)
        if flow is None or not self._is_set_up(record.flow):
            self._ports.log.error("dead letter of an unknown flow", message_id=letter.id, flow=str(record.flow))
            return None
        now, epoch = self._ports.clock.now(), self._ports.epochs.current().number
        return new_row(flow, record, now=now, epoch=epoch)

    def _is_set_up(self, flow: FlowId) -> bool:
        try:
            self._ports.connections.flow(flow)
        except KeyError:
            return False
        return True

    def _is_at_work(self, row: CrossReference) -> bool:
        """A worker has it in hand at this moment: the next run sees how that ended."""
        return row.in_flight is not None and row.in_flight.lease_until > self._ports.clock.now()

    def _was_marked_by(self, letter: DeadLetter, record: RecordId) -> bool:
        trail = self._ports.ledger.trail(record)
        return any(entry.event.step is Step.DEAD and entry.event.detail.get("message") == letter.id for entry in trail)

    def _cannot_read(self, letter: DeadLetter) -> None:
        """Kept as it came. Its content goes nowhere: nobody knows what is in it."""
        self._ports.metrics.count("DeadLettersUnreadable", queue=letter.queue)
        self._ports.log.error(
            "dead letter cannot be read", message_id=letter.id, queue=letter.queue.value, size=len(letter.body)
        )


def _is_short(deadline: Deadline | None) -> bool:
    return deadline is not None and deadline.remaining() < _MARGIN


def _after_crash(row: CrossReference) -> Reason | None:
    """Only what was still to be carried out dies; holds, endings and what was handed over stand."""
    if row.state not in FED_STATES:
        return None
    text = "its worker crashed until the attempts were used up: mend the cause, then redrive the posting queue"
    return Reason(code=CRASHED, text=text)


def _unplanned(row: CrossReference) -> Reason | None:
    """What is posted or on its way stands. What only waited, or was passed over, may be outdated, and says so.

    What the target holds with other values than ours stays held for that, and what a person put aside, rolled back or
    deleted stays so: dead, either would be forgotten, and the next plan would post it.
    """
    differs = any(reason.code == TARGET_DIFFERS for reason in row.reasons)
    if differs or is_found_deleted(row) or stands(row, by_person=False):
        return None
    waits = row.state in (State.HELD, State.SKIPPED) or (row.state is State.PLANNED and row.planned is None)
    if not waits or row.is_busy:
        return None
    return Reason(code=UNPLANNED, text="it could not be read or planned: mend the cause, then redrive the notice queue")


def _records(notice: Notice) -> list[RecordId]:
    return [RecordId(flow=notice.flow, external_id=noticed.external_id) for noticed in notice.records]
