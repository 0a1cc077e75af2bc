"""Versions of records in PayloadTable, sealed; above the item limit in PayloadBucket, with a pointer left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ml_connector.aws import keys
from ml_connector.aws.batches import get_all, get_one, put_all
from ml_connector.aws.items import Item, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.aws.vault import Place, Vault
from ml_connector.pipeline.ports import PayloadKey

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client

LARGEST_ITEM = 300_000


class DynamoPayloads:
    def __init__(self, dynamodb: DynamoDBClient, s3: S3Client, resources: Resources, vault: Vault) -> None:
        self._dynamodb = dynamodb
        self._s3 = s3
        self._table = resources.payload_table
        self._bucket = resources.payload_bucket
        self._vault = vault

    def put_many(self, payloads: Mapping[PayloadKey, bytes]) -> None:
        put_all(self._dynamodb, self._table, [self._item(key, content) for key, content in payloads.items()])

    def get(self, key: PayloadKey) -> bytes:
        item = get_one(self._dynamodb, self._table, keys.payload(key))
        if item is None:
            raise KeyError(key)
        return self._opened(key, item)

    def get_many(self, keys_: Sequence[PayloadKey]) -> dict[PayloadKey, bytes]:
        wanted = {(stored.pk, stored.sk): key for key in keys_ for stored in (keys.payload(key),)}
        items = get_all(self._dynamodb, self._table, [keys.payload(key) for key in keys_])
        named = ((wanted[item["pk"]["S"], item["sk"]["S"]], item) for item in items)
        return {key: self._opened(key, item) for key, item in named}

    def _opened(self, key: PayloadKey, item: Item) -> bytes:
        stored = unpacked(item)
        sealed = self._fetched(stored["object"]) if "object" in stored else stored["sealed"]
        return self._vault.open(_place(key), sealed)

    def _item(self, key: PayloadKey, content: bytes) -> Item:
        sealed = self._vault.seal(_place(key), content)
        if len(sealed) <= LARGEST_ITEM:
            return {**keys.payload(key).item, **packed({"sealed": sealed})}
        name = keys.payload_object(key)
        self._s3.put_object(Bucket=self._bucket, Key=name, Body=sealed)
        return {**keys.payload(key).item, **packed({"object": name})}

    def _fetched(self, name: str) -> bytes:
        return self._s3.get_object(Bucket=self._bucket, Key=name)["Body"].read()


def _place(key: PayloadKey) -> Place:
    stored = keys.payload(key)
    return Place(tenant=key.connection.tenant, table="payload", record=stored.pk, version=stored.sk)
