"""What a profile reads out of JAGGAER's documents: values found and converted, nothing judged yet.

JAGGAER's own spelling is in the profile. `problems` are values that were missing or could not be read, in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSegment:
    name: str
    value: str | None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSplit:
    account: tuple[WireSegment, ...]
    department: tuple[WireSegment, ...] = ()
    share: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSplitGroup:
    """One set of segments. `by` is "percent" or "amount", None where the document does not say."""

    rows: tuple[WireSplit, ...]
    by: str | None = None
    by_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLine:
    number: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    unit: str | None = None
    purchase_order_number: str | None = None
    purchase_order_line: str | None = None
    purchase_order_status: str | None = None
    contract_number: str | None = None
    contract_status: str | None = None
    charges: Mapping[str, Decimal] = field(default_factory=dict)
    splits: tuple[WireSplitGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireInvoice:
    """`charges` by kind; a kind is absent where the header does not say it."""

    external_id: str | None = None
    buyer_number: str | None = None
    vendor_reference: str | None = None
    kind: str | None = None
    vendor_id: str | None = None
    vendor_internal_id: str | None = None
    vendor_name: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    accounting_on: date | None = None
    modified_at: datetime | None = None
    currency: str | None = None
    total: Decimal | None = None
    terms: str | None = None
    terms_days: int | None = None
    business_unit: str | None = None
    status_text: str | None = None
    revision: str | None = None
    accepted: bool = False
    cancelled: bool = False
    charges: Mapping[str, Decimal] = field(default_factory=dict)
    lines: tuple[WireLine, ...] = ()
    splits: tuple[WireSplitGroup, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSupplier:
    external_id: str | None = None
    number: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    currency: str | None = None
    tax_number: str | None = None
    active: bool | None = None
    modified_at: datetime | None = None
    revision: str | None = None
    accepted: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WirePurchaseOrder:
    external_id: str | None = None
    number: str | None = None
    vendor_id: str | None = None
    vendor_internal_id: str | None = None
    vendor_name: str | None = None
    status: str | None = None
    modified_at: datetime | None = None
    revision: str | None = None
    accepted: bool = False
    lines: tuple[WireLine, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireContract:
    external_id: str | None = None
    number: str | None = None
    vendor_id: str | None = None
    vendor_internal_id: str | None = None
    vendor_name: str | None = None
    status: str | None = None
    modified_at: datetime | None = None
    revision: str | None = None
    accepted: bool = False
    problems: tuple[str, ...] = ()
