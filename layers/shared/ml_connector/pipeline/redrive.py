"""Send dead letters back to work: chosen by a person, written into each record's trail, and told letter by letter.

A letter of no record that we know (a poll that was to go on) is written into its tenant's journal instead.

Sent back first and deleted second: a crash in between sends one twice, which is harmless. One that could not be sent is
told as such there too: its trail must not say that it went.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import Notice
from ml_connector.pipeline.ports import Change, MovedError, Ports
from ml_connector.pipeline.ports_dead import DeadLetter, DeadLetterQueues, DeadQueue
from ml_connector.pipeline.posting.poster import CRASHED
from ml_connector.pipeline.posting.results import in_state

UNREADABLE = "unreadable"
"""Stands for a reason code where the letter itself cannot be read."""

_SENT_BACK = "sent back from the dead letters of the {} queue"
_NOT_SENT = "not sent back from the dead letters of the {} queue after all, where it stays: {}"
_TRIES = 4
_ALL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which letters. `flow` is a flow's name or its whole id, `reason` a reason code of one of its records.

    One that nobody can read is chosen by its own reason alone.
    """

    tenant: str | None = None
    flow: str | None = None
    reason: str | None = None
    older_than: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """What became of one letter; `records` as the row's ids."""

    message_id: str
    queue: DeadQueue
    sent: bool
    text: str
    records: tuple[RecordId, ...] = ()


class NoSuchLetterError(LookupError):
    """No unreadable letter has this id: it may have been taken care of, or expired."""


