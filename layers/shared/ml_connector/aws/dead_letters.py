"""The two dead-letter queues. Peeking receives for a short while and gives back; only a redrive takes one out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from ml_connector.aws.faults import code_of
from ml_connector.aws.queues import notice_from_message, record_from_message
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

_BATCH = 10
_NOT_OURS_NOW = frozenset({"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"})


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePair:
    """A queue's dead letters, and the queue that they go back to."""

    dead_url: str
    source_url: str = ""


class SqsDeadLetterQueues:
    """`hidden_for` bounds how long a process that dies in mid-peek keeps the letters from others."""

    def __init__(
        self,
        sqs: SQSClient,
        s3: S3Client,
        queues: Mapping[DeadQueue, QueuePair],
        *,
        bucket: str,
        hidden_for: timedelta = timedelta(minutes=1),
    ) -> None:
        self._sqs = sqs
        self._s3 = s3
        self._bucket = bucket
        self._queues = queues
        self._hidden_for = hidden_for
        self._deleted: set[str] = set()

    @contextmanager
    def peek(self, queue: DeadQueue, *, limit: int) -> Iterator[list[DeadLetter]]:
        letters: list[DeadLetter] = []
        try:
            while len(letters) < limit and (some := self._receive(queue, limit - len(letters))):
                letters += some
            yield list(letters)
        finally:
            for letter in letters:
                self._give_back(letter)
            self._deleted.clear()

    def send_back(self, letter: DeadLetter) -> None:
        self._sqs.send_message(QueueUrl=self._queues[letter.queue].source_url, MessageBody=letter.body)

    def keep(self, letter: DeadLetter, said: Mapping[str, str]) -> str:
        """In the payload bucket, which is encrypted under our own key and keeps versions."""
        key = f"dead-letters/{letter.queue}/{letter.id}.json"
        kept = {"body": letter.body, "sent_at": letter.sent_at.isoformat() if letter.sent_at else None, **said}
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(kept).encode())
        return f"s3://{self._bucket}/{key}"

    def delete(self, letter: DeadLetter) -> None:
        self._sqs.delete_message(QueueUrl=self._queues[letter.queue].dead_url, ReceiptHandle=letter.handle)
        self._deleted.add(letter.handle)

    def _receive(self, queue: DeadQueue, most: int) -> list[DeadLetter]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queues[queue].dead_url,
            MaxNumberOfMessages=min(most, _BATCH),
            VisibilityTimeout=int(self._hidden_for.total_seconds()),
            MessageSystemAttributeNames=[
                "ApproximateReceiveCount",
                "ApproximateFirstReceiveTimestamp",
                "SentTimestamp",
            ],
        )
        return [_letter(queue, cast("Mapping[str, Any]", message)) for message in answer.get("Messages", [])]

    def _give_back(self, letter: DeadLetter) -> None:
        if letter.handle in self._deleted:
            return
        with suppress_gone():
            self._sqs.change_message_visibility(
                QueueUrl=self._queues[letter.queue].dead_url, ReceiptHandle=letter.handle, VisibilityTimeout=0
            )


@contextmanager
def suppress_gone() -> Iterator[None]:
    """A letter whose time with us was over is visible already."""
    try:
        yield
    except ClientError as error:
        if code_of(error).rpartition(".")[2] not in _NOT_OURS_NOW:
            raise


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
