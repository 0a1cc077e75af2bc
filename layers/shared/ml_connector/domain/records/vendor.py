"""Whom we owe. The number is the vendor's identity in the procurement system; its name is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRef:
    """A vendor as a document names it: `number` as the ERP knows it, leading zeros included."""

    number: str | None = None
    name: str | None = None
    internal_id: str | None = None


UNKNOWN_VENDOR = VendorRef()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    kind: ClassVar[RecordKind] = RecordKind.VENDOR
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    name: str = ""
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    currency: str | None = None
    tax_number: str | None = None
    active: bool = True
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
