"""What a profile may say, as types: each key, its meaning, and what it may hold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field

from ml_connector.connectors.jaggaer.resource_rules import (
    ContractResource,
    InvoiceResource,
    Paging,
    PurchaseOrderResource,
    SupplierResource,
)
from ml_connector.connectors.jaggaer.rule_types import Duration, Found, Part, Zone


class Grant(Part):
    client_auth: Literal["body", "basic", "json"] = "body"
    scope: str | None = None
    audience: str | None = None


class Token(Part):
    access: str = "access_token"
    lifetime: str = "expires_in"
    lifetime_unit: Literal["seconds", "milliseconds"] = "seconds"
    refresh_early_seconds: int = Field(default=30, ge=0, le=3600)


class Retry(Part):
    statuses: tuple[int, ...] = ()
    retry_after: Literal["honour"] = "honour"
    default_wait_seconds: int = Field(default=15, ge=1, le=3600)


class ConnectionRules(Part):
    base_url: str
    token_url: str
    grant: Grant = Grant()
    token: Token = Token()
    headers: dict[str, str] = Field(default_factory=dict)
    timeout_seconds: int = Field(default=60, ge=1, le=300)
    unauthorized_statuses: tuple[int, ...] = (401,)
    retry: Retry = Retry()
    max_requests_per_second: Decimal = Field(default=Decimal(1), gt=0, le=100)


class Defaults(Part):
    method: Literal["GET"] = "GET"
    paging: Paging
    success: Found
    failure_text: Found
    empty_is_success: Literal[True] = True
    overlap: Duration = timedelta(hours=2)
    since_zone: Zone


class AccountResource(Part):
    """No endpoint is known in public: the chart comes from a file of the customer's."""

    basis: dict[str, Literal["seen", "inferred", "unknown"]] = Field(default_factory=dict)
    confirmed: bool = False
    source: Literal["file"] = "file"
    listing: None = Field(default=None, alias="list")


class Resources(Part):
    invoice: InvoiceResource
    supplier: SupplierResource
    purchase_order: PurchaseOrderResource
    contract: ContractResource | None = None
    account: AccountResource = AccountResource()


class Profile(Part):
    layout: Literal["ml-connector/jaggaer-profile/1"] = Field(alias="schema")
    name: str
    transport: Literal["j1p-json"]
    connection: ConnectionRules
    defaults: Defaults
    resources: Resources
