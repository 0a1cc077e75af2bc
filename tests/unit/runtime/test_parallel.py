"""A few at a time, and never an answer thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier

import pytest

from ml_connector.runtime.parallel import ThreadParallel


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
