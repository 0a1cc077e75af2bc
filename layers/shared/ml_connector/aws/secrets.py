"""Secrets Manager: one secret a name, below the stack's prefix and under its own key. Versions are named by tokens.

Names begin with `connections/`, `grants/` or `signing-keys/`, and then the tenant: the functions' policies tell them
apart by that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from botocore.exceptions import ClientError

from ml_connector.aws.faults import code_of
from ml_connector.aws.resources import Resources
from ml_connector.domain.identity import fingerprint
from ml_connector.domain.records.record import canonical

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

MOST_BYTES = 60_000
_ABSENT, _EXISTS, _GOING = "ResourceNotFoundException", "ResourceExistsException", "InvalidRequestException"


class ManagedSecrets:
    """A deleted secret can be restored for seven days; it reads as absent from the first."""

    def __init__(self, secretsmanager: SecretsManagerClient, resources: Resources) -> None:
        self._client = secretsmanager
        self._prefix = resources.secret_prefix
        self._key = resources.secret_key

    def read(self, name: str, *, version: str | None = None) -> Mapping[str, str]:
        try:
            answer = self._get(name, version)
        except ClientError as error:
            if code_of(error) in (_ABSENT, _GOING):
                raise KeyError(name) from error
            raise
        value: dict[str, str] = json.loads(answer["SecretString"])
        return value

    def write(self, name: str, value: Mapping[str, str], *, token: str) -> str:
        """Looks for the token's version first: an old token must not become current again by being repeated."""
        text = canonical(dict(value)).decode()
        if len(text.encode()) > MOST_BYTES:
            raise ValueError(f"secret {name} is larger than {MOST_BYTES} bytes")
        version = str(UUID(hex=fingerprint(name, token)))
        refusal = self._unless((_ABSENT, _GOING), lambda: self._get(name, version))
        if refusal == _GOING:
            self._client.restore_secret(SecretId=self._full(name))
        if refusal is not None:
            self._store(name, text, version)
        return version

    def delete(self, name: str) -> None:
        self._unless(
            (_ABSENT, _GOING),
            lambda: self._client.delete_secret(SecretId=self._full(name), RecoveryWindowInDays=7),
        )

    def _get(self, name: str, version: str | None) -> GetSecretValueResponseTypeDef:
        wanted = {"VersionId": version} if version is not None else {}
        return self._client.get_secret_value(SecretId=self._full(name), **cast(Any, wanted))

    def _store(self, name: str, text: str, version: str) -> None:
        """A secret is created empty: so all its versions come the same way, each under its token."""
        if self._unless((_ABSENT,), lambda: self._put(name, text, version)) is not None:
            self._unless((_EXISTS,), lambda: self._create(name))
            self._put(name, text, version)

    def _put(self, name: str, text: str, version: str) -> None:
        """Another may have written the token's version between our look and this."""
        self._unless(
            (_EXISTS,),
            lambda: self._client.put_secret_value(
                SecretId=self._full(name), ClientRequestToken=version, SecretString=text
            ),
        )

    def _create(self, name: str) -> None:
        self._client.create_secret(Name=self._full(name), KmsKeyId=self._key)

    def _unless(self, codes: tuple[str, ...], act: Callable[[], object]) -> str | None:
        """The code among `codes` that the act was refused with."""
        try:
            act()
        except ClientError as error:
            if code_of(error) in codes:
                return code_of(error)
            raise
        return None

    def _full(self, name: str) -> str:
        return f"{self._prefix}/{name}"
