"""The port to the dead-letter queues: looked at without being emptied, and sent back one by one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice


class DeadQueue(StrEnum):
    NOTICE = "notice"
    POSTING = "posting"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message whose attempts are used up. `content` is what it says; None where nobody can read it.

    `handle` is the queue's own ticket for it, good for as long as it is being peeked at.
    """

    queue: DeadQueue
    id: str
    body: str
    content: Notice | RecordId | None
    receives: int = 0
    sent_at: datetime | None = None
    first_received_at: datetime | None = None
    handle: str = ""


class DeadLetterQueues(Protocol):
    """All of it raises TransientError where the queue does not do as it was told."""

    def peek(self, queue: DeadQueue, *, limit: int) -> AbstractContextManager[list[DeadLetter]]:
        """Up to `limit` letters, nobody else's while the context lasts; then all that was not deleted is back."""
        ...

    def send_back(self, letter: DeadLetter) -> None:
        """Its body, unchanged, to the queue it came from. The letter itself stays until it is deleted."""
        ...

    def keep(self, letter: DeadLetter, said: Mapping[str, str]) -> str:
        """Its body, verbatim, with what was said of it, where it outlives its queue; answers where. Twice is once."""
        ...

    def delete(self, letter: DeadLetter) -> None: ...
