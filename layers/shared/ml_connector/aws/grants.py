"""Lease rows of rotating tokens in ConnectionTable, replaced only as a whole and only as they were read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one
from ml_connector.aws.faults import is_condition_failed
from ml_connector.aws.items import packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.connection import GrantRow
from ml_connector.domain.identity import fingerprint
from ml_connector.domain.records.record import canonical

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoGrants:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.connection_table

    def load(self, tenant: str, grant: str) -> GrantRow:
        item = get_one(self._dynamodb, self._table, keys.grant(tenant, grant))
        if item is None:
            raise KeyError(f"{tenant}: {grant}")
        row: GrantRow = decode(GrantRow, json.loads(unpacked(item)["body"]))
        return row

    def put(self, row: GrantRow, *, expected: GrantRow | None) -> bool:
        """Finding exactly `row` there already is our own earlier success."""
        body = _body(row)
        allowed, values = "revision = :mine", {":mine": fingerprint(body)}
        if expected is None:
            allowed += " OR attribute_not_exists(pk)"
        else:
            allowed, values[":expected"] = f"{allowed} OR revision = :expected", fingerprint(_body(expected))
        stored = {**keys.grant(row.tenant, row.grant).item, **packed({"body": body, "revision": fingerprint(body)})}
        return self._put(stored, condition=allowed, values=packed(cast(dict[str, Any], values)))

    def _put(self, item: dict[str, Any], *, condition: str, values: dict[str, Any]) -> bool:
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=item, ConditionExpression=condition, ExpressionAttributeValues=values
            )
        except ClientError as error:
            if is_condition_failed(error):
                return False
            raise
        return True


def _body(row: GrantRow) -> str:
    return canonical(encode(row)).decode()
