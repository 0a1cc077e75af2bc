"""Many items in few calls: what DynamoDB leaves undone is asked again, a few times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, cast

from ml_connector.aws.items import Item
from ml_connector.aws.keys import TableKey
from ml_connector.domain.errors import TransientError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_GETS, _PUTS, _TRIES = 100, 25, 8


def get_all(dynamodb: DynamoDBClient, table: str, keys: Sequence[TableKey]) -> Iterator[Item]:
    """The items there are, consistent, in no order. Keys may repeat."""
    for some in batched(dict.fromkeys(keys), _GETS, strict=False):
        wanted: dict[str, Any] = {table: {"Keys": [key.item for key in some], "ConsistentRead": True}}
        for _ in range(_TRIES):
            answer = dynamodb.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(table, [])
            wanted = cast(dict[str, Any], answer.get("UnprocessedKeys", {}))
            if not wanted:
                break
        else:
            raise TransientError("keys left unread", system="aws", operation="BatchGetItem")


def put_all(dynamodb: DynamoDBClient, table: str, items: Sequence[Item]) -> None:
    """No two items may have the same key."""
    for some in batched(items, _PUTS, strict=False):
        wanted: dict[str, Any] = {table: [{"PutRequest": {"Item": item}} for item in some]}
        for _ in range(_TRIES):
            wanted = cast(dict[str, Any], dynamodb.batch_write_item(RequestItems=wanted).get("UnprocessedItems", {}))
            if not wanted:
                break
        else:
            raise TransientError("items left unwritten", system="aws", operation="BatchWriteItem")


def get_one(dynamodb: DynamoDBClient, table: str, key: TableKey) -> Item | None:
    """Consistent."""
    return cast("Item | None", dynamodb.get_item(TableName=table, Key=key.item, ConsistentRead=True).get("Item"))


def last_of(dynamodb: DynamoDBClient, table: str, pk: str) -> Item | None:
    """The last item of one partition, consistent."""
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=1,
    )["Items"]
    return cast(Item, found[0]) if found else None


def query_all(dynamodb: DynamoDBClient, table: str, pk: str, *, begins: str | None = None) -> Iterator[Item]:
    """One partition in the order of its sort key, page by page, consistent."""
    values: dict[str, Any] = {":pk": {"S": pk}}
    condition = "pk = :pk"
    if begins is not None:
        values[":begins"], condition = {"S": begins}, "pk = :pk AND begins_with(sk, :begins)"
    start: dict[str, Any] = {}
    while True:
        answer = dynamodb.query(
            TableName=table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            **cast(Any, start),
        )
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
