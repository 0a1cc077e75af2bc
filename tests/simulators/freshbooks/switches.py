"""What nobody outside FreshBooks knows for sure, as switches. The defaults are the likelier or the stricter reading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IdStyle(StrEnum):
    INT = "int"
    STRING = "string"
    MIXED = "mixed"  # a record's own `id` an integer, its links digit strings


class CategoryShape(StrEnum):
    OBJECT = "object"
    STRING = "string"


class Unique(StrEnum):
    NO = "no"
    PER_VENDOR = "per vendor"
    EVERYWHERE = "everywhere"


class DeletedRead(StrEnum):
    """What GET by id says of a deleted record."""

    SHOWN = "shown"  # 200, vis_state 1
    REFUSED = "refused"  # 404, errno 1011


class LinesUpdate(StrEnum):
    """What a `lines` array in a PUT does to the lines that are there."""

    REPLACE = "replace"
    MERGE = "merge"  # by list_index; a line not named stays


class PaidBill(StrEnum):
    KEEPS_AMOUNT = "keeps its amount"
    KEEPS_ALL = "keeps everything"  # refuses a deletion too
    EDITABLE = "editable"


class FieldOrder(StrEnum):
    """The orders of an event's fields that are on record; its signature depends on them."""

    DOCUMENTED = "documented"
    CAPTURED = "captured"  # as a third party caught one
    SHORT = "short"  # three fields only


class TooMany(StrEnum):
    """The forms a 429 may take."""

    WITH_HEADER = "with Retry-After"
    BARE = "without Retry-After"
    HTML = "an HTML page"
    SHAPE_A = "an accounting error with errno 429"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    requests: int
    window_seconds: int
    answer: TooMany = TooMany.WITH_HEADER


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    # tokens
    access_token_seconds: int = 43_200
    code_seconds: int = 300
    one_refresh_token_alive: bool = True
    access_survives_refresh: bool = True
    # the consent page
    signed_in: int | None = None  # the identity that is signed in there; None is the owner
    says_yes: bool = True
    withheld_scopes: tuple[str, ...] = ()  # asked for, and not given
    # who is asking
    owner_role: str = "owner"  # "client": reads well, every write is 403
    account_id_shown: bool = True  # False: `business.account_id` is null in users/me
    ledger_scope: str = "journal_entries"
    # errors
    gated: frozenset[str] = frozenset()  # "bills", "bill_vendors" ...: HTTP 200 with an error body
    errors_with_200: bool = False  # every old-shape error comes with HTTP 200
    errno_as_string: bool = False
    errors_as_object: bool = False  # `errors` a single object instead of a list
    unknown_reference_status: int = 422  # a bill that names a vendor or category that is not there
    # shapes
    ids: IdStyle = IdStyle.INT
    category: CategoryShape = CategoryShape.OBJECT
    line_categoryid: bool = True  # lines carry `categoryid` on read, beside `category`
    lines_in_list: bool = True
    vendor_in_bill: bool = False  # without asking for it by `include[]=vendor`
    vendor_times_in_utc: bool = True
    # lists
    newest_first: bool = True
    rows_counted_but_hidden: int = 0  # `total` counts this many rows that nobody may read
    search_lag_seconds: int = 0  # what the API made is in lists only after this long; a read by id has it at once
    # records
    base_currency: str = "USD"
    bill_number_unique: Unique = Unique.NO
    bill_number_length: int | None = None
    description_length: int | None = None
    vendor_name_unique: bool = False
    vendor_currency_required: bool = True
    negative_unit_cost: bool = True
    unit_cost_places: int = 2  # FreshBooks rounds a unit cost to this many places
    deleted_read: DeletedRead = DeletedRead.SHOWN
    lines_update: LinesUpdate = LinesUpdate.REPLACE
    paid_bill: PaidBill = PaidBill.KEEPS_AMOUNT
    overpayment: bool = False
    payment_touches_bill: bool = True  # a payment moves the bill's `updated_at`
    payment_touches_invoice: bool = True  # and an invoice's `updated`
    category_creation: bool = False
    # callbacks
    callback_https_only: bool = False
    wrong_verifier_refused: bool = True  # no: 200 with `verified` false
    resend_renews_verifier: bool = False
    events_errors_old: bool = False  # google.rpc field violations in place of shape E
    handshake_signed: bool = False
    handshakes_lost: bool = False
    field_order: FieldOrder = FieldOrder.DOCUMENTED
    event_copies: int = 1
    event_delay_seconds: int = 0
    newest_event_first: bool = False
    lost_events: frozenset[str] = frozenset()  # "bill.update": happens, and nobody is told
    event_retry_seconds: tuple[int, ...] = (60, 600, 3_600)  # after an answer that is no 2xx
    callback_off_after: int | None = None  # so many failures in a row make it unverified
    # traffic
    rate_limit: RateLimit | None = None
