"""The fakes where they would be what is measured: queues that do not sort themselves, hooks that only count.

The contract fakes read their whole queue at each delivery, which is right for a simulation and quadratic for ten
thousand documents; they keep the name of every call too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any, cast

from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice
from ml_connector.pipeline.ports import Ports
from tests.fakes.hooks import Hooks
from tests.fakes.upkeep import FakeLog
from tests.fakes.world import FakeWorld, fake_ports


class LeanQueue[Body]:
    """First in, first out, each message once: nothing fails in a benchmark."""

    def __init__(self) -> None:
        self.messages: deque[Body] = deque()

    def send(self, bodies: Sequence[Body], *, delay: timedelta = timedelta()) -> None:
        self.messages.extend(bodies)

    def take(self, most: int) -> list[Body]:
        return [self.messages.popleft() for _ in range(min(most, len(self.messages)))]

    def __len__(self) -> int:
        return len(self.messages)


class CountingHooks(Hooks):
    """Port calls by name, and nothing else."""

    def before(self, call: str) -> None:
        self.counts[call] += 1

    def after(self, call: str) -> None:
        return


class QuietLog(FakeLog):
    """Keeps warnings and errors; there should be none."""

    def info(self, message: str, **fields: Any) -> None:
        return


class LeanWorld:
    """FakeWorld with lean queues, and its ports bare: a hook around each call would be measured too."""

    def __init__(self) -> None:
        self.fakes = FakeWorld()
        self.fakes.budgets.unlimited = True
        self.fakes.log = QuietLog()
        self.notices: LeanQueue[Notice] = LeanQueue()
        self.postings: LeanQueue[RecordId] = LeanQueue()
        self.fakes.notices, self.fakes.postings = cast(Any, self.notices), cast(Any, self.postings)

    def ports(self) -> Ports:
        return Ports(**{field.name: getattr(self.fakes, field.name) for field in fields(Ports)})

    def counted_ports(self, hooks: CountingHooks) -> Ports:
        return fake_ports(self.fakes, hooks)
