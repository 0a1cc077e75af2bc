"""However many letters lie there, each marks its record; and one that cannot keeps no other from it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import RecordId
from ml_connector.pipeline.dead_letters import DeadLetters
from ml_connector.pipeline.ports_dead import DeadQueue
from ml_connector.runtime.handling import DeadLettersFailedError, note_dead_letters
from tests.fakes.clock import FakeDeadline
from tests.unit.pipeline.morgue import Morgue, a_morgue

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 50_000)


@pytest.fixture
def morgue() -> Morgue:
    return a_morgue()


def bury(morgue: Morgue, count: int) -> list[RecordId]:
    records = [morgue.office.row(str(n)) for n in range(count)]
    for record in records:
        morgue.posting(record, key=f"m{record.external_id}")
    return records


def dead(morgue: Morgue, records: list[RecordId]) -> int:
    return sum(morgue.office.found(record).state is State.DEAD for record in records)


def break_the_trail_of(morgue: Morgue, broken: RecordId) -> None:
    real = morgue.office.world.ledger.trail

    def trail(record: RecordId) -> Any:
        if record == broken:
            raise ValueError("audit of 0: not sealed for this place")
        return real(record)

    morgue.office.world.ledger.trail = trail  # type: ignore[method-assign]


def test_letters_are_gone_through_to_the_last(morgue: Morgue) -> None:
    records = bury(morgue, 25)

    report = DeadLetters(morgue.office.ports, morgue.office.catalog, morgue.queues).run(limit=10)

    assert (report.letters, report.marked, dead(morgue, records)) == (25, 25, 25)


def test_all_of_them_can_be_looked_at_again_afterwards(morgue: Morgue) -> None:
    bury(morgue, 25)
    DeadLetters(morgue.office.ports, morgue.office.catalog, morgue.queues).run(limit=10)

    with morgue.queues.peek(DeadQueue.POSTING, limit=100) as letters:
        assert len(letters) == 25


def test_none_is_begun_when_the_time_is_nearly_over(morgue: Morgue) -> None:
    records = bury(morgue, 5)
    clock = morgue.office.world.clock
    deadline = FakeDeadline(clock, ends=clock.now() + timedelta(seconds=23))
    real = morgue.office.world.ledger.commit

    def slow(change: Any) -> Any:
        clock.advance(timedelta(seconds=1))
        return real(change)

    morgue.office.world.ledger.commit = slow  # type: ignore[method-assign]

    report = DeadLetters(morgue.office.ports, morgue.office.catalog, morgue.queues).run(deadline)

    assert (report.letters, dead(morgue, records)) == (4, 4)
    assert deadline.remaining() == timedelta(seconds=19)


def test_a_letter_that_cannot_be_marked_is_told_and_keeps_no_other_from_its_mark(morgue: Morgue) -> None:
    records = bury(morgue, 3)
    break_the_trail_of(morgue, records[0])

    report = morgue.run()

    assert (report.letters, report.marked, report.failed, dead(morgue, records)) == (3, 2, 1, 2)
    assert "dead letter not marked" in morgue.office.world.log.messages("error")
    assert morgue.office.world.metrics.counts["DeadLettersNotMarked"] == 1


def test_a_letter_that_cannot_be_marked_counts_as_an_error_of_the_function_when_all_others_are(morgue: Morgue) -> None:
    records = bury(morgue, 3)
    break_the_trail_of(morgue, records[0])
    service = DeadLetters(morgue.office.ports, morgue.office.catalog, morgue.queues)
    services: Any = SimpleNamespace(dead_letters=service)

    with pytest.raises(DeadLettersFailedError, match="not marked: 1"):
        note_dead_letters(CONTEXT, services)

    assert dead(morgue, records) == 2
