"""Who owes us: a client, and the way documents name one. Not a vendor, though one firm may be both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRef:
    """A client as a document names it: by the ledger's id, with the name that stood on it."""

    id: str | None = None
    name: str | None = None


NO_CLIENT = ClientRef()


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    kind: ClassVar[RecordKind] = RecordKind.CLIENT
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    name: str = ""
    email: str | None = None
    currency: str | None = None
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
