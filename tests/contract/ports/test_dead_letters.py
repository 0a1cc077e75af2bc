"""The dead-letter queues on an emulated SQS: peeking takes nothing, a redrive moves one letter, and all come back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.aws.dead_letters import QueuePair, SqsDeadLetterQueues
from ml_connector.aws.queues import body_of
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from tests.contract.ports.builders import ACME, a_record
from tests.contract.ports.emulated import Emulated

HIDDEN = timedelta(seconds=30)


class Queues:
    """Both queues with their dead letters, fresh for each test."""

    def __init__(self, aws: Emulated) -> None:
        self.sqs: Any = aws.sqs
        number = next(aws.numbers)
        self.pairs = {queue: self._pair(f"{queue}-{number}") for queue in DeadQueue}
        self.bucket = f"kept-{number}"
        self.s3: Any = aws.s3
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.port = SqsDeadLetterQueues(
            aws.sqs, aws.s3, self.pairs, bucket=self.bucket, hidden_for=HIDDEN, wait=timedelta()
        )

    def bury(self, queue: DeadQueue, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.pairs[queue].dead_url, MessageBody=body)

    def peeked(self, queue: DeadQueue, limit: int = 100) -> list[DeadLetter]:
        with self.port.peek(queue, limit=limit) as letters:
            return letters

    def visible(self, url: str) -> list[str]:
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    def _pair(self, name: str) -> QueuePair:
        source, dead = (self.sqs.create_queue(QueueName=f"{name}-{what}")["QueueUrl"] for what in ("source", "dead"))
        return QueuePair(dead_url=dead, source_url=source)


@pytest.fixture
def queues(aws: Emulated) -> Queues:
    return Queues(aws)


def test_a_dead_posting_is_read_as_its_record(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, _posting(a_record("1")))

    (letter,) = queues.peeked(DeadQueue.POSTING)

    assert (letter.content, letter.queue, letter.receives) == (a_record("1"), DeadQueue.POSTING, 1)
    assert letter.id
    assert letter.sent_at is not None


def test_a_dead_notice_is_read_as_a_notice(queues: Queues) -> None:
    notice = Notice(
        flow=ACME, cause=NoticeCause.POLLED, records=(NoticedRecord(external_id="1"),), run_id="r", attempt=3
    )
    queues.bury(DeadQueue.NOTICE, body_of(notice))

    (letter,) = queues.peeked(DeadQueue.NOTICE)

    assert letter.content == notice


@pytest.mark.parametrize("body", ["{", "{}", "plain text", '{"record": "no record"}', "[1]", "null"])
@pytest.mark.parametrize("queue", list(DeadQueue))
def test_what_nobody_can_read_is_kept_verbatim(queues: Queues, queue: DeadQueue, body: str) -> None:
    queues.bury(queue, body)

    (letter,) = queues.peeked(queue)

    assert (letter.content, letter.body) == (None, body)


def test_peeking_takes_nothing(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, *map(str, range(3)))

    first, second = queues.peeked(DeadQueue.POSTING), queues.peeked(DeadQueue.POSTING)

    assert sorted(letter.id for letter in first) == sorted(letter.id for letter in second)


def test_peeking_sees_more_than_one_call_gives_and_none_twice(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, *map(str, range(25)))

    letters = queues.peeked(DeadQueue.POSTING)

    assert sorted(int(letter.body) for letter in letters) == list(range(25))


def test_no_more_are_peeked_at_than_asked_for(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, *map(str, range(15)))

    assert len(queues.peeked(DeadQueue.POSTING, limit=12)) == 12


def test_while_one_looks_nobody_else_sees_the_letters(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, "1")

    with queues.port.peek(DeadQueue.POSTING, limit=10):
        assert queues.peeked(DeadQueue.POSTING) == []


def test_letters_come_back_even_if_the_work_on_them_fails(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, "1")

    with pytest.raises(ZeroDivisionError), queues.port.peek(DeadQueue.POSTING, limit=10):
        _ = 1 / 0

    assert queues.visible(queues.pairs[DeadQueue.POSTING].dead_url) == ["1"]


def test_a_letter_that_is_sent_back_goes_unchanged_to_its_own_queue(queues: Queues) -> None:
    queues.bury(DeadQueue.NOTICE, '{ "odd":  1 }')

    with queues.port.peek(DeadQueue.NOTICE, limit=10) as letters:
        queues.port.send_back(letters[0])
        queues.port.delete(letters[0])

    assert queues.visible(queues.pairs[DeadQueue.NOTICE].source_url) == ['{ "odd":  1 }']
    assert queues.visible(queues.pairs[DeadQueue.NOTICE].dead_url) == []


def test_only_the_deleted_letter_is_gone(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, "1", "2")

    with queues.port.peek(DeadQueue.POSTING, limit=10) as letters:
        queues.port.delete(letters[0])
        kept = letters[1].body

    assert queues.visible(queues.pairs[DeadQueue.POSTING].dead_url) == [kept]


def test_the_two_queues_are_apart(queues: Queues) -> None:
    queues.bury(DeadQueue.POSTING, "1")

    assert queues.peeked(DeadQueue.NOTICE) == []


def _posting(record: RecordId) -> str:
    return f'{{"record":"{record}"}}'


def test_a_letter_that_is_kept_outlives_its_queue_verbatim_with_what_was_said_of_it(queues: Queues) -> None:
    queues.bury(DeadQueue.NOTICE, "{")

    with queues.port.peek(DeadQueue.NOTICE, limit=10) as (letter,):
        place = queues.port.keep(letter, {"by": "ann", "reason": "not ours"})
        queues.port.delete(letter)

    kept = json.loads(queues.s3.get_object(Bucket=queues.bucket, Key=place.split("/", 3)[3])["Body"].read())
    assert (kept["body"], kept["by"], kept["reason"]) == ("{", "ann", "not ours")
    assert queues.peeked(DeadQueue.NOTICE) == []
