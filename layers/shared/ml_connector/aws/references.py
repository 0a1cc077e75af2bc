"""Reference data in MappingTable: a generation is written whole under keys of its own, and only then the head moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one, put_all, query_all
from ml_connector.aws.faults import is_condition_failed
from ml_connector.aws.items import Item, iso, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.aws.vault import Place, Vault
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.errors import TransientError
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import canonical
from ml_connector.domain.reference import ReferenceItem, ReferenceList

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

LARGEST_CHUNK = 250_000
KEPT_AFTER_SWITCH = timedelta(days=1)
_TRIES, _CACHED = 3, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    generation: str
    read_at: datetime
    digest: str
    chunks: int


class DynamoReferences:
    """Keeps the lists it has read, by generation: while nothing changes, `current` costs one small read."""

    def __init__(self, dynamodb: DynamoDBClient, resources: Resources, vault: Vault) -> None:
        self._dynamodb = dynamodb
        self._table = resources.mapping_table
        self._vault = vault
        self._cache: dict[tuple[ConnectionId, ReferenceKind], tuple[str, tuple[ReferenceItem, ...]]] = {}

    def current(self, connection: ConnectionId, kind: ReferenceKind) -> ReferenceList | None:
        for _ in range(_TRIES):
            head = self._head(connection, kind)
            if head is None:
                return None
            items = self._items(connection, kind, head)
            if items is not None:
                return ReferenceList(kind=kind, generation=head.generation, read_at=head.read_at, items=items)
        raise TransientError("the list changed while it was read", system="aws", operation="read references")

    def replace(self, connection: ConnectionId, items: ReferenceList) -> None:
        """Unchanged content keeps its generation, and a list read earlier never replaces one read later."""
        known, digest = self._head(connection, items.kind), _digest(items)
        if known is not None and known.digest == digest:
            same = _Head(generation=known.generation, read_at=items.read_at, digest=digest, chunks=known.chunks)
            self._switch(connection, items.kind, same)
            return
        chunks = self._write_chunks(connection, items)
        new = _Head(generation=items.generation, read_at=items.read_at, digest=digest, chunks=chunks)
        has_switched = self._switch(connection, items.kind, new)
        out = known if has_switched else new
        if out is not None and out.generation != (new.generation if has_switched else None):
            self._let_expire(connection, items.kind, out, items.read_at + KEPT_AFTER_SWITCH)

    def _head(self, connection: ConnectionId, kind: ReferenceKind) -> _Head | None:
        item = get_one(self._dynamodb, self._table, keys.reference(connection, kind))
        if item is None:
            return None
        stored = unpacked(item)
        return _Head(
            generation=stored["generation"],
            read_at=datetime.fromisoformat(stored["read_at"]),
            digest=stored["digest"],
            chunks=int(stored["chunks"]),
        )

    def _switch(self, connection: ConnectionId, kind: ReferenceKind, head: _Head) -> bool:
        """False where a list that was read later stands there already."""
        read_at = iso(head.read_at)
        attributes: dict[str, str | int] = {
            "generation": head.generation,
            "read_at": read_at,
            "digest": head.digest,
            "chunks": head.chunks,
        }
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**keys.reference(connection, kind).item, **packed(attributes)},
                ConditionExpression="attribute_not_exists(pk) OR read_at <= :read_at",
                ExpressionAttributeValues=packed({":read_at": read_at}),
            )
        except ClientError as error:
            if is_condition_failed(error):
                return False
            raise
        return True

    def _items(self, connection: ConnectionId, kind: ReferenceKind, head: _Head) -> tuple[ReferenceItem, ...] | None:
        """None where the generation is going away: the head has moved since it was read."""
        cached = self._cache.get((connection, kind))
        if cached is not None and cached[0] == head.generation:
            return cached[1]
        chunks = [*query_all(self._dynamodb, self._table, keys.reference_chunks(connection, kind, head.generation))]
        if len(chunks) != head.chunks:
            return None
        place = _places(connection, kind, head.generation)
        opened = (self._vault.open(next(place), unpacked(chunk)["sealed"]) for chunk in chunks)
        items = tuple(decode(ReferenceItem, item) for chunk in opened for item in json.loads(chunk))
        if len(self._cache) >= _CACHED:
            self._cache.clear()
        self._cache[(connection, kind)] = (head.generation, items)
        return items

    def _write_chunks(self, connection: ConnectionId, items: ReferenceList) -> int:
        place = _places(connection, items.kind, items.generation)
        written: list[Item] = []
        for count, chunk in enumerate(_chunks(items)):
            key = keys.reference_chunk(connection, items.kind, items.generation, count)
            written.append({**key.item, **packed({"sealed": self._vault.seal(next(place), chunk)})})
        put_all(self._dynamodb, self._table, written)
        return len(written)

    def _let_expire(self, connection: ConnectionId, kind: ReferenceKind, head: _Head, at: datetime) -> None:
        for chunk in range(head.chunks):
            self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.reference_chunk(connection, kind, head.generation, chunk).item,
                UpdateExpression="SET expires_at = :at",
                ExpressionAttributeValues=packed({":at": int(at.timestamp())}),
            )


def _places(connection: ConnectionId, kind: ReferenceKind, generation: str) -> Iterator[Place]:
    chunk = 0
    while True:
        yield Place(
            tenant=connection.tenant, table="reference", record=f"{connection}#{kind}", version=f"{generation}#{chunk}"
        )
        chunk += 1


def _chunks(items: ReferenceList) -> Iterator[bytes]:
    """An empty list is one empty chunk: there, and empty."""
    chunk: list[Any] = []
    size = 0
    for item in items.items:
        encoded = encode(item)
        chunk.append(encoded)
        size += len(canonical(encoded))
        if size >= LARGEST_CHUNK:
            yield canonical(chunk)
            chunk, size = [], 0
    if chunk or not items.items:
        yield canonical(chunk)


def _digest(items: ReferenceList) -> str:
    """Of the content alone, in whatever order it was read."""
    return sha256(
        canonical(sorted((encode(item) for item in items.items), key=lambda item: str(item["id"])))
    ).hexdigest()
