"""The epoch, kept in both tables that a restore could set back and in S3, which it could not.

A table that stands behind the marker has lost what we did since: the number is raised everywhere, and whoever creates
looks first from then on. A restore to a moment of the same epoch cannot be seen: `raise_epoch` is said by a person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one
from ml_connector.aws.faults import code_of, is_condition_failed
from ml_connector.aws.items import packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.pipeline.ports import Epoch

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client

MARKER = "epoch.json"


class StoredEpochs:
    """One small read where nothing is amiss; `thorough` compares all three places."""

    def __init__(self, dynamodb: DynamoDBClient, s3: S3Client, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._s3 = s3
        self._bucket = resources.payload_bucket
        self._near = resources.cross_reference_table
        self._tables = (resources.connection_table, resources.cross_reference_table)

    def current(self, *, thorough: bool = False) -> Epoch:
        near = self._number_in(self._near)
        if near is not None and not thorough:
            return _epoch(near)
        marker, numbers = self._marker(), [self._number_in(table) for table in self._tables]
        if marker is None:
            return self._begin(max(number or 1 for number in numbers))
        if any(number is None or number < marker for number in numbers):
            return self.raise_epoch()
        return _epoch(marker)

    def raise_epoch(self) -> Epoch:
        """The marker moves first: a crash before the tables follow is found, and at worst raises once more."""
        numbers = [self._marker(), *(self._number_in(table) for table in self._tables)]
        number = max(number or 0 for number in numbers) + 1
        self._mark(number)
        self._fill(number)
        return _epoch(number)

    def _begin(self, number: int) -> Epoch:
        """The first start fills the tables first: a crash in between must not look like a restore."""
        self._fill(number)
        self._mark(number)
        return _epoch(number)

    def _mark(self, number: int) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=MARKER, Body=json.dumps({"number": number}).encode())

    def _fill(self, number: int) -> None:
        for table in self._tables:
            self._put(table, number)

    def _put(self, table: str, number: int) -> None:
        try:
            self._dynamodb.put_item(
                TableName=table,
                Item={**keys.EPOCH.item, **packed({"epoch": number})},
                ConditionExpression="attribute_not_exists(pk) OR epoch < :number",
                ExpressionAttributeValues=packed({":number": number}),
            )
        except ClientError as error:
            if not is_condition_failed(error):
                raise

    def _number_in(self, table: str) -> int | None:
        item = get_one(self._dynamodb, table, keys.EPOCH)
        return None if item is None else int(unpacked(item)["epoch"])

    def _marker(self) -> int | None:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=MARKER)
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "404"):
                return None
            raise
        return cast(int, json.loads(answer["Body"].read())["number"])


def _epoch(number: int) -> Epoch:
    return Epoch(number=number, restored=number > 1)
