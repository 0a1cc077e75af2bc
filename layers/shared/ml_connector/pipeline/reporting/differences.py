"""What a reconciliation finds: each difference with both values, whose it is, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ml_connector.domain.identity import RecordId


class Kind(StrEnum):
    ONLY_IN_SOURCE = "only_in_source"
    ONLY_IN_TARGET = "only_in_target"
    AMOUNT = "amount"
    VENDOR = "vendor"
    ACCOUNT = "account"
    CURRENCY = "currency"
    PERIOD = "period"
    DATE = "date"
    DUE_DATE = "due_date"
    NUMBER = "number"
    LINES = "lines"
    FIELD = "field"
    DELETED_IN_TARGET = "deleted_in_target"
    DUPLICATE = "duplicate"
    UNKNOWN_TO_US = "unknown_to_us"
    NOT_READ_YET = "not_read_yet"
    UNCHECKED = "unchecked"


class Weight(StrEnum):
    """A mismatch fails a reconciliation; a note is told, and fails only a strict one."""

    MISMATCH = "mismatch"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document counts: the month of its date, and its currency."""

    month: str | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`source` and `target` are the two values in words; `places` are the source's place and, if another, the target's.

    `fields` names the fields as the systems compare them, lines counted from 1.
    """

    kind: Kind
    weight: Weight
    record: RecordId | None
    target_id: str | None
    number: str | None
    source: str
    target: str
    next: str
    places: tuple[Place, ...] = ()
    fields: tuple[str, ...] = ()

    def concerns(self, *, month: str | None, currency: str | None) -> bool:
        """A document whose two sides stand in two months is a difference of both."""
        if not self.places:
            return True
        return any(
            month in (None, place.month or month) and currency in (None, place.currency or currency)
            for place in self.places
        )


NEXT: dict[Kind, str] = {
    Kind.ONLY_IN_SOURCE: "see its history; if nobody removed it on purpose, enter it by hand or restore it there",
    Kind.ONLY_IN_TARGET: "compare with the source: it is paid there without having come through it",
    Kind.AMOUNT: "correct the amount in the target, or change the source document so that it is posted again",
    Kind.VENDOR: "correct the vendor in the target, or map the vendor and change the source document",
    Kind.ACCOUNT: "correct the account in the target, or map the account and change the source document",
    Kind.CURRENCY: "correct the currency in the target: amounts of two currencies never add up",
    Kind.PERIOD: "correct the date in the target: the document counts in another month there",
    Kind.DATE: "correct the date in the target",
    Kind.DUE_DATE: "correct the due date in the target: cash-flow figures are taken from it",
    Kind.NUMBER: "correct the number in the target, or the same document may be entered twice",
    Kind.LINES: "compare the lines: their number is another, the total is the same",
    Kind.FIELD: "compare the two, and correct the wrong side",
    Kind.DELETED_IN_TARGET: "if it was rightly deleted, cancel the source document; else restore it in the target",
    Kind.DUPLICATE: "decide which of the two is right and delete the other before it is paid",
    Kind.UNKNOWN_TO_US: "wait until the flow's queue is empty; if it stays, run the flow in full: it was missed",
    Kind.NOT_READ_YET: "nothing: the flow's next run reads it",
    Kind.UNCHECKED: "see its history: what it was meant to hold is not stored any more, so compare by hand",
}
