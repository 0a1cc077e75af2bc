"""JAGGAER invoice -> FreshBooks bill (FJ1, FJ4, FJ9, FJ10, P17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from ml_connector.domain.decision import Decision, Hold, NameClaim, Post, Reason, Skip, Void, held_by
from ml_connector.domain.matching import How, Matched, normalised, normalised_number
from ml_connector.domain.records.bill import AccountRef, Bill, BillLine, BillStatus, BillType
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jaggaer import chosen
from ml_connector.pairs.freshbooks_jaggaer.amounts import Part, UnsplitError, parts_of
from ml_connector.pairs.freshbooks_jaggaer.supplier_to_vendor import vendor_namesakes
from ml_connector.pipeline.flow import Flow, Known, Setting, Side

TARGET = "FreshBooks"
LONGEST_TERMS_DAYS = 3650
IN_TEXT = "line_text"
CHANGED = Reason(code="changed", text="it changed in JAGGAER after it was posted: compare the two")


def needs(record: Record) -> frozenset[Key]:
    """The vendor, the account of every line that names one, and what only a mapping can say."""
    assert isinstance(record, Bill)
    keys = {_account_key(split.account, record) for line in record.lines for split in line.splits if split.account}
    if record.vendor.number:
        keys.add(_vendor_key(record))
    return frozenset([*keys, *chosen.keys(record)])


def plan(record: Record, known: Known) -> Decision:
    """An invoice approved in JAGGAER becomes a bill in FreshBooks; what does not match waits."""
    assert isinstance(record, Bill)
    if record.status is BillStatus.CANCELLED:
        return _withdrawn(record, known, setting="on_cancelled", code="cancelled", text="cancelled in JAGGAER")
    if record.status is not BillStatus.APPROVED:
        text = f"not approved in JAGGAER: {record.status_text or record.status}"
        return _withdrawn(record, known, setting="on_unapproved", code="not_approved", text=text)
    if record.type is BillType.CREDIT:
        return Hold((_credit_memo(record),))
    bill = chosen.as_mapped(record, known)
    if reasons := [*_doubts(bill), *_unmatched(record, known), *chosen.doubts(record, known)]:
        return Hold(tuple(reasons))
    asked = CHANGED if known.posted and known.setting("on_changed") == "hold" else None
    try:
        return Post(_bill(bill, known), notes=_notes(bill), names=_names(bill, known), held_if_changed=asked)
    except UnsplitError as error:
        return Hold((Reason(code="split_unclear", text=str(error)),))


def natural_key(record: Record) -> str | None:
    """The vendor's own number makes a bill unique with that vendor."""
    assert isinstance(record, Bill)
    if not record.number or not record.vendor.internal_id:
        return None
    return f"{record.vendor.internal_id}:{normalised_number(record.number)}"


def _withdrawn(bill: Bill, known: Known, *, setting: str, code: str, text: str) -> Decision:
    """Never posted: passed over. Posted: voided or held, as the tenant chose; never a second bill."""
    reason = Reason(code=code, text=text)
    if not known.posted:
        return Skip(reason)
    if known.setting(setting) == "void":
        return Void(reason)
    return Hold((replace(reason, text=f"{text} after it was posted: void the bill or leave it"),))


def _credit_memo(bill: Bill) -> Reason:
    amount = str(bill.total) if bill.total else "an unknown amount"
    number = bill.number or bill.buyer_number
    text = f"credit memo {number} over {amount}: FreshBooks has no vendor credits, enter it by hand"
    return Reason(code="credit_memo", text=text)


def _doubts(bill: Bill) -> list[Reason]:
    reasons = [Reason(code="incomplete", text=doubt) for doubt in bill.doubts]
    if bill.issued_on is None:
        reasons.append(Reason(code="no_date", text="it has no invoice date"))
    if not bill.number:
        reasons.append(Reason(code="no_number", text="it has neither a vendor's nor a JAGGAER number"))
    if bill.total is not None and not bill.total.is_exact:
        reasons.append(
            Reason(
                code="total_too_fine", text=f"its total {bill.total.amount} is finer than a {bill.total.currency} coin"
            )
        )
    if bill.total is not None and bill.total.amount < 0:
        reasons.append(Reason(code="negative_total", text=f"its total is negative: {bill.total}"))
    return [*reasons, *_due_date_doubt(bill)]


def _due_date_doubt(bill: Bill) -> list[Reason]:
    due = _due_on(bill)
    if bill.issued_on is None or due is None:
        return []
    days = (due - bill.issued_on).days
    if 0 <= days <= LONGEST_TERMS_DAYS:
        return []
    return [Reason(code="due_date", text=f"it is due on {due}, {days} days after its date {bill.issued_on}")]


def _unmatched(bill: Bill, known: Known) -> list[Reason]:
    if not bill.vendor.number:
        return [Reason(code="vendor_missing", text=f"its supplier {bill.vendor.name or ''} has no number".strip())]
    if reason := _shared_name(bill, known):
        return [reason]
    vendor = [known.match(_vendor_key(bill))]
    accounts = [known.match(key) for key in sorted(needs(bill)) if key.kind is ReferenceKind.ACCOUNT]
    return [*held_by(vendor, what="vendor", target=TARGET), *held_by(accounts, what="account", target=TARGET)]


