"""The keys that pushes are verified with: one secret for each registration, written once and never over.

One secret for each connection would need a lock: two workers that confirm two handshakes at once would lose a key. An
empty key is none: anybody could sign with it.
"""

from __future__ import annotations

from ml_connector.domain.registration import Registration
from ml_connector.pipeline.ports import Secrets

_FIELD = "key"


class SigningKeys:
    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def find(self, registration: Registration) -> str | None:
        try:
            return self._secrets.read(_name(registration))[_FIELD] or None
        except KeyError:
            return None

    def keep(self, registration: Registration, key: str) -> None:
        """The first key of a registration stays: its id is the version's token. Raises ValueError for an empty one."""
        if not key:
            raise ValueError(f"registration {registration.id[:8]} is given an empty key")
        self._secrets.write(_name(registration), {_FIELD: key}, token=registration.id)

    def forget(self, registration: Registration) -> None:
        self._secrets.delete(_name(registration))


def _name(registration: Registration) -> str:
    """A prefix of its own: the receiver may read these secrets and no others."""
    return f"signing-keys/{registration.connection.tenant}/{registration.connection.name}/{registration.id}"
