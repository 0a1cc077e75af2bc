"""Objects in the target that no row of ours owns: keyed by hand, made twice, or ours and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import RecordId
from ml_connector.domain.money import Money
from ml_connector.pipeline.reporting.differences import NEXT, Difference, Kind, Place, Weight
from ml_connector.pipeline.reporting.source_list import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """`marked` is the record whose marker it bears."""

    target_id: str
    number: str | None
    vendor: str
    vendor_id: str | None
    total: Money | None
    issued_on: date | None
    marked: RecordId | None
    place: Place


def judged(
    stranger: Stranger, row: CrossReference | None, *, twin: str | None, owner: Owner | None, in_scope: bool
) -> Difference:
    """A second one of a natural key or of a marker is a duplicate. Bills that people key are theirs to key: they count
    as mismatches only for a vendor and a month that this flow posts to, where each should have come through it.
    """
    if row is not None and row.confirmed is not None:
        text = f"also made for {row.number or row.record.external_id}, beside {row.confirmed.target_id}"
        return _difference(stranger, Kind.DUPLICATE, Weight.MISMATCH, row.record, f"{row.confirmed.target_id}", text)
    if row is not None:
        return _ours_unconfirmed(stranger, row)
    if twin is not None:
        weight = Weight.MISMATCH if owner is not None or in_scope else Weight.NOTE
        record = owner.record if owner else None
        source = f"{twin}, ours" if owner else twin
        return _difference(stranger, Kind.DUPLICATE, weight, record, source, _told(stranger))
    weight = Weight.MISMATCH if in_scope else Weight.NOTE
    return _difference(stranger, Kind.ONLY_IN_TARGET, weight, None, "not there", _told(stranger))


def _ours_unconfirmed(stranger: Stranger, row: CrossReference) -> Difference:
    """It bears our marker, and our row does not know it. A write in doubt finds it by itself."""
    weight, text = Weight.MISMATCH, "release the record: the target is asked for it before anything is written"
    if row.is_busy:
        weight, text = Weight.NOTE, "nothing: the write is in doubt, and is looked up by itself"
    return _difference(stranger, Kind.ONLY_IN_TARGET, weight, row.record, row.state.value, _told(stranger), text)


def _difference(
    stranger: Stranger, kind: Kind, weight: Weight, record: RecordId | None, source: str, target: str, text: str = ""
) -> Difference:
    return Difference(
        kind=kind,
        weight=weight,
        record=record,
        target_id=stranger.target_id,
        number=stranger.number,
        source=source,
        target=target,
        next=text or NEXT[kind],
        places=(stranger.place,),
    )


def _told(stranger: Stranger) -> str:
    parts = (str(stranger.total or ""), f"vendor {stranger.vendor}", str(stranger.issued_on or ""))
    return ", ".join(part for part in parts if part)
