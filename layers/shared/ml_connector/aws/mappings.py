"""The tenant's mappings in MappingTable: the newest of each code in one place, every version in another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_all, query_all
from ml_connector.aws.faults import code_of, give_up_if_throttled
from ml_connector.aws.items import Item, packed, unpacked
from ml_connector.aws.keys import TableKey
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.errors import TransientError
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import canonical

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_TRIES, _AT_ONCE = 5, 50


class DynamoMappings:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.mapping_table

    def get_many(self, connection: ConnectionId, kind: ReferenceKind, codes: Sequence[str]) -> dict[str, str]:
        wanted = [keys.mapping(connection, kind, code) for code in codes]
        entries = map(_entry_of, get_all(self._dynamodb, self._table, wanted))
        return {entry.code: entry.target_id for entry in entries if entry.target_id is not None}

    def put(self, entries: Sequence[MappingEntry]) -> None:
        """Fifty codes a transaction."""
        for some in _distinct(entries):
            self._put_some(some)

    def remove(self, connection: ConnectionId, kind: ReferenceKind, code: str, *, actor: str, at: datetime) -> None:
        if code in self.get_many(connection, kind, [code]):
            gone = MappingEntry(connection=connection, kind=kind, code=code, target_id=None, set_by=actor, set_at=at)
            self.put([gone])

    def history(self, connection: ConnectionId, kind: ReferenceKind, code: str) -> list[MappingEntry]:
        items = query_all(self._dynamodb, self._table, keys.mapping_versions(connection, kind, code))
        return [_entry_of(item) for item in items]

    def list(self, connection: ConnectionId, kind: ReferenceKind | None = None) -> list[MappingEntry]:
        begins = None if kind is None else f"{kind}#"
        entries = map(_entry_of, query_all(self._dynamodb, self._table, keys.mappings(connection), begins=begins))
        return sorted((entry for entry in entries if entry.target_id is not None), key=lambda e: (e.kind, e.code))

    def _put_some(self, entries: Sequence[MappingEntry]) -> None:
        for _ in range(_TRIES):
            versions = self._versions(entries)
            writes = [write for entry in entries for write in self._writes(entry, versions.get(_key(entry), 0))]
            try:
                self._dynamodb.transact_write_items(TransactItems=cast(Any, writes))
            except ClientError as error:
                give_up_if_throttled(error, "put mappings")
                if code_of(error) != "TransactionCanceledException":
                    raise
            else:
                return
        raise TransientError("the mappings are being changed by another", system="aws", operation="put mappings")

    def _versions(self, entries: Sequence[MappingEntry]) -> dict[TableKey, int]:
        stored = get_all(self._dynamodb, self._table, [_key(entry) for entry in entries])
        return {_key(entry): entry.version for entry in map(_entry_of, stored)}

    def _writes(self, entry: MappingEntry, known: int) -> Iterator[Item]:
        """The newest, if it still is the one that was read; and its place in the history."""
        body = packed({"body": canonical(encode(replace(entry, version=known + 1))).decode(), "version": known + 1})
        condition: Item = {"ConditionExpression": "attribute_not_exists(pk)"}
        if known:
            condition = {
                "ConditionExpression": "#version = :known",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": packed({":known": known}),
            }
        kept = keys.mapping_version(entry.connection, entry.kind, entry.code, known + 1)
        yield {"Put": {"TableName": self._table, "Item": {**_key(entry).item, **body}, **condition}}
        yield {"Put": {"TableName": self._table, "Item": {**kept.item, **body}}}


def _distinct(entries: Iterable[MappingEntry]) -> Iterator[Sequence[MappingEntry]]:
    """Groups in which no code comes twice."""
    group: dict[TableKey, MappingEntry] = {}
    for entry in entries:
        if _key(entry) in group or len(group) == _AT_ONCE:
            yield [*group.values()]
            group = {}
        group[_key(entry)] = entry
    if group:
        yield [*group.values()]


def _key(entry: MappingEntry) -> TableKey:
    return keys.mapping(entry.connection, entry.kind, entry.code)


def _entry_of(item: Item) -> MappingEntry:
    """A target that was taken back is absent from the body, as all absent values are."""
    entry: MappingEntry = decode(MappingEntry, {"target_id": None} | json.loads(unpacked(item)["body"]))
    return entry
