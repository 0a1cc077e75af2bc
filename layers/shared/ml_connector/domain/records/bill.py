"""What we owe: a bill with its lines, charges and splits, the same shape for every system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.vendor import UNKNOWN_VENDOR, VendorRef


class BillType(StrEnum):
    BILL = "bill"
    CREDIT = "credit"


class BillStatus(StrEnum):
    """NOT_APPROVED and CANCELLED are said by the procurement side; the rest by the ledger."""

    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    CANCELLED = "cancelled"
    UNPAID = "unpaid"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CLOSED = "closed"
    DELETED = "deleted"


class ChargeKind(StrEnum):
    TAX = "tax"
    SHIPPING = "shipping"
    HANDLING = "handling"
    OTHER = "other"
    DISCOUNT = "discount"


class SplitBy(StrEnum):
    PERCENT = "percent"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    """A ledger account as the procurement side codes it, e.g. 600100, with its description where it is known."""

    code: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One share of a line. With a single split `share` is None: it takes all."""

    account: AccountRef | None
    department: str | None = None
    by: SplitBy = SplitBy.PERCENT
    share: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money beside the lines. A discount is positive here and reduces the total."""

    kind: ChargeKind
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderRef:
    number: str
    line: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRef:
    number: str
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """`amount` is the line's own, exact and unrounded, without charges.

    A source line carries `splits` and its shares of the charges; a line planned for a target carries one `account`
    (the target's id) and an amount that is final to the smallest coin.
    """

    number: str | None = None
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    unit: str | None = None
    account: str | None = None
    department: str | None = None
    splits: tuple[Split, ...] = ()
    charges: tuple[Charge, ...] = ()
    purchase_order: PurchaseOrderRef | None = None
    contract: ContractRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A bill or a credit memo.

    `number` is the vendor's own; `buyer_number` the procurement system's. Header `charges` are the whole; the shares
    on the lines are the same money seen twice. `doubts` are what the source left out or contradicted, in words a
    person can act on: a bill with a doubt is held.
    """

    kind: ClassVar[RecordKind] = RecordKind.BILL
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    buyer_number: str | None = None
    vendor: VendorRef = UNKNOWN_VENDOR
    type: BillType = BillType.BILL
    status: BillStatus = BillStatus.APPROVED
    status_text: str = ""
    issued_on: date | None = None
    due_on: date | None = None
    accounting_on: date | None = None
    terms: str | None = None
    terms_days: int | None = None
    currency: str | None = None
    lines: tuple[BillLine, ...] = ()
    charges: tuple[Charge, ...] = ()
    total: Money | None = None
    business_unit: str | None = None
    doubts: tuple[str, ...] = ()
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
