"""Money spent, booked to a category. Its vendor is free text, unlike a bill's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import AccountRef
from ml_connector.domain.records.client import NO_CLIENT, ClientRef
from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """`client` is the one it is billed on to, where there is one. It has no number."""

    kind: ClassVar[RecordKind] = RecordKind.EXPENSE
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    vendor_name: str = ""
    category: AccountRef | None = None
    client: ClientRef = NO_CLIENT
    issued_on: date | None = None
    total: Money | None = None
    notes: str = ""
    status_text: str = ""
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
