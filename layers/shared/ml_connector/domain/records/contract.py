"""A contract, as far as its status is kept in view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.vendor import UNKNOWN_VENDOR, VendorRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    kind: ClassVar[RecordKind] = RecordKind.CONTRACT
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    vendor: VendorRef = UNKNOWN_VENDOR
    status: str | None = None
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
