"""What a profile may say of one resource: where its list and detail are, and how its records are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, PrivateAttr, model_validator

from ml_connector.connectors.jaggaer.expressions import Expression
from ml_connector.connectors.jaggaer.rule_types import (
    Duration,
    Found,
    FoundAll,
    Part,
    Path,
    Rule,
    Segment,
    SincePattern,
)


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

    basis: dict[str, Literal["seen", "inferred", "unknown"]] = Field(default_factory=dict)
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
    """`groups` is looked for on each line, and below `header` for the header's own."""

    header: Found | None = None
    groups: Found
    kind: Found | None = None
    kinds: dict[str, Literal["percent", "amount"]] = Field(default_factory=dict)
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
    contract_number: Rule | None = None
    contract_status: Rule | None = None
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
    vendor_id: Rule | None = None
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


class ContractResource(Resource):
    """Rows that are whole need no detail: a contract is its head."""

    fields: PurchaseOrderFields
