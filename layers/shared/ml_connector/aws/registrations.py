"""Registrations in ConnectionTable, twice each: by id for the receiver, and under their connection. No key is in them.

A handshake's code is sealed by KMS itself for its way through the queue, and opens for its own registration alone.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one, query_all
from ml_connector.aws.faults import code_of, give_up_if_throttled
from ml_connector.aws.items import Item, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.identity import ConnectionId, fingerprint
from ml_connector.domain.records.record import canonical
from ml_connector.domain.registration import Registration

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_kms import KMSClient

PURPOSE = "ml-connector handshake"
_CANCELLED = "TransactionCanceledException"
_NOT_FOR_THIS = frozenset({"InvalidCiphertextException", "IncorrectKeyException", "ValidationException"})


class DynamoRegistrations:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.connection_table

    def find(self, registration_id: str) -> Registration | None:
        try:
            key = keys.registration(registration_id)
        except ValueError:
            return None
        item = get_one(self._dynamodb, self._table, key)
        return None if item is None else _registration(item)

    def list(self, connection: ConnectionId) -> list[Registration]:
        items = query_all(self._dynamodb, self._table, keys.registrations(connection))
        return sorted(map(_registration, items), key=lambda one: (one.created_at, one.id))

    def put(self, registration: Registration, *, expected: Registration | None) -> bool:
        """Finding exactly `registration` there already is our own earlier success."""
        body = _body(registration)
        allowed, values = "revision = :mine", {":mine": fingerprint(body)}
        if expected is None:
            allowed += " OR attribute_not_exists(pk)"
        else:
            allowed, values[":expected"] = f"{allowed} OR revision = :expected", fingerprint(_body(expected))
        told = packed({"body": body, "revision": fingerprint(body)})
        mine: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**keys.registration(registration.id).item, **told},
            "ConditionExpression": allowed,
            "ExpressionAttributeValues": packed(dict(values)),
        }
        listed = {**keys.registered(registration.connection, registration.id).item, **told}
        try:
            self._dynamodb.transact_write_items(
                TransactItems=[{"Put": mine}, {"Put": {"TableName": self._table, "Item": listed}}]  # type: ignore[typeddict-item]
            )
        except ClientError as error:
            give_up_if_throttled(error, "PutRegistration")
            if code_of(error) == _CANCELLED:
                return False
            raise
        return True

    def remove(self, registration: Registration) -> None:
        both = (keys.registration(registration.id), keys.registered(registration.connection, registration.id))
        self._dynamodb.transact_write_items(
            TransactItems=[{"Delete": {"TableName": self._table, "Key": key.item}} for key in both]
        )


class KmsCandidates:
    def __init__(self, kms: KMSClient, resources: Resources) -> None:
        self._kms = kms
        self._key = resources.data_key

    def seal(self, registration_id: str, code: str) -> str:
        answer = self._kms.encrypt(
            KeyId=self._key, Plaintext=code.encode(), EncryptionContext=_context(registration_id)
        )
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def open(self, registration_id: str, sealed: str) -> str:
        try:
            blob = base64.b64decode(sealed, validate=True)
            answer = self._kms.decrypt(CiphertextBlob=blob, EncryptionContext=_context(registration_id))
        except binascii.Error as error:
            raise ValueError("not a sealed handshake") from error
        except ClientError as error:
            if code_of(error) in _NOT_FOR_THIS:
                raise ValueError("sealed for another registration") from error
            raise
        return answer["Plaintext"].decode()


def _context(registration_id: str) -> dict[str, str]:
    return {"registration": registration_id, "purpose": PURPOSE}


def _body(registration: Registration) -> str:
    return canonical(encode(registration)).decode()


def _registration(item: Item) -> Registration:
    found: Registration = decode(Registration, json.loads(unpacked(item)["body"]))
    return found
