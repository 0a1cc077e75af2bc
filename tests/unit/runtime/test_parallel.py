"""A few at a time, and never an answer thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Event

import pytest

from ml_connector.runtime.parallel import ThreadParallel, ThreadTogether


def test_results_of_all_come_as_they_end() -> None:
    assert sorted(ThreadParallel().run(lambda number: number * 2, range(7), width=3)) == [0, 2, 4, 6, 8, 10, 12]


def test_as_many_run_at_once_as_the_width_says() -> None:
    together = Barrier(3)

    assert len(list(ThreadParallel().run(lambda _: together.wait(timeout=5), range(3), width=3))) == 3


def test_what_was_begun_is_answered_before_a_broken_source_is_raised() -> None:
    answered: list[int] = []

    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise RuntimeError("the third cannot be made ready")

    with pytest.raises(RuntimeError, match="the third"):
        answered.extend(ThreadParallel().run(lambda number: number, source(), width=4))

    assert sorted(answered) == [1, 2]


def test_things_done_together_wait_for_none_that_takes_too_long() -> None:
    never = Event()

    try:
        results = ThreadTogether().run([lambda: 1, never.wait, lambda: 3], limit=timedelta(seconds=0.2))
    finally:
        never.set()

    assert results == [1, None, 3]


def test_things_done_together_run_at_the_same_time() -> None:
    meeting = Barrier(3)

    assert ThreadTogether().run([meeting.wait] * 3, limit=timedelta(seconds=30)).count(None) == 0


def test_without_time_nothing_is_begun() -> None:
    begun: list[int] = []

    assert ThreadTogether().run([lambda: begun.append(1)], limit=timedelta()) == [None]
    assert begun == []
