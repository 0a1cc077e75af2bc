"""What a client owes us: an invoice, as its ledger tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from ml_connector.domain.money import Money
from ml_connector.domain.records.client import NO_CLIENT, ClientRef
from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    description: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """`payment_failed` where the ledger says that an automatic payment of it did not come about."""

    kind: ClassVar[RecordKind] = RecordKind.INVOICE
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    client: ClientRef = NO_CLIENT
    issued_on: date | None = None
    due_on: date | None = None
    total: Money | None = None
    outstanding: Money | None = None
    status_text: str = ""
    payment_failed: bool = False
    order_number: str | None = None
    lines: tuple[InvoiceLine, ...] = ()
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
