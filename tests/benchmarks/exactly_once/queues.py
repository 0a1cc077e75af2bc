"""SQS as its users see it, for ten thousand messages: delays, visibility, receive counts, a dead-letter list."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.benchmarks.exactly_once.clock import SharedClock

VISIBILITY = timedelta(seconds=720)
MOST_RECEIVES = 3
"""The template's values."""


@dataclass(slots=True, kw_only=True)
class Message:
    id: str
    body: str
    visible_at: datetime
    receives: int = 0


class Queue:
    """The longest visible comes first. A place in line that its message has left since is passed over."""

    def __init__(self, clock: SharedClock) -> None:
        self._clock = clock
        self._ids = count(1)
        self._messages: dict[str, Message] = {}
        self._line: list[tuple[datetime, str]] = []
        self.dead: list[Message] = []

    def put(self, body: str, delay: timedelta) -> None:
        message = Message(id=f"m{next(self._ids):07d}", body=body, visible_at=self._clock.now() + delay)
        self._messages[message.id] = message
        heapq.heappush(self._line, (message.visible_at, message.id))

    def take(self, most: int) -> list[Message]:
        """What is visible, and hidden from now on until it is done with or its time is over."""
        now, taken = self._clock.now(), list[Message]()
        while len(taken) < most and (at := self.next_at) is not None and at <= now:
            message = self._messages[heapq.heappop(self._line)[1]]
            if message.receives >= MOST_RECEIVES:
                self.dead.append(self._messages.pop(message.id))
                continue
            message.receives += 1
            message.visible_at = now + VISIBILITY
            heapq.heappush(self._line, (message.visible_at, message.id))
            taken.append(message)
        return taken

    def done(self, message_id: str) -> None:
        self._messages.pop(message_id, None)

    def forget_dead(self, message_id: str) -> None:
        self.dead = [message for message in self.dead if message.id != message_id]

    @property
    def next_at(self) -> datetime | None:
        while self._line and self._is_left(*self._line[0]):
            heapq.heappop(self._line)
        return self._line[0][0] if self._line else None

    def _is_left(self, at: datetime, message_id: str) -> bool:
        message = self._messages.get(message_id)
        return message is None or message.visible_at != at


class Sqs:
    """The one call of the SQS client that the product's adapters make."""

    def __init__(self, queues: dict[str, Queue]) -> None:
        self._queues = queues

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        for entry in Entries:
            self._queues[QueueUrl].put(entry["MessageBody"], timedelta(seconds=entry["DelaySeconds"]))
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries], "Failed": []}
