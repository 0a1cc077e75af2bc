"""Queues in memory: delays, visibility, receive counts and a dead-letter list, as SQS has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ml_connector.domain.identity import ConnectionId, RecordId
from ml_connector.domain.notice import Notice
from tests.fakes.clock import FakeClock

LONGEST_DELAY = timedelta(minutes=15)
MOST_RECORDS = 100


@dataclass(slots=True, kw_only=True, eq=False)
class Message[Body]:
    id: str
    body: Body
    group: ConnectionId
    visible_at: datetime
    receive_count: int = 0


class FakeQueue[Body]:
    """A message is delivered at least once, in any order that `pick` likes (by default the longest visible first)."""

    def __init__(
        self, clock: FakeClock, *, visibility: timedelta = timedelta(minutes=6), max_receives: int = 5
    ) -> None:
        self.messages: list[Message[Body]] = []
        self.dead: list[Message[Body]] = []
        self.visibility = visibility
        self.max_receives = max_receives
        self.pick: Callable[[list[Message[Body]]], list[Message[Body]]] = lambda messages: messages
        self._clock = clock
        self._sent = 0

    def receive(self, limit: int = 10) -> list[Message[Body]]:
        """What is visible now, hidden from others for `visibility`. Received too often, a message is dead instead."""
        self._bury()
        now = self._clock.now()
        visible = sorted((m for m in self.messages if m.visible_at <= now), key=lambda m: (m.visible_at, m.id))
        chosen = self.pick(visible)[:limit]
        for message in chosen:
            message.receive_count += 1
            message.visible_at = now + self.visibility
        return chosen

    def ack(self, message: Message[Body]) -> None:
        if message in self.messages:
            self.messages.remove(message)

    def requeue(self, message: Message[Body], *, delay: timedelta = timedelta()) -> None:
        """The handler failed on it: visible again after `delay`."""
        message.visible_at = self._clock.now() + delay

    def redrive(self) -> int:
        """Every dead letter goes back; answers how many."""
        moved, self.dead = self.dead, []
        for message in moved:
            message.receive_count, message.visible_at = 0, self._clock.now()
        self.messages.extend(moved)
        return len(moved)

    def next_visible_at(self) -> datetime | None:
        self._bury()
        return min((message.visible_at for message in self.messages), default=None)

    @property
    def bodies(self) -> list[Body]:
        return [message.body for message in self.messages]

    def _put(self, body: Body, group: ConnectionId, delay: timedelta) -> None:
        self._sent += 1
        visible_at = self._clock.now() + min(delay, LONGEST_DELAY)
        self.messages.append(Message(id=f"m{self._sent:06d}", body=body, group=group, visible_at=visible_at))

    def _bury(self) -> None:
        now = self._clock.now()
        spent = [m for m in self.messages if m.receive_count >= self.max_receives and m.visible_at <= now]
        for message in spent:
            self.messages.remove(message)
        self.dead.extend(spent)


class FakeNotices(FakeQueue[Notice]):
    def send(self, notices: Sequence[Notice], *, delay: timedelta = timedelta()) -> None:
        for notice in notices:
            for start in range(0, len(notice.records) or 1, MOST_RECORDS):
                part = replace(notice, records=notice.records[start : start + MOST_RECORDS])
                self._put(part, notice.flow.source_connection, delay)


class FakePostings(FakeQueue[RecordId]):
    def send(self, records: Sequence[RecordId], *, delay: timedelta = timedelta()) -> None:
        for record in dict.fromkeys(records):
            self._put(record, record.flow.target_connection, delay)
