"""Tickets of consents under way in ConnectionTable, gone by themselves when they are over; and claimed identities."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one, query_all
from ml_connector.aws.faults import is_condition_failed
from ml_connector.aws.items import Item, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.identity import fingerprint
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.ports_consent import Ticket

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_MINE = "attribute_not_exists(pk) OR holder = :mine"


class DynamoConsents:
    """DynamoDB may take two days to remove what is over: whoever looks at a ticket judges its end too."""

    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.connection_table

    def keep(self, mark: str, ticket: Ticket) -> None:
        body = canonical(encode(ticket)).decode()
        values = packed({"body": body, "expires_at": int(ticket.expires_at.timestamp())})
        key = keys.consent(ticket.connection.tenant, mark)
        self._dynamodb.put_item(TableName=self._table, Item={**key.item, **values})

    def look(self, tenant: str, mark: str) -> Ticket | None:
        item = get_one(self._dynamodb, self._table, keys.consent(tenant, mark))
        return None if item is None else _ticket_of(item)

    def take(self, tenant: str, mark: str) -> Ticket | None:
        key = keys.consent(tenant, mark).item
        answer = self._dynamodb.delete_item(TableName=self._table, Key=key, ReturnValues="ALL_OLD")
        item = answer.get("Attributes")
        return _ticket_of(item) if item else None

    def list(self, tenant: str) -> list[Ticket]:
        return [_ticket_of(item) for item in query_all(self._dynamodb, self._table, keys.consents(tenant))]

    def claim(self, identity: str, tenant: str) -> bool:
        holder = _holder(identity, tenant)
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**keys.claimed(identity).item, **packed({"holder": holder})},
                ConditionExpression=_MINE,
                ExpressionAttributeValues=packed({":mine": holder}),
            )
        except ClientError as error:
            if is_condition_failed(error):
                return False
            raise
        return True

    def has_claim(self, identity: str, tenant: str) -> bool:
        item = get_one(self._dynamodb, self._table, keys.claimed(identity))
        return item is not None and unpacked(item)["holder"] == _holder(identity, tenant)

    def release(self, identity: str, tenant: str) -> None:
        try:
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=keys.claimed(identity).item,
                ConditionExpression=_MINE,
                ExpressionAttributeValues=packed({":mine": _holder(identity, tenant)}),
            )
        except ClientError as error:
            if not is_condition_failed(error):
                raise


def _holder(identity: str, tenant: str) -> str:
    """The tenant, so that only who knows the name can ask for it."""
    return fingerprint("holder", identity, tenant, length=64)


def _ticket_of(item: Item) -> Ticket:
    ticket: Ticket = decode(Ticket, json.loads(unpacked(item)["body"]))
    return ticket
