"""What goes wrong with one letter of a redrive is told in the summary and in the trail, and the others go on."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import TransientError
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from tests.unit.pipeline.morgue import Morgue, a_morgue
from tests.unit.pipeline.office import BILLS

REFUSED = TransientError("RequestThrottled", system="aws", operation="DeleteMessage")


@pytest.fixture
def morgue() -> Morgue:
    return a_morgue()


def refuse_to_delete(morgue: Morgue, letter_id: str, error: Exception) -> None:
    real = morgue.queues.delete

    def delete(letter: DeadLetter) -> None:
        if letter.id == letter_id:
            raise error
        real(letter)

    morgue.queues.delete = delete  # type: ignore[method-assign]


def refuse_to_send(queue: Any) -> None:
    def send(messages: Any, **_: Any) -> None:
        raise TransientError("messages were refused", system="aws", operation="SendMessageBatch")

    queue.send = send


@pytest.mark.parametrize("error", [REFUSED, RuntimeError("what nobody thought of")], ids=["refused", "unthought-of"])
def test_a_letter_that_cannot_be_deleted_hides_nothing_of_the_others(morgue: Morgue, error: Exception) -> None:
    for n in ("1", "2", "3"):
        morgue.posting(morgue.office.row(n), key=f"m{n}")
    morgue.run()
    refuse_to_delete(morgue, "m2", error)

    done = morgue.redrive(DeadQueue.POSTING)

    assert [(one.message_id, one.sent) for one in done] == [("m1", True), ("m2", True), ("m3", True)]
    assert done[1].text == f"sent back, and among the dead letters still, which does no harm: {error}"
    assert len(morgue.office.world.postings.bodies) == 3


def test_a_record_whose_letter_did_not_go_is_told_that_it_did_not(morgue: Morgue) -> None:
    record = morgue.office.row("1")
    morgue.notice("1")
    refuse_to_send(morgue.office.ports.notices)

    (one,) = morgue.redrive(DeadQueue.NOTICE)

    assert (one.sent, one.text.partition(":")[0]) == (False, "not sent back, it stays a dead letter")
    assert morgue.told(record) == [(Step.REDRIVEN, "ann"), (Step.FAILED, "ann")]
    last = morgue.office.world.ledger.trail(record)[-1].event
    assert last.text.startswith("not sent back from the dead letters of the notice queue after all, where it stays: ")
    assert last.detail == {"message": "n1", "queue": "notice"}


def test_each_record_that_was_told_of_it_and_no_other_is_told_that_it_did_not(morgue: Morgue) -> None:
    first, second = morgue.office.row("1"), morgue.office.row("2")
    morgue.notice("1", "2")
    real = morgue.office.world.ledger.commit

    def commit(change: Any) -> Any:
        if change.after.record == second:
            raise TransientError("throttled", system="aws", operation="TransactWriteItems")
        return real(change)

    morgue.office.world.ledger.commit = commit  # type: ignore[method-assign]

    (one,) = morgue.redrive(DeadQueue.NOTICE)

    assert not one.sent
    assert morgue.told(first) == [(Step.REDRIVEN, "ann"), (Step.FAILED, "ann")]
    assert morgue.told(second) == []


def test_a_letter_of_no_record_that_did_not_go_is_told_of_in_the_journal(morgue: Morgue) -> None:
    morgue.notice("unknown")
    refuse_to_send(morgue.office.ports.notices)

    morgue.redrive(DeadQueue.NOTICE)

    entries = morgue.office.world.journal.entries(BILLS.tenant)
    assert [entry.step for entry in entries] == [Step.REDRIVEN, Step.FAILED]


def test_a_crashed_record_goes_on_by_itself_though_its_letter_stayed(morgue: Morgue) -> None:
    record = morgue.office.row("1")
    morgue.posting(record)
    morgue.run()
    refuse_to_send(morgue.office.ports.postings)

    (one,) = morgue.redrive(DeadQueue.POSTING)

    assert (one.sent, morgue.office.found(record).state) == (False, State.PLANNED)
    assert len(morgue.office.world.postings.dead) == 1
