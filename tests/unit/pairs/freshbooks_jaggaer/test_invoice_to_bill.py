from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.decision import Decision, Hold, Post, Skip, Void
from ml_connector.domain.matching import How, Match, Matched, Missing
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillStatus, BillType, PurchaseOrderRef
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.domain.reference import Key, ReferenceItem
from ml_connector.pairs.freshbooks_jaggaer.invoice_to_bill import INVOICE_TO_BILL, natural_key, needs, plan
from ml_connector.pipeline.flow import Known, UndeclaredKeyError
from tests.builders import ACME, a_bill, a_line

DAY = date(2026, 1, 15)
VENDOR = Key.vendor("0007", "Acme Paper Inc", on=DAY)
ACCOUNT = Key.account("6000", "Supplies", on=DAY)
MATCHES: dict[Key, Match] = {
    VENDOR: Matched(key=VENDOR, item=ReferenceItem(id="V7", name="Acme"), how=How.EXTERNAL_ID),
    ACCOUNT: Matched(key=ACCOUNT, item=ReferenceItem(id="A6", name="Office"), how=How.EXTERNAL_ID),
}


def test_an_approved_invoice_becomes_a_bill_on_the_targets_own_entries() -> None:
    bill = posted(a_bill())

    assert bill.vendor == VendorRef(internal_id="V7", number="0007")
    assert [(line.account, line.amount) for line in bill.lines] == [("A6", Decimal("100.00"))]
    assert (bill.number, bill.total, bill.external_id) == ("INV-1", Money(Decimal("100.00"), "USD"), "")


def test_it_asks_only_for_what_the_invoice_names() -> None:
    assert needs(a_bill()) == {VENDOR, ACCOUNT}
    assert needs(a_bill(vendor=VendorRef(name="nobody"), lines=(a_line(splits=()),))) == frozenset()


def test_a_plan_cannot_ask_what_was_not_declared() -> None:
    with pytest.raises(UndeclaredKeyError):
        plan(a_bill(), Known(matches={VENDOR: MATCHES[VENDOR]}))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"issued_on": None}, "no_date"),
        ({"number": ""}, "no_number"),
        ({"total": "100.001"}, "total_too_fine"),
        ({"total": "-5.00"}, "negative_total"),
        ({"doubts": ("its lines do not make its total",)}, "incomplete"),
        ({"due_on": date(2020, 1, 1)}, "due_date"),
        ({"due_on": date(2090, 1, 1)}, "due_date"),
        ({"vendor": VendorRef(name="nobody")}, "vendor_missing"),
        ({"type": BillType.CREDIT}, "credit_memo"),
        ({"lines": (a_line(splits=()),)}, "split_unclear"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_invoice_in_doubt_is_held_and_says_why(change: dict[str, Any], code: str) -> None:
    assert code in hold_codes(planned(a_bill(**change)))


def test_every_reason_is_told_at_once() -> None:
    missing = {VENDOR: Missing(key=VENDOR), ACCOUNT: Missing(key=ACCOUNT)}

    decision = planned(a_bill(issued_on=None, due_on=None), matches=missing)

    assert hold_codes(decision) == ["no_date", "vendor_missing", "account_missing"]


@pytest.mark.parametrize(("posted", "kind"), [(False, Skip), (True, Void)], ids=["never posted", "posted"])
def test_a_cancelled_invoice_is_voided_where_it_was_posted(posted: bool, kind: type[Decision]) -> None:
    assert isinstance(planned(a_bill(status=BillStatus.CANCELLED), posted=posted, on_cancelled="void"), kind)


@pytest.mark.parametrize(("choice", "kind"), [("void", Void), ("hold", Hold)])
def test_an_invoice_that_loses_its_approval_follows_the_setting(choice: str, kind: type[Decision]) -> None:
    assert isinstance(planned(a_bill(status=BillStatus.NOT_APPROVED), posted=True, on_unapproved=choice), kind)


def test_terms_give_the_due_date_where_the_invoice_has_none() -> None:
    assert posted(a_bill(due_on=None, terms_days=30)).due_on == date(2026, 2, 14)
    assert posted(a_bill(due_on=None)).due_on == date(2026, 1, 15)


def test_a_match_by_name_is_claimed() -> None:
    by_name = MATCHES | {VENDOR: Matched(key=VENDOR, item=ReferenceItem(id="V7", name="Acme"), how=How.NAME)}

    decision = planned(a_bill(), matches=by_name)

    assert isinstance(decision, Post)
    assert [claim.key for claim in decision.names] == [VENDOR]


def test_purchase_orders_and_terms_are_kept_in_view() -> None:
    order = PurchaseOrderRef(number="PO-9", status="open")

    decision = planned(a_bill(terms="Net 30", lines=(a_line(purchase_order=order),)))

    assert isinstance(decision, Post)
    assert decision.notes == ("terms Net 30", "PO PO-9")


@pytest.mark.parametrize(
    ("number", "vendor_id", "key"),
    [(" Inv 1", "V7", "V7:inv1"), (None, "V7", None), ("1", None, None)],
    ids=["both", "no number", "no vendor"],
)
def test_vendor_and_number_make_a_bill_unique(number: str | None, vendor_id: str | None, key: str | None) -> None:
    assert natural_key(a_bill(number=number, vendor=replace(ACME, internal_id=vendor_id))) == key


def test_mappings_are_asked_by_the_invoices_own_date() -> None:
    assert {key.on for key in needs(a_bill(terms="N45", due_on=None, total="100.00", currency="RMB"))} == {DAY}


def test_every_setting_has_its_default_among_its_choices() -> None:
    assert all(setting.default in setting.choices for setting in INVOICE_TO_BILL.settings)


def planned(
    invoice: Bill, *, matches: Mapping[Key, Match] | None = None, posted: bool = False, **settings: str
) -> Decision:
    """An invoice without a date asks as of today."""
    dated = matches or MATCHES
    undated = {replace(key, on=None): found for key, found in dated.items()}
    return plan(invoice, Known(matches={**dated, **undated}, posted=posted, settings=settings))


def posted(invoice: Bill) -> Bill:
    decision = planned(invoice)
    assert isinstance(decision, Post)
    assert isinstance(decision.record, Bill)
    return decision.record


def hold_codes(decision: Decision) -> list[str]:
    assert isinstance(decision, Hold)
    return [reason.code for reason in decision.reasons]
