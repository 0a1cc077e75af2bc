"""FreshBooks' shapes in FreshBooks' spelling: only what we read (`Wire*`) and what we send (`*Body`).

Ids arrive as integers or as digit strings, depending on resource and age: they are text from here on. Amounts are
exact: a float is refused.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

ACTIVE, DELETED, ARCHIVED = 0, 1, 2


def _id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _optional_id(value: Any) -> Any:
    return None if value in (None, "") else _id(value)


def _text(value: Any) -> Any:
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _number(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError("an amount must be exact")
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError) as error:
        raise ValueError(f"{value!r} is not a number") from error
    if not number.is_finite():
        raise ValueError(f"{value!r} is not an amount")
    return number


Id = Annotated[str, BeforeValidator(_id), Field(min_length=1)]
OptionalId = Annotated[str | None, BeforeValidator(_optional_id)]
Text = Annotated[str | None, BeforeValidator(_text)]
Currency = Annotated[str | None, BeforeValidator(_text), Field(pattern=r"^[A-Z]{3}$")]
Number = Annotated[Decimal, BeforeValidator(_number)]
Quantity = Annotated[Decimal, BeforeValidator(lambda value: _number(1 if value in (None, "") else value))]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class WireMoney(Wire):
    amount: Number
    code: Currency = None


class WireCategory(Wire):
    """An expense category. `id` and `categoryid` are one number."""

    id: Id = Field(validation_alias=AliasChoices("categoryid", "id"))
    name: Text = Field(default=None, validation_alias=AliasChoices("category", "name"))
    parentid: OptionalId = None
    vis_state: int = ACTIVE
    updated_at: Text = None


class WireBillLine(Wire):
    list_index: int | None = None
    categoryid: OptionalId = None
    category: WireCategory | str | None = None
    description: Text = None
    quantity: Quantity = Decimal(1)
    unit_cost: WireMoney | None = None
    amount: WireMoney | None = None

    @property
    def category_id(self) -> str | None:
        """None where the line only names its category."""
        if self.categoryid is None and isinstance(self.category, WireCategory):
            return self.category.id
        return self.categoryid


class WireBill(Wire):
    """`lines` None means that a list row came without them, never that there are none."""

    id: Id
    vendorid: OptionalId = None
    bill_number: Text = None
    issue_date: date | None = None
    due_offset_days: int | None = None
    due_date: date | None = None
    currency_code: Currency = None
    status: Text = None
    amount: WireMoney | None = None
    total_amount: WireMoney | None = None
    lines: tuple[WireBillLine, ...] | None = None
    updated_at: Text = None
    vis_state: int = ACTIVE


class WireVendor(Wire):
    """A bill vendor: not a client, and not the free-text vendor of an expense."""

    id: Id = Field(validation_alias=AliasChoices("vendorid", "id"))
    vendor_name: Text = None
    account_number: Text = None
    primary_contact_email: Text = None
    phone: Text = None
    street: Text = None
    city: Text = None
    province: Text = None
    postal_code: Text = None
    country: Text = None
    currency_code: Currency = None
    note: Text = None
    updated_at: Text = None
    vis_state: int = ACTIVE


class WireLedgerAccount(Wire):
    """An account of the chart. `category_id` leads to the expense category that bills to it are booked by."""

    uuid: Id
    name: Text = None
    number: OptionalId = None
    type: Text = None
    state: Text = None
    category_id: OptionalId = None


class WireBusiness(Wire):
    id: OptionalId = None
    business_uuid: Text = None
    name: Text = None
    account_id: OptionalId = None
    business_clients: tuple[dict[str, Any], ...] | None = None


class WireMembership(Wire):
    role: Text = None
    business: WireBusiness


class WireRole(Wire):
    role: Text = None
    accountid: OptionalId = None


class WireMe(Wire):
    """Who the token speaks for, and where."""

    identity_id: OptionalId = Field(default=None, validation_alias=AliasChoices("identity_id", "id"))
    email: Text = None
    business_memberships: tuple[WireMembership, ...] = ()
    roles: tuple[WireRole, ...] = ()


class WireCallback(Wire):
    """A webhook as registered. Its verifier is never in an answer: it comes with the handshake alone."""

    id: Id = Field(validation_alias=AliasChoices("callbackid", "id"))
    event: str
    uri: str
    verified: bool = False
    updated_at: Text = None


class MoneyBody(BaseModel):
    amount: str
    code: str


class BillLineBody(BaseModel):
    categoryid: int | str
    description: str
    quantity: str
    unit_cost: MoneyBody


class BillBody(BaseModel):
    """`due_date` is not here: FreshBooks computes it and answers 403 to whoever sends it."""

    vendorid: int | str
    bill_number: str | None
    issue_date: str
    due_offset_days: int
    currency_code: str
    language: str
    lines: tuple[BillLineBody, ...]


class VendorBody(BaseModel):
    """What is None is not sent, and so stays as it is."""

    vendor_name: str
    language: str
    currency_code: str | None = None
    account_number: str | None = None
    primary_contact_email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country: str | None = None
    note: str | None = None
