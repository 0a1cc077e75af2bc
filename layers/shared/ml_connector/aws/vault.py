"""Sealing what is kept: compressed, then AES-GCM under the tenant's key of the day, and bound to its place.

Nothing decrypts where it does not belong: tenant, table, record and version are part of the seal. The wrapped key of
a day stands in ConnectionTable, put there by whichever worker was first.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one
from ml_connector.aws.faults import code_of, is_condition_failed
from ml_connector.aws.items import packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.ports import Clock

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_kms import KMSClient

FORMAT = b"\x01"
PURPOSE = "ml-connector data"
_DAY, _NONCE = 10, 12


class SealBrokenError(ValueError):
    """These bytes were not sealed for this place, or somebody changed them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where sealed bytes belong."""

    tenant: str
    table: str
    record: str
    version: str


class Vault:
    """Sealed bytes: format, day of the key, nonce, ciphertext."""

    def __init__(
        self,
        kms: KMSClient,
        dynamodb: DynamoDBClient,
        resources: Resources,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._kms = kms
        self._dynamodb = dynamodb
        self._table = resources.connection_table
        self._master = resources.data_key
        self._clock = clock
        self._random_bytes = random_bytes
        self._ciphers: dict[tuple[str, str], AESGCM] = {}

    def seal(self, place: Place, content: bytes) -> bytes:
        day = self._clock.now().astimezone(UTC).date().isoformat()
        nonce = self._random_bytes(_NONCE)
        sealed = self._cipher(place.tenant, day).encrypt(nonce, zlib.compress(content), _bound(place, day))
        return FORMAT + day.encode() + nonce + sealed

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Raises: SealBrokenError."""
        if sealed[:1] != FORMAT:
            raise SealBrokenError(f"{place.table} of {place.record}: an unknown format")
        day = sealed[1 : 1 + _DAY].decode(errors="replace")
        nonce, rest = sealed[1 + _DAY : 1 + _DAY + _NONCE], sealed[1 + _DAY + _NONCE :]
        try:
            return zlib.decompress(self._cipher(place.tenant, day).decrypt(nonce, rest, _bound(place, day)))
        except (InvalidTag, ValueError, KeyError) as error:
            raise SealBrokenError(f"{place.table} of {place.record}: not sealed for this place") from error

    def _cipher(self, tenant: str, day: str) -> AESGCM:
        if (tenant, day) not in self._ciphers:
            self._ciphers[(tenant, day)] = AESGCM(self._data_key(tenant, day))
        return self._ciphers[(tenant, day)]

    def _data_key(self, tenant: str, day: str) -> bytes:
        """The key of that day; one is made only for the day that it is."""
        wrapped = self._wrapped(tenant, day)
        if wrapped is not None:
            return self._unwrapped(tenant, day, wrapped)
        if day != self._clock.now().astimezone(UTC).date().isoformat():
            raise KeyError(f"{tenant} has no data key of {day}")
        made = self._kms.generate_data_key(KeyId=self._master, KeySpec="AES_256", EncryptionContext=_context(tenant))
        return made["Plaintext"] if self._keep(tenant, day, made["CiphertextBlob"]) else self._data_key(tenant, day)

    def _unwrapped(self, tenant: str, day: str, wrapped: bytes) -> bytes:
        """KMS knows by itself which key wrapped it, and gives it out for the tenant that it was made for alone."""
        try:
            return self._kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=_context(tenant))["Plaintext"]
        except ClientError as error:
            if code_of(error) == "InvalidCiphertextException":
                raise SealBrokenError(f"the data key of {day} was not made for {tenant}") from error
            raise

    def _wrapped(self, tenant: str, day: str) -> bytes | None:
        item = get_one(self._dynamodb, self._table, keys.data_key(tenant, day))
        return None if item is None else bytes(unpacked(item)["wrapped"])

    def _keep(self, tenant: str, day: str, wrapped: bytes) -> bool:
        """False where another worker made the day's key first."""
        item = {**keys.data_key(tenant, day).item, **packed({"wrapped": wrapped})}
        try:
            self._dynamodb.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if is_condition_failed(error):
                return False
            raise
        return True


def _context(tenant: str) -> dict[str, str]:
    return {"tenant": tenant, "purpose": PURPOSE}


def _bound(place: Place, day: str) -> bytes:
    return canonical([place.tenant, place.table, place.record, place.version, day])
