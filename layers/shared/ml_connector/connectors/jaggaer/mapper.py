"""From what was read to our records: pure, exact, and every doubt in words that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ml_connector.connectors.jaggaer.accounts import splits_of
from ml_connector.connectors.jaggaer.models import WireInvoice, WireLine, WireSupplier
from ml_connector.connectors.jaggaer.resource_rules import InvoiceResource, Signs
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.money import Money, minor_digits
from ml_connector.domain.records.bill import (
    Bill,
    BillLine,
    BillStatus,
    BillType,
    Charge,
    ChargeKind,
    ContractRef,
    PurchaseOrderRef,
)
from ml_connector.domain.records.vendor import Vendor, VendorRef

_ZERO = Decimal(0)


def bill_from_wire(wire: WireInvoice, rules: InvoiceResource) -> Bill:
    """Read an invoice. Doubts are for approved ones: the rest are not offered, or must be voided whatever they lack.

    Raises: RejectedError where it has no id.
    """
    status = _status(wire)
    type_ = BillType.CREDIT if wire.kind == "credit" else BillType.BILL
    sign = Decimal(-1) if type_ is BillType.CREDIT and rules.signs.credit == "negated" else Decimal(1)
    doubts = list(wire.problems)
    lines = tuple(
        _bill_line(line, place, wire, rules, type_, sign, doubts) for place, line in enumerate(wire.lines, start=1)
    )
    bill = Bill(
        external_id=id_of(wire.external_id, wire.problems),
        number=wire.vendor_reference or wire.buyer_number,
        buyer_number=wire.buyer_number,
        vendor=VendorRef(number=wire.vendor_id, name=wire.vendor_name, internal_id=wire.vendor_internal_id),
        type=type_,
        status=status,
        status_text=wire.status_text or "",
        issued_on=wire.issued_on,
        due_on=wire.due_on,
        accounting_on=wire.accounting_on,
        terms=wire.terms,
        terms_days=wire.terms_days,
        currency=wire.currency if _is_currency(wire.currency) else None,
        lines=lines,
        charges=_charges(_counted(wire, rules), type_, sign, rules.signs),
        total=_total(wire, sign),
        business_unit=wire.business_unit,
        revision=wire.revision,
        modified_at=wire.modified_at,
    )
    if status is not BillStatus.APPROVED:
        return bill
    doubts += _gaps(wire, bill)
    doubts += _mismatch(bill, rules)
    return replace(bill, doubts=tuple(dict.fromkeys(doubts)))


def vendor_from_wire(wire: WireSupplier) -> Vendor:
    """Raises: RejectedError where it has no id or no name."""
    if wire.name is None:
        raise RejectedError(f"supplier {wire.external_id} cannot be read: {'; '.join(wire.problems) or 'no name'}")
    return Vendor(
        external_id=id_of(wire.external_id, wire.problems),
        number=wire.number,
        name=wire.name,
        email=wire.email,
        phone=wire.phone,
        street=wire.street,
        city=wire.city,
        region=wire.region,
        postal_code=wire.postal_code,
        country=wire.country,
        currency=wire.currency,
        tax_number=wire.tax_number,
        active=wire.active is not False,
        revision=wire.revision,
        modified_at=wire.modified_at,
    )


def _status(wire: WireInvoice) -> BillStatus:
    if wire.cancelled:
        return BillStatus.CANCELLED
    return BillStatus.APPROVED if wire.accepted else BillStatus.NOT_APPROVED


def id_of(external_id: str | None, problems: tuple[str, ...]) -> str:
    if external_id is None:
        raise RejectedError(f"a record without an id: {'; '.join(problems) or 'nothing found'}")
    return external_id


def _bill_line(
    line: WireLine,
    place: int,
    wire: WireInvoice,
    rules: InvoiceResource,
    type_: BillType,
    sign: Decimal,
    doubts: list[str],
) -> BillLine:
    """JAGGAER sends no line amount: quantity times unit price, unrounded, unless the profile finds one."""
    quantity = Decimal(1) if line.quantity is None else line.quantity
    price = (line.unit_price or _ZERO) * sign
    amount = quantity * price if line.amount is None else line.amount * sign
    groups = line.splits or (wire.splits if rules.splits and rules.splits.fallback == "header" else ())
    splits, found = splits_of(groups, rules.splits, amount=amount, sign=sign, inherited=not line.splits)
    doubts += [f"line {line.number or place}: {doubt}" for doubt in found]
    return BillLine(
        number=line.number,
        description=line.description or "",
        quantity=quantity,
        unit_price=price,
        amount=amount,
        unit=line.unit,
        splits=splits,
        charges=_charges(line.charges, type_, sign, rules.signs),
        purchase_order=_purchase_order(line),
        contract=_contract(line),
    )


def _purchase_order(line: WireLine) -> PurchaseOrderRef | None:
    """Each line names its own order: one invoice may bill several, or partly none."""
    if line.purchase_order_number is None:
        return None
    return PurchaseOrderRef(
        number=line.purchase_order_number, line=line.purchase_order_line, status=line.purchase_order_status
    )


def _contract(line: WireLine) -> ContractRef | None:
    return (
        None if line.contract_number is None else ContractRef(number=line.contract_number, status=line.contract_status)
    )


def _counted(wire: WireInvoice, rules: InvoiceResource) -> Mapping[str, Decimal]:
    """The header's charges, or the sum of the lines' shares: one of the two sightings, never both.

    A kind that the header does not name at all is taken from the lines.
    """
    on_lines: dict[str, Decimal] = {}
    for line in wire.lines:
        for kind, amount in line.charges.items():
            on_lines[kind] = on_lines.get(kind, _ZERO) + amount
    return on_lines if rules.charges.source == "lines" else {**on_lines, **wire.charges}


def _charges(amounts: Mapping[str, Decimal], type_: BillType, sign: Decimal, signs: Signs) -> tuple[Charge, ...]:
    named = ((ChargeKind(kind), amount) for kind, amount in amounts.items() if amount != 0)
    return tuple(
        Charge(kind=kind, amount=_reduction(amount, type_, signs) if kind is ChargeKind.DISCOUNT else amount * sign)
        for kind, amount in named
    )


def _reduction(amount: Decimal, type_: BillType, signs: Signs) -> Decimal:
    """A discount, so that total = lines + charges - discounts holds for both types.

    On a credit memo it makes the credit smaller, and comes with either sign: it is negative here, as all is there.
    """
    if type_ is BillType.CREDIT:
        return -abs(amount)
    return amount if signs.discount == "positive-is-reduction" else -amount


def _is_currency(currency: str | None) -> bool:
    return currency is not None and len(currency) == 3 and currency.isascii() and currency.isupper()


def _total(wire: WireInvoice, sign: Decimal) -> Money | None:
    if wire.total is None or wire.currency is None or not _is_currency(wire.currency):
        return None
    return Money(wire.total * sign, wire.currency)


def _gaps(wire: WireInvoice, bill: Bill) -> list[str]:
    gaps = []
    if wire.total is None:
        gaps.append("the invoice has no total")
    if wire.currency is None:
        gaps.append("the invoice has no currency")
    elif bill.currency is None:
        gaps.append(f"the currency {wire.currency!r} is not an ISO 4217 code")
    if not wire.lines:
        gaps.append("the invoice has no lines, and is not cancelled")
    if bill.number is None:
        gaps.append("the invoice has no number, neither the vendor's nor JAGGAER's")
    if bill.type is BillType.CREDIT and bill.total is not None and bill.total.amount > 0:
        gaps.append(f"a credit memo with a total above nothing ({bill.total}): see `signs.credit` in the profile")
    return gaps


def _mismatch(bill: Bill, rules: InvoiceResource) -> list[str]:
    """Lines and charges against the total. How JAGGAER rounds is not public: exact lines or rounded ones may fit."""
    if bill.total is None or not bill.lines or rules.check_total.on_mismatch != "hold":
        return []
    currency, wanted = bill.total.currency, bill.total.amount
    extra = sum((-one.amount if one.kind is ChargeKind.DISCOUNT else one.amount for one in bill.charges), _ZERO)
    exact = sum((line.amount for line in bill.lines), extra)
    rounded = sum((Money(line.amount, currency).rounded().amount for line in bill.lines), extra)
    if min(abs(exact - wanted), abs(rounded - wanted)) <= rules.check_total.tolerance:
        return []
    digits = minor_digits(currency)
    return [f"lines and charges make {rounded:,.{digits}f}, the total says {wanted:,.{digits}f}"]
