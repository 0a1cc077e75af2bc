"""What a profile may say, as types: each key, its meaning, and what it may hold."""

from __future__ import annotations

import re
from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from ml_connector.connectors.jaggaer.expressions import Expression
from ml_connector.connectors.jaggaer.stamps import Pattern, read_duration, read_zone

_PATH = re.compile(r"/[A-Za-z0-9._~%{}/-]*")
_SEGMENT = re.compile(r"[^'`\\{}]{1,100}")
_KINDS = ("text", "words", "decimal", "integer", "date", "instant", "boolean")


def _expression(value: Any) -> Any:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a JMESPath expression, in quotation marks")
    return Expression(value)


def _expressions(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _rule(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _path(value: Any) -> Any:
    if not isinstance(value, str) or not _PATH.fullmatch(value) or ".." in value or "//" in value:
        raise ValueError("must be a path below the base URL, such as /j1p/api/public/ji/v1/invoices")
    return value


def _segment(value: Any) -> Any:
    if not isinstance(value, str) or not _SEGMENT.fullmatch(value):
        raise ValueError("must be the name of an account segment, without quotation marks or braces")
    return value


def _from_text(read: Any) -> Any:
    return lambda value: read(value) if isinstance(value, str) else value


type Found = Annotated[Expression, BeforeValidator(_expression)]
type FoundAll = Annotated[tuple[Found, ...], BeforeValidator(_expressions)]
type Path = Annotated[str, BeforeValidator(_path)]
type Segment = Annotated[str, BeforeValidator(_segment)]
type Duration = Annotated[timedelta, BeforeValidator(_from_text(read_duration))]
type Zone = Annotated[tzinfo, BeforeValidator(_from_text(read_zone))]
type SincePattern = Annotated[Pattern, BeforeValidator(_from_text(Pattern))]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=False)


class FieldRule(Part):
    """Where a value is, and as what it is read. `values` translates a code list; `otherwise` is for the rest."""

    path: Found
    kind: str = Field(default="text", alias="as")
    values: dict[str, Any] | None = None
    otherwise: Any = None
    required: bool = False

    @model_validator(mode="after")
    def _kind_is_known(self) -> FieldRule:
        kind, _, pattern = self.kind.partition(":")
        if kind not in _KINDS or (pattern and kind not in ("date", "instant")):
            raise ValueError(
                f"`as` is one of {', '.join(_KINDS)}; a date or an instant may add a pattern after a colon"
            )
        if pattern:
            Pattern(pattern)
        return self

    @property
    def pattern(self) -> Pattern | None:
        text = self.kind.partition(":")[2]
        return Pattern(text) if text else None


type Rule = Annotated[FieldRule, BeforeValidator(_rule)]


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
    headers: dict[str, str] = {}
    timeout_seconds: int = Field(default=60, ge=1, le=300)
    unauthorized_statuses: tuple[int, ...] = (401,)
    retry: Retry = Retry()
    max_requests_per_second: Decimal = Field(default=Decimal(1), gt=0, le=100)


class Paging(Part):
    """`start-count` counts from `first`; `total`, `returned`, `cursor` and `last` are expressions on the body."""

    style: Literal["start-count", "offset", "page", "cursor", "none"]
    start_param: str = "start"
    first: int = Field(default=1, ge=0, le=1)
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1, le=10_000)
    total: Found | None = None
    returned: Found | None = None
    cursor: Found | None = None
    last: Found | None = None


class Defaults(Part):
    method: Literal["GET"] = "GET"
    paging: Paging
    success: Found
    failure_text: Found
    empty_is_success: Literal[True] = True
    overlap: Duration = timedelta(hours=2)
    since_zone: Zone


class Filter(Part):
    """`template` in FIQL; the terms with {since} are left out of a full read. `by_id` finds one record by its {id}."""

    param: str
    template: str
    since_format: SincePattern
    by_id: str | None = None
    filtered_by_server: Literal["proven", "unproven"] = "unproven"


class Components(Part):
    param: str
    value: str | None = None


class Listing(Part):
    """`complete`: the rows carry whole records, and no detail call is needed."""

    path: Path
    filter: Filter | None = None
    components: Components | None = None
    items: Found
    id: Found
    modified: Found | None = None
    complete: bool = False
    paging: Paging | None = None
    success: Found | None = None
    overlap: Duration | None = None


class Detail(Part):
    path: Path
    success: Found | None = None

    @model_validator(mode="after")
    def _names_the_record(self) -> Detail:
        if "{id}" not in self.path:
            raise ValueError("`path` must have {id} where the record's id goes")
        return self


class Resource(Part):
    """`basis` says how each part is known: seen, inferred or unknown. Nothing is read until it is confirmed."""

    basis: dict[str, Literal["seen", "inferred", "unknown"]] = {}
    confirmed: bool = False
    listing: Listing = Field(alias="list")
    detail: Detail | None = None
    accept: Found

    @model_validator(mode="after")
    def _reads_whole_records(self) -> Resource:
        if self.detail is None and not self.listing.complete:
            raise ValueError("needs a `detail`, or a `list` that is `complete: true`")
        return self


