"""Partners' documents in ConnectionTable: each under its connection, and the open ones in a list of their own too.

What they say is not here: it is sealed in PayloadTable.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one, query_all
from ml_connector.aws.faults import code_of, give_up_if_throttled
from ml_connector.aws.items import Item, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.document import Document
from ml_connector.domain.identity import ConnectionId, fingerprint
from ml_connector.domain.records.record import canonical

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_CANCELLED = "TransactionCanceledException"


class DynamoDocuments:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.connection_table

    def find(self, connection: ConnectionId, document_id: str) -> Document | None:
        item = get_one(self._dynamodb, self._table, keys.document(connection, document_id))
        return None if item is None else _document(item)

    def open(self, connection: ConnectionId) -> list[Document]:
        return self._listed(keys.open_documents(connection))

    def all(self, connection: ConnectionId) -> list[Document]:
        return self._listed(keys.documents(connection))

    def put(self, document: Document, *, expected: Document | None) -> bool:
        """Finding exactly `document` there already is our own earlier success."""
        body = _body(document)
        allowed, values = "revision = :mine", {":mine": fingerprint(body)}
        if expected is None:
            allowed += " OR attribute_not_exists(pk)"
        else:
            allowed, values[":expected"] = f"{allowed} OR revision = :expected", fingerprint(_body(expected))
        told = packed({"body": body, "revision": fingerprint(body)})
        mine = {
            "TableName": self._table,
            "Item": {**keys.document(document.connection, document.id).item, **told},
            "ConditionExpression": allowed,
            "ExpressionAttributeValues": packed(dict(values)),
        }
        try:
            self._dynamodb.transact_write_items(TransactItems=cast(Any, [{"Put": mine}, self._beside(document, told)]))
        except ClientError as error:
            give_up_if_throttled(error, "PutDocument")
            if code_of(error) == _CANCELLED:
                return False
            raise
        return True

    def _beside(self, document: Document, told: Item) -> dict[str, Any]:
        key = keys.open_document(document.connection, document.id).item
        if document.is_open:
            return {"Put": {"TableName": self._table, "Item": {**key, **told}}}
        return {"Delete": {"TableName": self._table, "Key": key}}

    def _listed(self, place: str) -> list[Document]:
        found = [_document(item) for item in query_all(self._dynamodb, self._table, place)]
        return sorted(found, key=lambda one: (one.received_at, one.id))


def _body(document: Document) -> str:
    return canonical(encode(document)).decode()


def _document(item: Item) -> Document:
    found: Document = decode(Document, json.loads(unpacked(item)["body"]))
    return found
