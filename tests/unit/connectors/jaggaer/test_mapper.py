"""A JAGGAER invoice becomes a bill: exact, with charges counted once, and every doubt in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.connectors.jaggaer.in_view import purchase_order_from_wire
from ml_connector.connectors.jaggaer.mapper import vendor_from_wire
from ml_connector.connectors.jaggaer.profile import load_profile
from ml_connector.connectors.jaggaer.wire import read_purchase_order, read_supplier
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import (
    AccountRef,
    BillStatus,
    BillType,
    Charge,
    ChargeKind,
    PurchaseOrderRef,
    Split,
    SplitBy,
)
from ml_connector.domain.records.purchase_order import PurchaseOrder
from ml_connector.domain.records.vendor import Vendor, VendorRef
from tests.unit.connectors.jaggaer.payloads import bill, exact, group, groups, invoice, line, segments


def vendor(**fields: Any) -> Vendor:
    row = {"bravoId": "1000001", "companyName": "Example Ltd", "extCode": "006510005", "type": "SELLER", **fields}
    return vendor_from_wire(read_supplier(row, load_profile("j1p-default").resources.supplier, zone=UTC))


def purchase_order(document: Any) -> PurchaseOrder:
    rules = load_profile("j1p-default").resources.purchase_order
    return purchase_order_from_wire(read_purchase_order(document, rules, zone=UTC))


def test_the_header_is_carried_over() -> None:
    found = bill(invoice(line()))

    assert (found.external_id, found.number, found.buyer_number) == ("2000001", "INV-77", "I00001")
    assert found.vendor == VendorRef(number="006510005", name="EXAMPLE LAB SUPPLY INC", internal_id="1000001")
    assert (found.issued_on, found.due_on, found.accounting_on) == (
        date(2026, 1, 14),
        date(2026, 2, 13),
        date(2026, 1, 15),
    )
    assert (found.terms, found.terms_days, found.business_unit) == ("Net 30", 30, "0004")
    assert found.modified_at == datetime(2026, 1, 14, 19, 58, 56, 973000, tzinfo=UTC)
    assert (found.total, found.currency) == (Money(exact("1000"), "USD"), "USD")
    assert (found.status, found.status_text, found.doubts) == (BillStatus.APPROVED, "Payable / Completed", ())


def test_a_line_is_carried_over_with_its_order() -> None:
    document = invoice(line(4, exact("2.50"), poNumber="0000000049", poLineNumber="2", poAPStatus="Open"), total=10)

    found = bill(document).lines[0]

    assert (found.number, found.description, found.unit) == ("1", "Tubes", "EA")
    assert (found.quantity, found.unit_price, found.amount) == (exact("4"), exact("2.50"), exact("10"))
    assert found.purchase_order == PurchaseOrderRef(number="0000000049", line="2", status="Open")


def test_lines_of_one_invoice_may_name_two_orders_or_none() -> None:
    document = invoice(line(1, 1, poNumber="0049"), line(1, 1, poNumber="0050"), line(1, 1), total=3)

    orders = [each.purchase_order.number if each.purchase_order else None for each in bill(document).lines]

    assert orders == ["0049", "0050", None]


def test_a_line_amount_is_exact_and_unrounded() -> None:
    assert bill(invoice(line(3, exact("33.333")), total=100)).lines[0].amount == exact("99.999")


def test_a_line_amount_that_the_profile_finds_is_taken() -> None:
    document = invoice(line(3, exact("33.333"), extendedPrice=100), total=100)

    found = bill(document, line_fields={"amount": {"path": "extendedPrice", "as": "decimal"}})

    assert found.lines[0].amount == exact("100")


def test_without_the_vendors_number_jaggaers_own_serves() -> None:
    found = bill(invoice(line(), supplierInvoiceNumber=None))

    assert (found.number, found.buyer_number, found.doubts) == ("I00001", "I00001", ())


@pytest.mark.parametrize(
    ("payment", "workflow", "status"),
    [
        ("Payable", "Completed", BillStatus.APPROVED),
        ("Paid", "Completed", BillStatus.APPROVED),
        ("Payable", "Pending", BillStatus.NOT_APPROVED),
        ("Paid", "Pending", BillStatus.NOT_APPROVED),
        ("InProcess", "Completed", BillStatus.NOT_APPROVED),
        ("Cancelled", "Completed", BillStatus.CANCELLED),
        ("Payable", "Cancelled", BillStatus.CANCELLED),
    ],
)
def test_an_invoice_is_approved_only_when_both_statuses_say_so(payment: str, workflow: str, status: BillStatus) -> None:
    assert bill(invoice(line(), paymentStatus=payment, workflowStatus=workflow)).status is status


def test_a_cancelled_invoice_without_lines_is_no_doubt_but_a_cancellation() -> None:
    found = bill(invoice(paymentStatus="Cancelled"))

    assert (found.status, found.lines, found.doubts) == (BillStatus.CANCELLED, (), ())


def test_header_charges_are_counted_once_and_the_lines_keep_their_shares() -> None:
    lines = [line(1, 600, taxCharge1=exact("61.5")), line(1, 400, taxCharge1=41, taxCharge2=0)]

    found = bill(invoice(*lines, total=exact("1102.5"), taxCharge1=exact("102.5"), taxCharge2=0))

    assert found.charges == (Charge(kind=ChargeKind.TAX, amount=exact("102.5")),)
    assert [each.charges for each in found.lines] == [
        (Charge(kind=ChargeKind.TAX, amount=exact("61.5")),),
        (Charge(kind=ChargeKind.TAX, amount=exact("41")),),
    ]
    assert found.doubts == ()


def test_charges_may_be_counted_on_the_lines_instead() -> None:
    document = invoice(line(1, 600, taxCharge1=60), line(1, 400, taxCharge1=40), total=1100)

    found = bill(document, charges={"source": "lines"})

    assert found.charges == (Charge(kind=ChargeKind.TAX, amount=exact("100")),)
    assert found.doubts == ()


def test_every_kind_of_charge_is_told_apart() -> None:
    fees = {"miscFee": [{"name": "MiscFee1", "fee": exact("3.25")}, {"name": "MiscFee2", "fee": 1}]}
    header: dict[str, Any] = {
        "taxCharge1": 10,
        "taxCharge2": 2,
        "shippingCharge": 5,
        "handlingCharge": exact("7.5"),
        "discountAmount": 10,
    }

    found = bill(invoice(line(), total=exact("1018.75"), miscFeeList=fees, **header))

    assert {charge.kind: charge.amount for charge in found.charges} == {
        ChargeKind.TAX: exact("12"),
        ChargeKind.SHIPPING: exact("5"),
        ChargeKind.HANDLING: exact("7.5"),
        ChargeKind.OTHER: exact("4.25"),
        ChargeKind.DISCOUNT: exact("10"),
    }
    assert found.doubts == ()


def test_parts_that_do_not_make_the_total_are_a_doubt() -> None:
    found = bill(invoice(line(1, 1000), taxCharge1=100, total=exact("1102.5")))

    assert found.doubts == ("lines and charges make 1,100.00, the total says 1,102.50",)


def test_a_tolerance_may_let_a_difference_pass() -> None:
    document = invoice(line(1, 1000), taxCharge1=100, total=exact("1102.5"))

    assert bill(document, check_total={"tolerance": "3"}).doubts == ()


@pytest.mark.parametrize("total", [exact("93.83"), exact("93.82")], ids=["rounded by line", "exact, then cut"])
def test_how_jaggaer_rounds_its_lines_is_not_held_against_it(total: Decimal) -> None:
    document = invoice(line(exact("2.5"), exact("12.345")), line(7, exact("8.995")), total=total)

    assert bill(document).doubts == ()


GAPS = [
    (invoice(line(), total=None), "the invoice has no total"),
    (invoice(line(), total=None), "the invoice has no currency"),
    (invoice(line(), currency="usd"), "the currency 'usd' is not an ISO 4217 code"),
    (invoice(), "the invoice has no lines, and is not cancelled"),
    (invoice(line(), invoiceNumber=None, supplierInvoiceNumber=" "), "the invoice has no number, neither the vendor's"),
    (
        invoice(line(), supplier={"name": "X"}),
        "vendor number is missing (profile: resources.invoice.fields.vendor_id, 'header.supplier.supplierNumber')",
    ),
    (invoice(line(), invoiceDate="14/01/2026"), "invoice date '14/01/2026' is not a date"),
    (invoice(line(), invoiceType="Debit memo"), "invoice type 'Debit memo' is not among the known ones"),
    (invoice(line(price="ten")), "line 1: unit price 'ten' is not a decimal"),
    (invoice(line(price=None)), "line 1: unit price is missing"),
    (invoice(line(), taxCharge1="some"), "'some' is not an amount (profile: resources.invoice.charges.tax)"),
]


@pytest.mark.parametrize(("document", "doubt"), GAPS)
def test_what_jaggaer_left_out_is_a_doubt_that_says_where_to_look(document: Any, doubt: str) -> None:
    assert doubt in "\n".join(bill(document).doubts)


def test_an_invoice_without_an_id_cannot_be_read() -> None:
    with pytest.raises(RejectedError, match="id is missing"):
        bill(invoice(line(), invoiceId=None))


def test_a_pending_invoice_is_not_judged_yet() -> None:
    assert bill(invoice(total=None, workflowStatus="Pending")).doubts == ()


def test_a_credit_memo_keeps_its_negative_amounts() -> None:
    found = bill(invoice(line(2, -60), invoiceType="Credit memo", taxCharge1=-12, total=-132))

    assert (found.type, found.total, found.doubts) == (BillType.CREDIT, Money(exact("-132"), "USD"), ())
    assert found.lines[0].amount == exact("-120")


def test_a_discount_makes_a_credit_smaller_whatever_its_sign() -> None:
    header: dict[str, Any] = {"invoiceType": "Credit memo", "taxCharge1": -41, "handlingCharge": -50}

    found = [bill(invoice(line(16, -25), total=-471, discountAmount=sign * 20, **header)) for sign in (1, -1)]

    assert [each.doubts for each in found] == [(), ()]
    assert found[0].charges[-1] == Charge(kind=ChargeKind.DISCOUNT, amount=exact("-20"))


def test_a_customer_whose_credits_are_positive_has_them_turned() -> None:
    document = invoice(line(2, 60), invoiceType="Credit memo", total=120)

    found = bill(document, signs={"credit": "negated"})

    assert (found.total, found.lines[0].amount, found.doubts) == (Money(exact("-120"), "USD"), exact("-120"), ())


def test_a_positive_credit_is_a_doubt_where_nothing_is_said_of_it() -> None:
    assert "above nothing" in bill(invoice(line(2, 60), invoiceType="Credit memo", total=120)).doubts[0]


def test_a_line_takes_the_account_and_department_of_its_segments() -> None:
    assert bill(invoice(line())).lines[0].splits == (
        Split(account=AccountRef(code="600100", name="Supplies"), department="1000006"),
    )


def test_segments_may_be_joined_to_a_code() -> None:
    document = invoice(line(splittableFieldSetGroupList=groups(group(segments(Fund="14306")))))

    found = bill(document, splits={"account": ["Fund", "Account"], "account_separator": "."})

    assert found.lines[0].splits[0].account == AccountRef(code="14306.600100", name="Supplies")


def test_a_code_with_a_hole_is_no_code() -> None:
    found = bill(invoice(line()), splits={"account": ["Fund", "Account"]})

    assert found.lines[0].splits[0].account is None
    assert found.doubts == ("line 1: the account segment Fund is empty",)


def test_a_superseded_chart_beside_the_current_one_is_passed_over() -> None:
    old = {"customFieldValueList": {"customFieldValue": [{"internalName": "FAUFund", "value": "19900"}]}}

    found = bill(invoice(line(splittableFieldSetGroupList=groups(group(old), group(segments("600200"))))))

    assert [split.account.code for split in found.lines[0].splits if split.account] == ["600200"]
    assert found.doubts == ()


def test_two_charts_that_both_name_an_account_are_a_doubt() -> None:
    both = groups(group(segments("600100")), group(segments("600200")))

    assert bill(invoice(line(splittableFieldSetGroupList=both))).doubts == (
        "line 1: 2 sets of segments name an Account, and differ",
    )


def test_a_line_without_segments_takes_the_headers() -> None:
    document = invoice(
        line(splittableFieldSetGroupList=None), splittableFieldSetGroupList=groups(group(segments("620000")))
    )

    assert bill(document).lines[0].splits[0].account == AccountRef(code="620000", name="Supplies")
    assert bill(document, splits={"fallback": "none"}).lines[0].splits == ()


def split_line(kind: dict[str, str], *shares: Any) -> dict[str, Any]:
    accounts = ("600100", "600200", "620000")
    rows = [
        {**segments(account), **({} if share is None else {"distributionValue": share})}
        for account, share in zip(accounts, shares, strict=False)
    ]
    return line(1, 400, splittableFieldSetGroupList=groups(group(*rows, **kind)))


PERCENT, AMOUNT = {"distributionType": "PercentOfPrice"}, {"distributionType": "AmountOfPrice"}


def test_a_split_by_percent_keeps_its_shares() -> None:
    found = bill(invoice(split_line(PERCENT, 75, 25), total=400)).lines[0].splits

    assert [(split.by, split.share) for split in found] == [
        (SplitBy.PERCENT, exact("75")),
        (SplitBy.PERCENT, exact("25")),
    ]


def test_a_split_by_amount_keeps_its_shares() -> None:
    found = bill(invoice(split_line(AMOUNT, exact("300.50"), exact("99.50")), total=400))

    assert [(split.by, split.share) for split in found.lines[0].splits] == [
        (SplitBy.AMOUNT, exact("300.50")),
        (SplitBy.AMOUNT, exact("99.50")),
    ]
    assert found.doubts == ()


def test_thirds_of_a_hundred_are_near_enough() -> None:
    third = exact("33.33")

    assert bill(invoice(split_line(PERCENT, third, third, third), total=400)).doubts == ()


@pytest.mark.parametrize(
    ("kind", "shares", "doubt"),
    [
        (PERCENT, (75, 15), "line 1: its splits make 90 percent"),
        (AMOUNT, (300, 50), "line 1: its splits make 350.00, the line 400.00"),
        (PERCENT, (75, None), "line 1: it is split, and a share is missing"),
        ({}, (75, 25), "line 1: it is split by nothing that is named, which is neither percent nor amount"),
        (
            {"distributionType": "PercentOfQuantity"},
            (75, 25),
            "line 1: it is split by PercentOfQuantity, which is neither percent nor amount",
        ),
    ],
    ids=["percent", "amount", "missing", "unnamed", "unknown"],
)
def test_splits_that_do_not_add_up_are_a_doubt(kind: dict[str, str], shares: Any, doubt: str) -> None:
    assert bill(invoice(split_line(kind, *shares), total=400)).doubts == (doubt,)


def test_a_supplier_is_a_vendor() -> None:
    found = vendor(
        euVat="", fiscalCode="F1", zip="94000", status="ABILITATO", lastModTime="20260114195856", bizEmail=" ap@x.org "
    )

    assert (found.external_id, found.number, found.name) == ("1000001", "006510005", "Example Ltd")
    assert (found.tax_number, found.postal_code, found.email, found.active) == ("F1", "94000", "ap@x.org", True)
    assert found.modified_at == datetime(2026, 1, 14, 19, 58, 56, tzinfo=UTC)


@pytest.mark.parametrize("status", ["SUSPENDED", "whatever"])
def test_a_supplier_in_any_other_status_is_not_active(status: str) -> None:
    assert vendor(status=status).active is False


def test_a_supplier_without_a_name_cannot_be_read() -> None:
    with pytest.raises(RejectedError, match="name is missing"):
        vendor(companyName="  ")


def test_a_purchase_order_shows_its_three_statuses() -> None:
    header = {"poId": 5000001, "poNumber": "0000000049", "supplier": {"supplierNumber": "0065"}, "revisionNumber": 2}
    statuses = {"workflowStatus": "Completed", "supplierStatus": "SentToSupplier", "apStatus": "Open"}
    lines = [{"lineNumber": 1, "item": {"description": "Tubes"}, "quantity": 10, "unitPrice": exact("6.25")}]

    found = purchase_order({"header": {**header, **statuses}, "lineList": {"poLine": lines}})

    assert (found.external_id, found.number, found.vendor.number) == ("5000001", "0000000049", "0065")
    assert (found.status, found.approved, found.revision) == ("Completed / SentToSupplier / Open", True, "2")
    assert (found.lines[0].quantity, found.lines[0].unit_price) == (exact("10"), exact("6.25"))


def test_a_purchase_order_in_workflow_is_not_approved() -> None:
    found = purchase_order({"header": {"poId": 1, "poNumber": "49", "workflowStatus": "Pending"}})

    assert found.approved is False