def _shared_name(bill: Bill, known: Known) -> Reason | None:
    """A name that several suppliers have says of none of them which vendor it is (decision 6)."""
    found = known.match(_vendor_key(bill))
    sharing = known.namesakes.get(normalised(bill.vendor.name or ""), ())
    others = [number for number in sharing if number != bill.vendor.number]
    if not others or not isinstance(found, Matched) or found.how is not How.NAME:
        return None
    return vendor_namesakes(_vendor_key(bill), others)


def _bill(bill: Bill, known: Known) -> Bill:
    total = bill.total
    if total is None or bill.issued_on is None:
        raise UnsplitError("it has no total or no date")
    parts = parts_of(bill)
    vendor = known.match(_vendor_key(bill))
    assert isinstance(vendor, Matched)
    posted = chosen.lines(bill, parts, total, [_account_id(part, bill, known) for part in parts], known)
    lines = tuple(_with_status(line, known) for line in posted)
    if sum((line.amount for line in lines), Decimal(0)) != total.amount:
        raise UnsplitError(f"its lines cannot be brought to its total {total}")
    return Bill(
        number=bill.number,
        vendor=VendorRef(internal_id=vendor.item.id, number=bill.vendor.number),  # a vendor renamed changes no bill
        issued_on=bill.issued_on,
        due_on=_due_on(bill) or bill.issued_on,
        terms=bill.terms,
        currency=total.currency,
        lines=lines,
        total=total,
    )


def _with_status(line: BillLine, known: Known) -> BillLine:
    """Numbers always, for whoever pays; a status only where the tenant wants it in the text, and then the newest.

    What is not written stays out of the bill: else a change of it would be a change of nothing.
    """
    in_text = known.setting("order_status") == IN_TEXT
    order, contract = line.purchase_order, line.contract
    if order is not None:
        status = known.status_of(RecordKind.PURCHASE_ORDER, order.number, otherwise=order.status)
        order = replace(order, status=status if in_text else None)
    if contract is not None:
        status = known.status_of(RecordKind.CONTRACT, contract.number, otherwise=contract.status)
        contract = replace(contract, status=status if in_text else None)
    return replace(line, purchase_order=order, contract=contract)


def _due_on(bill: Bill) -> date | None:
    """The invoice's own due date, else its terms counted from its date."""
    if bill.due_on is not None or bill.issued_on is None or bill.terms_days is None:
        return bill.due_on
    return bill.issued_on + timedelta(days=bill.terms_days)


def _account_id(part: Part, bill: Bill, known: Known) -> str:
    found = known.match(_account_key(part.account, bill))
    assert isinstance(found, Matched)
    return found.item.id


def _account_key(account: AccountRef, bill: Bill) -> Key:
    return Key.account(account.code, account.name, on=bill.issued_on)


def _vendor_key(bill: Bill) -> Key:
    return Key.vendor(bill.vendor.number or "", bill.vendor.name, on=bill.issued_on)


def _names(bill: Bill, known: Known) -> tuple[NameClaim, ...]:
    key = _vendor_key(bill)
    found = known.match(key)
    return (NameClaim(key=key),) if isinstance(found, Matched) and found.how is How.NAME else ()


def _notes(bill: Bill) -> tuple[str, ...]:
    """For the audit trail: how the total came about, and which orders the invoice bills."""
    charges = [f"{charge.kind} {charge.amount}" for charge in bill.charges if charge.amount]
    orders = sorted({f"PO {line.purchase_order.number}" for line in bill.lines if line.purchase_order})
    contracts = sorted({f"contract {line.contract.number}" for line in bill.lines if line.contract})
    terms = [f"terms {bill.terms}"] if bill.terms else []
    return (*terms, *orders, *contracts, *charges)


INVOICE_TO_BILL = Flow(
    name="jaggaer_invoice_to_freshbooks_bill",
    title="JAGGAER invoices to FreshBooks bills",
    source=Side(system="jaggaer", kind=RecordKind.BILL),
    target=Side(system="freshbooks", kind=RecordKind.BILL),
    needs=needs,
    plan=plan,
    references=frozenset({ReferenceKind.VENDOR, ReferenceKind.ACCOUNT}),
    natural_key=natural_key,
    after=("jaggaer_supplier_to_freshbooks_vendor",),
    default_cadence="rate(15 minutes)",
    settings=(
        Setting(
            name="on_changed",
            default="update",
            choices=("update", "hold"),
            text="an invoice that changes after it was posted updates its bill, or is held",
        ),
        Setting(
            name="on_cancelled",
            default="void",
            choices=("void", "hold"),
            text="an invoice cancelled after it was posted voids its bill, or is held",
        ),
        Setting(
            name="on_unapproved",
            default="hold",
            choices=("void", "hold"),
            text="an invoice that loses its approval after it was posted voids its bill, or is held",
        ),
        Setting(
            name="on_conflict",
            default="hold",
            choices=("source_wins", "hold"),
            text="a bill that a person changed in FreshBooks is overwritten by a later change in JAGGAER, or held",
        ),
        Setting(
            name="order_status",
            default="history",
            choices=("history", IN_TEXT),
            text="the status of purchase orders and contracts stands in the history alone, or in the bill's lines too",
        ),
        Setting(
            name="look_first",
            default=False,
            choices=(True, False),
            text="before a bill is created, FreshBooks is asked for it, so that one keyed by hand is linked instead",
        ),
        *chosen.SETTINGS,
    ),
)