class Redrive:
    def __init__(self, ports: Ports, queues: DeadLetterQueues) -> None:
        self._ports = ports
        self._queues = queues

    def look(self, queue: DeadQueue, chosen: Chosen | None = None, *, limit: int = 100) -> list[DeadLetter]:
        """The letters that a redrive would send back. Nothing changes."""
        with self._queues.peek(queue, limit=limit) as letters:
            return [letter for letter in letters if self._fits(letter, chosen or Chosen())]

    def run(self, queue: DeadQueue, chosen: Chosen | None = None, *, actor: str, limit: int = 100) -> list[Redriven]:
        """Up to `limit` letters are looked at, and those that fit sent back."""
        with self._queues.peek(queue, limit=limit) as letters:
            return [self._send(letter, actor) for letter in letters if self._fits(letter, chosen or Chosen())]

    def unreadable(self, *, limit: int = 1000) -> list[DeadLetter]:
        """The letters of both queues that nobody can read, and that belong to no tenant therefore."""
        chosen = Chosen(reason=UNREADABLE)
        return [letter for queue in DeadQueue for letter in self.look(queue, chosen, limit=limit)]

    def put_aside(self, message_id: str, *, actor: str, reason: str) -> str:
        """Kept verbatim with the person's reason, then taken out of its queue; answers where it is kept.

        Raises: NoSuchLetterError.
        """
        return self._dispose(message_id, {"act": "put aside", "by": actor, "reason": reason})

    def resend(self, message_id: str, *, actor: str, reason: str) -> str:
        """The same, and back to its queue as it came: it returns unless it can be read by now."""
        return self._dispose(message_id, {"act": "sent back", "by": actor, "reason": reason}, back=True)

    def _dispose(self, message_id: str, said: dict[str, str], *, back: bool = False) -> str:
        for queue in DeadQueue:
            with self._queues.peek(queue, limit=_ALL) as letters:
                for letter in letters:
                    if letter.id == message_id and letter.content is None:
                        place = self._queues.keep(letter, {**said, "at": self._ports.clock.now().isoformat()})
                        if back:
                            self._queues.send_back(letter)
                        self._queues.delete(letter)
                        self._ports.log.info("unreadable letter", message_id=letter.id, queue=queue.value, **said)
                        return place
        raise NoSuchLetterError(message_id)

    def _fits(self, letter: DeadLetter, chosen: Chosen) -> bool:
        if letter.content is None and chosen.reason != UNREADABLE:
            return False
        flow = letter.content.flow if letter.content is not None else None
        if chosen.tenant is not None and (flow is None or flow.tenant != chosen.tenant):
            return False
        if chosen.flow is not None and (flow is None or chosen.flow not in (flow.flow, str(flow))):
            return False
        if chosen.older_than is not None and not self._is_older(letter, chosen.older_than):
            return False
        return chosen.reason is None or chosen.reason in self._reasons(letter)

    def _is_older(self, letter: DeadLetter, age: timedelta) -> bool:
        since = letter.sent_at or letter.first_received_at
        return since is not None and self._ports.clock.now() - since >= age

    def _reasons(self, letter: DeadLetter) -> set[str]:
        if letter.content is None:
            return {UNREADABLE}
        rows = self._ports.ledger.get_many(records_of(letter)).values()
        return {reason.code for row in rows for reason in row.reasons}

    def _send(self, letter: DeadLetter, actor: str) -> Redriven:
        """One letter's trouble is its own: whatever it is, it is told, and the others go on."""
        records, noted, sent = records_of(letter), list[RecordId](), False
        try:
            states = self._audit(letter, noted, actor)
            self._to_its_queue(letter)
            sent = True
            self._queues.delete(letter)
            text = _told(letter, states)
        except Exception as error:
            text = f"sent back, and among the dead letters still, which does no harm: {error}"
            if not sent:
                text = f"not sent back, it stays a dead letter: {error}"
                self._take_back(letter, noted, actor, error)
        self._ports.log.info("redrive", message_id=letter.id, queue=letter.queue.value, actor=actor, sent=sent)
        return Redriven(message_id=letter.id, queue=letter.queue, sent=sent, text=text, records=tuple(records))

    def _to_its_queue(self, letter: DeadLetter) -> None:
        """A notice begins its attempts anew."""
        match letter.content:
            case RecordId() as record:
                self._ports.postings.send([record])
            case Notice() as notice:
                self._ports.notices.send([replace(notice, attempt=0)])
            case None:
                self._queues.send_back(letter)

    def _audit(self, letter: DeadLetter, noted: list[RecordId], actor: str) -> list[State | None]:
        """The state that each record had; `noted` takes those that were told of it, as far as it came."""
        text = _SENT_BACK.format(letter.queue)
        states = []
        for record in records_of(letter):
            states.append(self._changed(record, lambda row: self._change(row, letter, actor, text)))
            noted.append(record)
        if letter.content is not None and not any(states):
            self._note(letter.content.flow, letter, Step.REDRIVEN, text, actor)
        return states

    def _take_back(self, letter: DeadLetter, noted: Sequence[RecordId], actor: str, error: Exception) -> None:
        """An entry is never taken back: another one follows it. What cannot even be told is in the log."""
        text = _NOT_SENT.format(letter.queue, error)
        try:
            states = [self._changed(record, lambda row: self._told_of(row, letter, actor, text)) for record in noted]
            if letter.content is not None and not any(states):
                self._note(letter.content.flow, letter, Step.FAILED, text, actor)
        except Exception as untold:
            self._ports.log.error(
                "redrive not audited", message_id=letter.id, why=f"{error}; and not audited: {untold}"
            )

    def _changed(self, record: RecordId, change: Callable[[CrossReference], Change]) -> State | None:
        """The state that the record had. One that a worker has in hand is left to it."""
        for _ in range(_TRIES):
            row = self._ports.ledger.get(record)
            if row is None or (row.is_busy and row.state is not State.DEAD):
                return row.state if row else None
            try:
                self._ports.ledger.commit(change(row))
            except MovedError:
                continue
            return row.state
        raise MovedError(f"{record} kept moving")

    def _change(self, row: CrossReference, letter: DeadLetter, actor: str, text: str) -> Change:
        """A crashed one is planned again: whoever takes it looks first if it must."""
        now, event = self._ports.clock.now(), self._event(Step.REDRIVEN, letter, actor, text)
        crashed = row.state is State.DEAD and any(reason.code == CRASHED for reason in row.reasons)
        if letter.queue is not DeadQueue.POSTING or not crashed:
            return Change(before=row, after=row, events=(event,))
        alive = in_state(replace(row, attempts=0, in_flight=None), State.PLANNED, now, due_at=now)
        return Change(before=row, after=alive, events=(event,))

    def _told_of(self, row: CrossReference, letter: DeadLetter, actor: str, text: str) -> Change:
        return Change(before=row, after=row, events=(self._event(Step.FAILED, letter, actor, text),))

    def _event(self, step: Step, letter: DeadLetter, actor: str, text: str) -> AuditEvent:
        detail = {"message": letter.id, "queue": letter.queue.value}
        return AuditEvent(step=step, at=self._ports.clock.now(), actor=actor, text=text, detail=detail)

    def _note(self, flow: FlowId, letter: DeadLetter, step: Step, text: str, actor: str) -> None:
        now = self._ports.clock.now()
        self._ports.journal.append(flow, step, f"letter {letter.id} {text}", actor=actor, at=now)


def records_of(letter: DeadLetter) -> list[RecordId]:
    match letter.content:
        case RecordId() as record:
            return [record]
        case Notice() as notice:
            return [RecordId(flow=notice.flow, external_id=noticed.external_id) for noticed in notice.records]
        case None:
            return []


def _told(letter: DeadLetter, states: Sequence[State | None]) -> str:
    if letter.content is None:
        return "sent back unread: it will come back unless it can be read by now"
    dead = sum(state is State.DEAD for state in states)
    others = len(states) - dead
    if not states:
        return "sent back: a poll goes on where it stopped"
    return f"sent back: {dead} dead" + (f", {others} not dead any more" if others else "")