class Charges(Part):
    """Header charges and the shares on the lines are one money seen twice: `source` says which is counted."""

    source: Literal["header", "lines"] = "header"
    tax: FoundAll = ()
    shipping: FoundAll = ()
    handling: FoundAll = ()
    other: FoundAll = ()
    discount: FoundAll = ()


class Splits(Part):
    groups: Found
    kind: Found | None = None
    kinds: dict[str, Literal["percent", "amount"]] = {"PercentOfPrice": "percent", "AmountOfPrice": "amount"}
    rows: Found
    share: Found | None = None
    segment: str
    segment_name: str | None = None
    keep_groups_with: Segment
    account: tuple[Segment, ...] = Field(min_length=1)
    account_separator: str = Field(default="-", max_length=5)
    department: tuple[Segment, ...] = ()
    fallback: Literal["header", "none"] = "header"
    _compiled: dict[str, Expression] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _segments_compile(self) -> Splits:
        for template in filter(None, (self.segment, self.segment_name)):
            for name in {self.keep_groups_with, *self.account, *self.department}:
                text = template.replace("{name}", name)
                self._compiled[text] = Expression(text)
        return self

    def segment_of(self, name: str) -> Expression:
        return self._compiled[self.segment.replace("{name}", name)]

    def segment_name_of(self, name: str) -> Expression | None:
        return self._compiled[self.segment_name.replace("{name}", name)] if self.segment_name else None


class Signs(Part):
    credit: Literal["as-given", "negated"] = "as-given"
    discount: Literal["positive-is-reduction", "negative-is-reduction"] = "positive-is-reduction"


class CheckTotal(Part):
    tolerance: Decimal = Field(default=Decimal("0.01"), ge=0)
    on_mismatch: Literal["hold", "accept"] = "hold"


class InvoiceFields(Part):
    external_id: Rule
    buyer_number: Rule
    vendor_reference: Rule
    kind: Rule
    vendor_id: Rule
    vendor_internal_id: Rule | None = None
    vendor_name: Rule | None = None
    issued_on: Rule
    due_on: Rule | None = None
    accounting_on: Rule | None = None
    modified_at: Rule | None = None
    currency: Rule
    total: Rule
    terms: Rule | None = None
    terms_days: Rule | None = None
    business_unit: Rule | None = None
    status_text: Rule | None = None
    revision: Rule | None = None


class InvoiceLineFields(Part):
    number: Rule | None = None
    description: Rule | None = None
    quantity: Rule
    unit_price: Rule
    amount: Rule | None = None
    unit: Rule | None = None
    purchase_order_number: Rule | None = None
    purchase_order_line: Rule | None = None
    purchase_order_status: Rule | None = None
    tax: FoundAll = ()
    shipping: FoundAll = ()
    handling: FoundAll = ()
    other: FoundAll = ()
    discount: FoundAll = ()


class InvoiceResource(Resource):
    cancelled: Found
    fields: InvoiceFields
    charges: Charges = Charges()
    lines: Found
    line_fields: InvoiceLineFields
    splits: Splits | None = None
    signs: Signs = Signs()
    check_total: CheckTotal = CheckTotal()


class SupplierFields(Part):
    external_id: Rule
    number: Rule
    name: Rule
    email: Rule | None = None
    phone: Rule | None = None
    street: Rule | None = None
    city: Rule | None = None
    region: Rule | None = None
    postal_code: Rule | None = None
    country: Rule | None = None
    currency: Rule | None = None
    tax_number: Rule | None = None
    active: Rule | None = None
    modified_at: Rule | None = None
    revision: Rule | None = None


class SupplierResource(Resource):
    fields: SupplierFields


class PurchaseOrderFields(Part):
    external_id: Rule
    number: Rule
    vendor_id: Rule
    vendor_internal_id: Rule | None = None
    vendor_name: Rule | None = None
    status: Rule | None = None
    modified_at: Rule | None = None
    revision: Rule | None = None


class PurchaseOrderLineFields(Part):
    number: Rule | None = None
    description: Rule | None = None
    quantity: Rule
    unit_price: Rule


class PurchaseOrderResource(Resource):
    fields: PurchaseOrderFields
    lines: Found
    line_fields: PurchaseOrderLineFields


class AccountResource(Part):
    """No endpoint is known in public: the chart comes from a file of the customer's."""

    basis: dict[str, Literal["seen", "inferred", "unknown"]] = {}
    confirmed: bool = False
    source: Literal["file"] = "file"
    listing: None = Field(default=None, alias="list")


class Resources(Part):
    invoice: InvoiceResource
    supplier: SupplierResource
    purchase_order: PurchaseOrderResource
    account: AccountResource = AccountResource()


class Profile(Part):
    layout: Literal["ml-connector/jaggaer-profile/1"] = Field(alias="schema")
    name: str
    transport: Literal["j1p-json"]
    connection: ConnectionRules
    defaults: Defaults
    resources: Resources
