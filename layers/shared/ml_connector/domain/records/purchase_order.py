"""A purchase order, as far as its status and lines are kept in view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.vendor import UNKNOWN_VENDOR, VendorRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderLine:
    number: str | None = None
    description: str = ""
    quantity: Decimal = Decimal(0)
    unit_price: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    kind: ClassVar[RecordKind] = RecordKind.PURCHASE_ORDER
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    vendor: VendorRef = UNKNOWN_VENDOR
    status: str | None = None
    approved: bool = True
    lines: tuple[PurchaseOrderLine, ...] = ()
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
