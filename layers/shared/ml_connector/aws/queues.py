"""NoticeQueue and PostingQueue: small messages of ids, grouped by connection so that none crowds out another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from ml_connector.aws import keys
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.errors import TransientError
from ml_connector.domain.identity import ConnectionId, RecordId
from ml_connector.domain.notice import Notice
from ml_connector.domain.records.record import canonical
from ml_connector.domain.registration import Push

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

LARGEST_MESSAGE = 200_000
LARGEST_BATCH = 250_000
LONGEST_DELAY = timedelta(minutes=15)
MOST_RECORDS = 100
_ENTRIES = 10
_PUSH = "push"


@dataclass(frozen=True, slots=True)
class Outgoing:
    body: str
    group: ConnectionId


class SqsNotices:
    def __init__(self, sqs: SQSClient, resources: Resources) -> None:
        self._queue = _Queue(sqs, resources.notice_queue_url, is_fair=resources.fair_queues)

    def send(self, notices: Sequence[Notice], *, delay: timedelta = timedelta()) -> None:
        parts = (part for notice in notices for part in split(notice))
        self._queue.send((Outgoing(body_of(part), part.flow.source_connection) for part in parts), delay)


class SqsPushes:
    """On NoticeQueue too: what was pushed becomes notices."""

    def __init__(self, sqs: SQSClient, resources: Resources) -> None:
        self._queue = _Queue(sqs, resources.notice_queue_url, is_fair=resources.fair_queues)

    def send(self, push: Push, *, delay: timedelta = timedelta()) -> None:
        body = canonical({_PUSH: encode(push)}).decode()
        self._queue.send([Outgoing(body, push.connection)], delay)


class SqsPostings:
    def __init__(self, sqs: SQSClient, resources: Resources) -> None:
        self._queue = _Queue(sqs, resources.posting_queue_url, is_fair=resources.fair_queues)

    def send(self, records: Sequence[RecordId], *, delay: timedelta = timedelta()) -> None:
        self._queue.send((_posting(record) for record in dict.fromkeys(records)), delay)


def notice_from_message(body: str) -> Notice:
    """Raises ValueError where the body is not a notice."""
    try:
        notice: Notice = decode(Notice, json.loads(body))
        keys.flow_text(notice.flow)
        return notice
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError("not a notice") from error


def push_from_message(body: str) -> Push | None:
    """None where the body is something else."""
    try:
        found = json.loads(body)
        return decode(Push, found[_PUSH]) if set(found) == {_PUSH} else None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None


def record_from_message(body: str) -> RecordId:
    """Raises ValueError where the body names no record."""
    try:
        record = RecordId.parse(json.loads(body)["record"])
        keys.flow_text(record.flow)
        return record
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError("not a posting") from error


def body_of(notice: Notice) -> str:
    return canonical({"records": [], **encode(notice)}).decode()


def split(notice: Notice) -> Iterator[Notice]:
    """In parts of at most 100 records and 200 KB, halved until they fit."""
    if len(notice.records) > MOST_RECORDS:
        yield from split(replace(notice, records=notice.records[:MOST_RECORDS]))
        yield from split(replace(notice, records=notice.records[MOST_RECORDS:]))
    elif len(notice.records) > 1 and len(body_of(notice).encode()) > LARGEST_MESSAGE:
        middle = len(notice.records) // 2
        yield from split(replace(notice, records=notice.records[:middle]))
        yield from split(replace(notice, records=notice.records[middle:]))
    else:
        yield notice


def _posting(record: RecordId) -> Outgoing:
    return Outgoing(canonical({"record": str(record)}).decode(), record.flow.target_connection)


class _Queue:
    def __init__(self, sqs: SQSClient, url: str, *, is_fair: bool) -> None:
        self._sqs = sqs
        self._url = url
        self._is_fair = is_fair

    def send(self, messages: Iterable[Outgoing], delay: timedelta) -> None:
        """Raises TransientError where a message was refused twice; the others of the batch are sent then."""
        seconds = max(0, ceil(min(delay, LONGEST_DELAY).total_seconds()))  # a fraction must not become no wait
        for batch in _batches(messages):
            entries = [self._entry(place, message, seconds) for place, message in enumerate(batch)]
            if refused := self._refused(entries):
                again = [entries[int(place)] for place in refused]
                if self._refused(again):
                    raise TransientError("messages were refused", system="aws", operation="SendMessageBatch")

    def _refused(self, entries: list[dict[str, Any]]) -> list[str]:
        answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=cast(Any, entries))
        return [failed["Id"] for failed in answer.get("Failed", [])]

    def _entry(self, place: int, message: Outgoing, seconds: int) -> dict[str, Any]:
        group = {"MessageGroupId": str(message.group)} if self._is_fair else {}
        return {"Id": str(place), "MessageBody": message.body, "DelaySeconds": seconds, **group}


def _batches(messages: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    batch: list[Outgoing] = []
    size = 0
    for message in messages:
        length = len(message.body.encode())
        if batch and (len(batch) == _ENTRIES or size + length > LARGEST_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += length
    if batch:
        yield batch
