"""Money that a client paid on an invoice. The ledger knows no failed and no refunded payment, only a deleted one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from ml_connector.domain.money import Money
from ml_connector.domain.records.client import NO_CLIENT, ClientRef
from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """`issued_on` is the day on which it was paid; `method` as the ledger calls it. It has no number of its own."""

    kind: ClassVar[RecordKind] = RecordKind.PAYMENT
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    invoice_id: str | None = None
    invoice_number: str | None = None
    client: ClientRef = NO_CLIENT
    issued_on: date | None = None
    total: Money | None = None
    method: str = ""
    note: str = ""
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
