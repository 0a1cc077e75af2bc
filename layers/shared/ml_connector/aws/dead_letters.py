"""The two dead-letter queues. Peeking receives for a short while and gives back; only a redrive takes one out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from ml_connector.aws.faults import code_of
from ml_connector.aws.queues import notice_from_message, record_from_message
from ml_connector.domain.errors import TransientError
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

_BATCH = 10
_WAIT = timedelta(seconds=1)
"""Any wait makes SQS ask all of its servers; without one it asks some, and an answer may be empty though letters lie
there."""

_EMPTY_ANSWERS = 2
"""So many in a row, before a queue is believed to be empty."""

_EMPTY_WHILE_HELD = 8
"""So many where others have letters in their hands, as the function that marks records has for a moment each minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePair:
    """A queue's dead letters, and the queue that they go back to."""

    dead_url: str
    source_url: str = ""


class SqsDeadLetterQueues:
    """`hidden_for` bounds how long a process that dies in mid-peek keeps the letters from others.

    Whatever AWS refuses is a TransientError here: one letter's trouble, which its reader can tell.
    """

    def __init__(
        self,
        sqs: SQSClient,
        s3: S3Client,
        queues: Mapping[DeadQueue, QueuePair],
        *,
        bucket: str,
        hidden_for: timedelta = timedelta(minutes=1),
        wait: timedelta = _WAIT,
    ) -> None:
        self._sqs = sqs
        self._s3 = s3
        self._bucket = bucket
        self._queues = queues
        self._hidden_for = hidden_for
        self._wait = wait
        self._deleted: set[str] = set()

    @contextmanager
    def peek(self, queue: DeadQueue, *, limit: int) -> Iterator[list[DeadLetter]]:
        letters: list[DeadLetter] = []
        try:
            empty = 0
            while len(letters) < limit and not self._is_empty(queue, empty, held=len(letters)):
                some = self._receive(queue, limit - len(letters))
                letters += some
                empty = 0 if some else empty + 1
            yield list(letters)
        finally:
            for letter in letters:
                self._give_back(letter)
            self._deleted.difference_update(letter.handle for letter in letters)

    def send_back(self, letter: DeadLetter) -> None:
        with _in_our_words("SendMessage"):
            self._sqs.send_message(QueueUrl=self._queues[letter.queue].source_url, MessageBody=letter.body)

    def keep(self, letter: DeadLetter, said: Mapping[str, str]) -> str:
        """In the payload bucket, which is encrypted under our own key and keeps versions."""
        key = f"dead-letters/{letter.queue}/{letter.id}.json"
        kept = {"body": letter.body, "sent_at": letter.sent_at.isoformat() if letter.sent_at else None, **said}
        with _in_our_words("PutObject"):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(kept).encode())
        return f"s3://{self._bucket}/{key}"

    def delete(self, letter: DeadLetter) -> None:
        with _in_our_words("DeleteMessage"):
            self._sqs.delete_message(QueueUrl=self._queues[letter.queue].dead_url, ReceiptHandle=letter.handle)
        self._deleted.add(letter.handle)

    def _is_empty(self, queue: DeadQueue, empty_answers: int, *, held: int) -> bool:
        """`held`: how many of its letters are in our own hands."""
        if empty_answers < _EMPTY_ANSWERS:
            return False
        return empty_answers >= _EMPTY_WHILE_HELD or self._in_hands(queue) <= held

    def _in_hands(self, queue: DeadQueue) -> int:
        counted: Final = "ApproximateNumberOfMessagesNotVisible"
        with _in_our_words("GetQueueAttributes"):
            answer = self._sqs.get_queue_attributes(QueueUrl=self._queues[queue].dead_url, AttributeNames=[counted])
        return int(answer.get("Attributes", {}).get(counted, 0))

    def _receive(self, queue: DeadQueue, most: int) -> list[DeadLetter]:
        with _in_our_words("ReceiveMessage"):
            answer = self._sqs.receive_message(
                QueueUrl=self._queues[queue].dead_url,
                MaxNumberOfMessages=min(most, _BATCH),
                WaitTimeSeconds=int(self._wait.total_seconds()),
                VisibilityTimeout=int(self._hidden_for.total_seconds()),
                MessageSystemAttributeNames=[
                    "ApproximateReceiveCount",
                    "ApproximateFirstReceiveTimestamp",
                    "SentTimestamp",
                ],
            )
        return [_letter(queue, cast("Mapping[str, Any]", message)) for message in answer.get("Messages", [])]

    def _give_back(self, letter: DeadLetter) -> None:
        """Where that fails, it is visible by itself as soon as its time with us is over."""
        if letter.handle in self._deleted:
            return
        with suppress(ClientError, BotoCoreError):
            self._sqs.change_message_visibility(
                QueueUrl=self._queues[letter.queue].dead_url, ReceiptHandle=letter.handle, VisibilityTimeout=0
            )


@contextmanager
def _in_our_words(operation: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        why = code_of(error) if isinstance(error, ClientError) else type(error).__name__
        raise TransientError(why, system="aws", operation=operation) from error


def _letter(queue: DeadQueue, message: Mapping[str, Any]) -> DeadLetter:
    told = message.get("Attributes", {})
    return DeadLetter(
        queue=queue,
        id=message["MessageId"],
        body=message["Body"],
        content=_content(queue, message["Body"]),
        receives=int(told.get("ApproximateReceiveCount", 0)),
        sent_at=_instant(told.get("SentTimestamp")),
        first_received_at=_instant(told.get("ApproximateFirstReceiveTimestamp")),
        handle=message["ReceiptHandle"],
    )


def _content(queue: DeadQueue, body: str) -> Notice | RecordId | None:
    with suppress(ValueError):
        return notice_from_message(body) if queue is DeadQueue.NOTICE else record_from_message(body)
    return None


def _instant(milliseconds: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else None
