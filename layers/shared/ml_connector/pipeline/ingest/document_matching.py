"""Which records a document is about. Numbers alone are not enough for an invoice: suppliers number alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.document import Document
from ml_connector.domain.matching import normalised_number
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record with the number; `record` is its newest version, where that can be read."""

    row: CrossReference
    record: Record | None


def fitting(document: Document, total: Money | None, candidates: Sequence[Candidate]) -> list[Candidate]:
    """An order by its number. A bill by its number and an order of both; where one names no order, by the total too."""
    return [one for one in candidates if not isinstance(one.record, Bill) or _fits(document, total, one.record)]


def differences(total: Money | None, record: Record | None) -> Mapping[str, str]:
    """What the partner claims otherwise than the approved record says."""
    if not isinstance(record, Bill) or total is None or record.total is None or total == record.total:
        return {}
    return {"total": f"{total.amount} {total.currency}, and {record.total.amount} {record.total.currency} is approved"}


def _fits(document: Document, total: Money | None, bill: Bill) -> bool:
    theirs = {normalised_number(number) for number in document.orders}
    ours = {normalised_number(line.purchase_order.number) for line in bill.lines if line.purchase_order}
    if theirs and ours:
        return bool(theirs & ours)
    return total is None or bill.total is None or total == bill.total
