"""Seals in a bucket that lets none be replaced or removed (Object Lock), signed by a KMS key that never leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from ml_connector.aws.faults import code_of
from ml_connector.aws.resources import Resources
from ml_connector.domain.errors import TransientError
from ml_connector.domain.identity import checked_name

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient
    from types_boto3_s3 import S3Client

ALGORITHM: Final = "ECDSA_SHA_256"
_SUFFIX = ".jsonl"
_LONGEST_LINE = 8 * 1024
_THERE = frozenset({"PreconditionFailed", "412"})
_ABSENT = frozenset({"NoSuchKey", "404"})


class S3Seals:
    """The bucket's own default retention locks each object: putting it needs no further right."""

    def __init__(self, s3: S3Client, resources: Resources) -> None:
        self._s3 = s3
        self._bucket = resources.seal_bucket

    def put(self, tenant: str, number: int, stored: bytes) -> bool:
        try:
            self._s3.put_object(Bucket=self._bucket, Key=_name(tenant, number), Body=stored, IfNoneMatch="*")
        except ClientError as error:
            if code_of(error) in _THERE:
                return False
            raise TransientError(code_of(error), system="aws", operation="put a seal") from error
        return True

    def get(self, tenant: str, number: int) -> bytes:
        return self._read(Bucket=self._bucket, Key=_name(tenant, number))

    def first_line(self, tenant: str, number: int) -> bytes:
        part = f"bytes=0-{_LONGEST_LINE}"
        return self._read(Bucket=self._bucket, Key=_name(tenant, number), Range=part).split(b"\n", 1)[0]

    def _read(self, **what: Any) -> bytes:
        try:
            return self._s3.get_object(**what)["Body"].read()
        except ClientError as error:
            if code_of(error) in _ABSENT:
                raise KeyError(what["Key"]) from error
            if code_of(error) == "InvalidRange":
                return b""
            raise TransientError(code_of(error), system="aws", operation="get a seal") from error

    def numbers(self, tenant: str) -> Iterator[int]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=_prefix(tenant))
        for page in pages:
            for found in page.get("Contents", []):
                name = found["Key"].removeprefix(_prefix(tenant)).removesuffix(_SUFFIX)
                if name.isdecimal():
                    yield int(name)


class KmsSigner:
    def __init__(self, kms: KMSClient, resources: Resources) -> None:
        self._kms = kms
        self._key = resources.seal_key

    def sign(self, message: bytes) -> bytes:
        """At most 4,096 bytes, which KMS hashes itself."""
        try:
            answer = self._kms.sign(KeyId=self._key, Message=message, MessageType="RAW", SigningAlgorithm=ALGORITHM)
        except ClientError as error:
            raise TransientError(code_of(error), system="aws", operation="sign a seal") from error
        return answer["Signature"]

    def public_key(self) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

        key = load_der_public_key(self._kms.get_public_key(KeyId=self._key)["PublicKey"])
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _name(tenant: str, number: int) -> str:
    """Texts of equal length: a list of them is in the order of their numbers."""
    return f"{_prefix(tenant)}{number:010d}{_SUFFIX}"


def _prefix(tenant: str) -> str:
    return f"{checked_name(tenant, 'tenant')}/"
