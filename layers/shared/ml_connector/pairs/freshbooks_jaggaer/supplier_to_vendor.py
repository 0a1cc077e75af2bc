"""JAGGAER supplier -> FreshBooks bill vendor (FJ2): created when missing, updated when changed, before the invoices."""

from __future__ import annotations

from ml_connector.domain.decision import Decision, Hold, Link, NameClaim, Post, Reason, Skip, reason_of
from ml_connector.domain.matching import Ambiguous, Candidate, How, Matched, Missing, Unusable, normalised
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import Vendor
from ml_connector.domain.reference import Key
from ml_connector.pipeline.flow import Flow, Known, Setting, Side

TARGET = "FreshBooks"
NEAR = 0.8
"""How alike a vendor's name must be to be worth a line in the history."""


def needs(record: Record) -> frozenset[Key]:
    assert isinstance(record, Vendor)
    return frozenset({Key.vendor(record.number, record.name)}) if record.number else frozenset()


def plan(record: Record, known: Known) -> Decision:
    """A supplier is a bill vendor in FreshBooks. Its number is its identity; its name only helps to find it."""
    assert isinstance(record, Vendor)
    if not record.number:
        return Skip(Reason(code="no_number", text=f"supplier {record.name!r} has no ERP number yet"))
    if not record.active and not known.posted:
        return Skip(Reason(code="inactive", text=f"supplier {record.name!r} is not active in JAGGAER"))
    if not record.name:
        return Hold((Reason(code="no_name", text=f"supplier {record.number} has no name"),))
    if known.posted:
        return Post(_vendor(record))
    return _first_seen(record, known)


def natural_key(record: Record) -> str | None:
    assert isinstance(record, Vendor)
    return f"number:{record.number}" if record.number else None


def _first_seen(vendor: Vendor, known: Known) -> Decision:
    found = known.match(Key.vendor(vendor.number or "", vendor.name))
    by_name_alone = isinstance(found, Matched) and found.how is How.NAME
    others = _namesakes(vendor, known)
    if others and (by_name_alone or not isinstance(found, Matched)):
        return Hold((vendor_namesakes(Key.vendor(vendor.number or "", vendor.name), others),))
    match found:
        case Matched():
            text = f"{found.item.name!r} in {TARGET} is supplier {vendor.number}, found by {found.how}"
            return Link(found.item.id, Reason(code="matched", text=text))
        case Ambiguous() | Unusable():
            return Hold((reason_of(found, what="vendor", target=TARGET),))
        case Missing(candidates=candidates):
            claim = NameClaim(key=Key.vendor(vendor.number or "", vendor.name))
            return Post(_vendor(vendor), notes=_near(candidates), names=(claim,))


def _near(candidates: tuple[Candidate, ...]) -> tuple[str, ...]:
    """A vendor made beside one that is nearly named like it: said in the plan and in the history, and not more."""
    near = [one for one in candidates if one.score >= NEAR]
    return tuple(f"near: {one.id} {one.name!r} ({one.likeness})" for one in near[:3])


def _namesakes(vendor: Vendor, known: Known) -> list[str]:
    numbers = known.namesakes.get(normalised(vendor.name), ())
    return [number for number in numbers if number != vendor.number]


def vendor_namesakes(key: Key, others: list[str]) -> Reason:
    """One vendor can belong to one number alone: mapped to it, the other supplier is held as `owned`."""
    text = (
        f"suppliers {key.code} and {', '.join(others)} have the same name {key.name!r}: "
        "map each number to a vendor of its own"
    )
    return Reason(code="vendor_namesakes", text=text, cause=key.cause)


def _vendor(vendor: Vendor) -> Vendor:
    """What FreshBooks can hold of a supplier."""
    return Vendor(
        number=vendor.number,
        name=vendor.name,
        email=vendor.email or None,
        phone=vendor.phone or None,
        street=vendor.street or None,
        city=vendor.city or None,
        region=vendor.region or None,
        postal_code=vendor.postal_code or None,
        country=vendor.country or None,
        currency=vendor.currency or None,
    )


SUPPLIER_TO_VENDOR = Flow(
    name="jaggaer_supplier_to_freshbooks_vendor",
    title="JAGGAER suppliers to FreshBooks bill vendors",
    source=Side(system="jaggaer", kind=RecordKind.VENDOR),
    target=Side(system="freshbooks", kind=RecordKind.VENDOR),
    needs=needs,
    plan=plan,
    references=frozenset({ReferenceKind.VENDOR}),
    source_references=frozenset({ReferenceKind.VENDOR}),
    makes=ReferenceKind.VENDOR,
    natural_key=natural_key,
    update_adopted=True,
    watches=True,
    default_cadence="rate(15 minutes)",
    settings=(
        Setting(
            name="on_conflict",
            default="source_wins",
            choices=("source_wins", "target_wins", "hold"),
            text="a vendor that a person changed in FreshBooks: JAGGAER's values put back, theirs kept, or held",
        ),
    ),
)
