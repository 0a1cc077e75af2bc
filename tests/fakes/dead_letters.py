"""The dead letters of the fake queues, and any that nobody can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from tests.fakes.queues import Message
from tests.fakes.world import FakeWorld


class FakeDeadLetterQueues:
    """`unread` holds bodies by message id; `sent_back` what went to its source queue unread."""

    def __init__(self, world: FakeWorld) -> None:
        self._world = world
        self.unread: dict[tuple[DeadQueue, str], str] = {}
        self.sent_back: list[str] = []
        self.kept: dict[str, dict[str, str]] = {}
        self._held: set[str] = set()

    @contextmanager
    def peek(self, queue: DeadQueue, *, limit: int) -> Iterator[list[DeadLetter]]:
        letters = [self._letter(queue, message) for message in self._dead(queue)]
        letters += [
            DeadLetter(queue=queue, id=key, body=body, content=None)
            for (kept, key), body in self.unread.items()
            if kept is queue
        ]
        mine = [letter for letter in letters if letter.id not in self._held][:limit]
        self._held.update(letter.id for letter in mine)
        try:
            yield mine
        finally:
            self._held.difference_update(letter.id for letter in mine)

    def send_back(self, letter: DeadLetter) -> None:
        self.sent_back.append(letter.body)

    def keep(self, letter: DeadLetter, said: Mapping[str, str]) -> str:
        self.kept[letter.id] = {"body": letter.body, **said}
        return f"kept/{letter.id}"

    def delete(self, letter: DeadLetter) -> None:
        self.unread.pop((letter.queue, letter.id), None)
        dead = self._dead(letter.queue)
        dead[:] = [message for message in dead if message.id != letter.id]

    def _dead(self, queue: DeadQueue) -> list[Message[Any]]:
        return self._world.notices.dead if queue is DeadQueue.NOTICE else self._world.postings.dead

    def _letter(self, queue: DeadQueue, message: Message[Any]) -> DeadLetter:
        return DeadLetter(
            queue=queue,
            id=message.id,
            body=str(message.body),
            content=message.body,
            receives=message.receive_count,
            sent_at=message.visible_at,
        )
