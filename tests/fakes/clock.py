"""Time and ids that a test decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        self._now += by
        return self._now

    def set_to(self, moment: datetime) -> datetime:
        """Back as well: what happens at the same time is played one after the other."""
        self._now = moment
        return self._now

    def advance_to(self, moment: datetime) -> datetime:
        """Never goes back."""
        self._now = max(self._now, moment)
        return self._now


class FakeIds:
    """1, 2, 3 ... as 32 hexadecimal characters."""

    def __init__(self) -> None:
        self.given = 0

    def new(self) -> str:
        self.given += 1
        return f"{self.given:032x}"


class FakeDeadline:
    """Ends at a moment of the clock; without one, `default` is always left."""

    def __init__(
        self, clock: FakeClock, *, ends: datetime | None = None, default: timedelta = timedelta(minutes=5)
    ) -> None:
        self._clock = clock
        self.ends = ends
        self.default = default

    def remaining(self) -> timedelta:
        return self.default if self.ends is None else self.ends - self._clock.now()
