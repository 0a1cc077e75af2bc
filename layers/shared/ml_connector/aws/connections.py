"""Connections and flow settings in ConnectionTable, one item each under their tenant. No secret is in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one, query_all
from ml_connector.aws.items import Item, packed, unpacked
from ml_connector.aws.keys import TableKey
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.records.record import canonical

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoConnections:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.connection_table

    def tenants(self) -> list[str]:
        return [unpacked(item)["sk"] for item in query_all(self._dynamodb, self._table, keys.TENANTS)]

    def get(self, connection: ConnectionId) -> Connection:
        item = get_one(self._dynamodb, self._table, keys.connection(connection))
        if item is None:
            raise KeyError(str(connection))
        return _connection_of(item)

    def save(self, connection: Connection) -> None:
        """The tenant's name goes first: no connection is ever out of sight."""
        self._dynamodb.put_item(TableName=self._table, Item=keys.tenant(connection.id.tenant).item)
        self._put(keys.connection(connection.id), connection)

    def flow(self, flow: FlowId) -> FlowSettings:
        item = get_one(self._dynamodb, self._table, keys.flow(flow))
        if item is None:
            raise KeyError(str(flow))
        return _flow_of(item)

    def flows(self, tenant: str) -> list[FlowSettings]:
        items = query_all(self._dynamodb, self._table, keys.flows(tenant))
        return sorted(map(_flow_of, items), key=lambda flow: flow.id)

    def save_flow(self, flow: FlowSettings) -> None:
        self._put(keys.flow(flow.id), flow)

    def list(self, tenant: str) -> list[Connection]:
        return [_connection_of(item) for item in query_all(self._dynamodb, self._table, keys.connections(tenant))]

    def _put(self, key: TableKey, value: Any) -> None:
        body = canonical(encode(value)).decode()
        self._dynamodb.put_item(TableName=self._table, Item={**key.item, **packed({"body": body})})


def _connection_of(item: Item) -> Connection:
    connection: Connection = decode(Connection, json.loads(unpacked(item)["body"]))
    return connection


def _flow_of(item: Item) -> FlowSettings:
    flow: FlowSettings = decode(FlowSettings, json.loads(unpacked(item)["body"]))
    return flow
