"""One token bucket per vendor account in ConnectionTable, shared by all workers: one write takes for many requests.

A worker remembers the bucket as it last saw it and writes under the condition that it is still so; where another was
faster, the refused write brings the newer bucket back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ml_connector.aws import bucket as buckets
from ml_connector.aws import keys
from ml_connector.aws.bucket import Bucket
from ml_connector.aws.faults import is_condition_failed, old_item
from ml_connector.aws.items import iso, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.errors import TransientError
from ml_connector.domain.posting import Limits

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_TRIES = 10
_CROWDED = timedelta(milliseconds=250)
_UPDATE = (
    "SET tokens = :tokens, bucket_at = :at, revision = :next, blocked_until = :blocked,"
    " holder = :holder, held_until = :held"
)
_NEVER = _NOBODY = "-"


class DynamoBudgets:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.connection_table
        self._seen: dict[tuple[str, str], tuple[int, Bucket]] = {}

    def take(
        self, tenant: str, account: str, limits: Limits, *, wanted: int, now: datetime, holder: str = ""
    ) -> tuple[int, timedelta]:
        """A bucket that was empty when last seen can only be emptier: no call is made for that answer."""
        for _ in range(_TRIES):
            revision, known = self._seen.get((tenant, account), (0, buckets.full(limits, now)))
            if (wait := buckets.wait_of(known, limits, now, holder=holder)) is not None:
                return 0, wait
            left, granted = buckets.taken(known, limits, wanted=wanted, now=now)
            if self._write(tenant, account, left, revision=revision):
                return granted, timedelta()
        return 0, _CROWDED

    def pause(self, tenant: str, account: str, *, until: datetime, now: datetime) -> None:
        for _ in range(_TRIES):
            revision, known = self._seen.get((tenant, account), (0, Bucket(tokens=0, at=now)))
            if self._write(tenant, account, buckets.blocked(known, until), revision=revision):
                return
        raise TransientError("the budget is written too often", system="aws", operation="pause")

    def hold(self, tenant: str, account: str, *, holder: str, until: datetime, now: datetime) -> bool:
        for _ in range(_TRIES):
            revision, known = self._seen.get((tenant, account), (0, Bucket(tokens=0, at=now)))
            if buckets.is_held(known, now, holder=holder):
                return False
            if self._write(tenant, account, buckets.held(known, until, holder=holder), revision=revision):
                return True
        return False

    def _write(self, tenant: str, account: str, bucket: Bucket, *, revision: int) -> bool:
        """False where the bucket is another by now; it is known then."""
        values: dict[str, Any] = {
            ":tokens": bucket.tokens,
            ":at": iso(bucket.at),
            ":next": revision + 1,
            ":blocked": iso(bucket.blocked_until) if bucket.blocked_until else _NEVER,
            ":holder": bucket.holder or _NOBODY,
            ":held": iso(bucket.held_until) if bucket.held_until else _NEVER,
        }
        condition = "revision = :known" if revision else "attribute_not_exists(revision)"
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.budget(tenant, account).item,
                UpdateExpression=_UPDATE,
                ConditionExpression=condition,
                ExpressionAttributeValues=packed(values | ({":known": revision} if revision else {})),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_failed(error):
                raise
            self._learn(tenant, account, old_item(error))
            return False
        self._seen[(tenant, account)] = (revision + 1, bucket)
        return True

    def _learn(self, tenant: str, account: str, item: Mapping[str, Any] | None) -> None:
        """No item: it was taken away, and the bucket begins anew."""
        if item is None:
            self._seen.pop((tenant, account), None)
            return
        stored = unpacked(item)
        known = Bucket(
            tokens=int(stored["tokens"]),
            at=datetime.fromisoformat(stored["bucket_at"]),
            blocked_until=_moment(stored["blocked_until"]),
            holder=stored.get("holder", _NOBODY),
            held_until=_moment(stored.get("held_until", _NEVER)),
        )
        self._seen[(tenant, account)] = (int(stored["revision"]), known)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text != _NEVER else None
