"""The tenant's mappings in MappingTable: the newest change of each code in one place, every change in another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
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
from ml_connector.domain.mapping import MappingChange, changed
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import canonical

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_TRIES, _AT_ONCE = 5, 50


class DynamoMappings:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.mapping_table

    def get_many(
        self, connection: ConnectionId, wanted: Iterable[tuple[ReferenceKind, str]]
    ) -> dict[tuple[ReferenceKind, str], tuple[MappingEntry, ...]]:
        keyed = [keys.mapping(connection, kind, code) for kind, code in sorted(set(wanted))]
        changes = map(_change_of, get_all(self._dynamodb, self._table, keyed) if keyed else [])
        return {(change.entry.kind, change.entry.code): change.after for change in changes if change.after}

    def put(self, entries: Sequence[MappingEntry]) -> None:
        """Fifty codes a transaction."""
        for some in _distinct(entries):
            self._put_some(some)

    def history(self, connection: ConnectionId, kind: ReferenceKind, code: str) -> list[MappingChange]:
        items = query_all(self._dynamodb, self._table, keys.mapping_versions(connection, kind, code))
        return [_change_of(item) for item in items]

    def list(self, connection: ConnectionId, kind: ReferenceKind | None = None) -> list[MappingEntry]:
        begins = None if kind is None else f"{kind}#"
        changes = map(_change_of, query_all(self._dynamodb, self._table, keys.mappings(connection), begins=begins))
        in_order = sorted(changes, key=lambda change: (change.entry.kind, change.entry.code))
        return [entry for change in in_order for entry in change.after]

    def _put_some(self, entries: Sequence[MappingEntry]) -> None:
        for _ in range(_TRIES):
            known = self._known(entries)
            writes = [write for entry in entries for write in self._writes(entry, known.get(_key(entry)))]
            try:
                self._dynamodb.transact_write_items(TransactItems=cast(Any, writes))
            except ClientError as error:
                give_up_if_throttled(error, "put mappings")
                if code_of(error) != "TransactionCanceledException":
                    raise
            else:
                return
        raise TransientError("the mappings are being changed by another", system="aws", operation="put mappings")

    def _known(self, entries: Sequence[MappingEntry]) -> dict[TableKey, MappingChange]:
        stored = get_all(self._dynamodb, self._table, [_key(entry) for entry in entries])
        return {_key(change.entry): change for change in map(_change_of, stored)}

    def _writes(self, entry: MappingEntry, known: MappingChange | None) -> Iterator[Item]:
        """The newest, if it still is the one that was read; and its place in the history, which nothing overwrites."""
        version = known.entry.version if known else 0
        change = changed(known.after if known else (), entry, version=version + 1)
        body = packed({"body": canonical(encode(change)).decode(), "version": version + 1})
        unwritten: Item = {"ConditionExpression": "attribute_not_exists(pk)"}
        still: Item = {
            "ConditionExpression": "#version = :known",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": packed({":known": version}),
        }
        kept = keys.mapping_version(entry.connection, entry.kind, entry.code, version + 1)
        yield {
            "Put": {"TableName": self._table, "Item": {**_key(entry).item, **body}, **(still if known else unwritten)}
        }
        yield {"Put": {"TableName": self._table, "Item": {**kept.item, **body}, **unwritten}}


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


def _change_of(item: Item) -> MappingChange:
    change: MappingChange = decode(MappingChange, json.loads(unpacked(item)["body"]))
    return change
