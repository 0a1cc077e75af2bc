"""What every record has, its place in storage, and its content hash."""

from __future__ import annotations

import json
from datetime import date, datetime
from hashlib import sha256
from typing import Any, ClassVar, Protocol, runtime_checkable

from ml_connector.domain.codec import decode, encode
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.client import Client
from ml_connector.domain.records.contract import Contract
from ml_connector.domain.records.expense import Expense
from ml_connector.domain.records.invoice import Invoice
from ml_connector.domain.records.issue import Issue
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.payment import Payment
from ml_connector.domain.records.purchase_order import PurchaseOrder
from ml_connector.domain.records.time_entry import TimeEntry
from ml_connector.domain.records.vendor import Vendor
from ml_connector.domain.records.worklog import Worklog


@runtime_checkable
class Record(Protocol):
    """A frozen dataclass. `volatile` names the fields that do not count as content."""

    kind: ClassVar[RecordKind]
    volatile: ClassVar[frozenset[str]]

    @property
    def external_id(self) -> str: ...
    @property
    def number(self) -> str | None: ...
    @property
    def marker(self) -> str | None: ...
    @property
    def revision(self) -> str | None: ...
    @property
    def modified_at(self) -> datetime | None: ...


@runtime_checkable
class Document(Record, Protocol):
    """A record that lists and totals can show: it has an amount and a date."""

    @property
    def total(self) -> Money | None: ...
    @property
    def issued_on(self) -> date | None: ...


_MONEY = (Bill, Invoice, Payment, Expense)
_WORK = (TimeEntry, Issue, Worklog)
RECORD_TYPES: dict[RecordKind, type[Any]] = {
    cls.kind: cls for cls in (Vendor, Client, PurchaseOrder, Contract, *_MONEY, *_WORK)
}


def canonical(value: Any) -> bytes:
    """One spelling for one value: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(record: Record) -> str:
    """The content hash: equal for two records exactly when nothing that matters differs."""
    content = {name: value for name, value in encode(record).items() if name not in record.volatile}
    return sha256(canonical({"kind": record.kind, "content": content})).hexdigest()[:32]


def dump(record: Record) -> bytes:
    return canonical({"kind": record.kind, "record": encode(record)})


def load(stored: bytes) -> Record:
    """The inverse of `dump`. Fields that a later version added take their defaults."""
    body = json.loads(stored)
    record: Record = decode(RECORD_TYPES[RecordKind(body["kind"])], body["record"])
    return record
