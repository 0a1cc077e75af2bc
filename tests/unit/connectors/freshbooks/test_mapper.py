"""Bills and vendors to FreshBooks and back: no coin and no marker is lost on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.connectors.freshbooks.compare import as_target_sees, differs
from ml_connector.connectors.freshbooks.mapper import (
    bill_from_wire,
    bill_to_wire,
    instant,
    vendor_from_wire,
    vendor_to_wire,
)
from ml_connector.connectors.freshbooks.models import BillBody, VendorBody, WireBill, WireVendor
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.money import Money, minor_digits
from ml_connector.domain.records.bill import Bill, BillLine, BillStatus, BillType, PurchaseOrderRef
from ml_connector.domain.records.record import digest
from ml_connector.domain.records.vendor import Vendor, VendorRef
from tests.unit.connectors.freshbooks.bills import MARKER, a_bill, a_line, answered


def sent(bill: Bill, *, length: int = 1000) -> BillBody:
    return bill_to_wire(bill, marker=bill.marker, language="en", description_length=length)


def sent_vendor(vendor: Vendor, *, note: str | None = None, field: str = "account_number") -> VendorBody:
    return vendor_to_wire(vendor, marker=MARKER, note=note, number_field=field, language="en", currency="USD")


def a_vendor(**more: Any) -> Vendor:
    return Vendor(**{"number": "0000123", "name": "Northwind Timber", "marker": MARKER, **more})


# bills out


def test_a_due_date_travels_as_days_after_the_issue() -> None:
    body = sent(a_bill(issued_on=date(2026, 3, 2), due_on=date(2026, 4, 10)))

    assert (body.issue_date, body.due_offset_days) == ("2026-03-02", 39)
    assert "due_date" not in body.model_dump()


def test_terms_in_days_stand_in_for_a_due_date() -> None:
    assert sent(a_bill(due_on=None, terms_days=30)).due_offset_days == 30


def test_quantity_and_price_are_kept_where_they_make_the_amount() -> None:
    line = sent(a_bill(a_line("37.50", quantity="2.5", price="15.00"))).lines[0]

    assert (line.quantity, line.unit_cost.amount) == ("2.5", "15.00")
    assert line.description == f"Oak boards [ml:{MARKER}]"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(a_line("100.00", quantity="3", price="33.333", unit="EA"), id="a price finer than a cent"),
        pytest.param(a_line("110.00", quantity="3", price="33.333", unit="EA"), id="charges in the amount"),
    ],
)
def test_a_price_that_does_not_make_the_amount_is_told_in_words(line: BillLine) -> None:
    sent_line = sent(a_bill(line)).lines[0]

    assert (sent_line.quantity, sent_line.unit_cost.amount) == ("1", f"{line.amount}")
    assert sent_line.description == f"Oak boards (3 EA x 33.333) [ml:{MARKER}]"


def test_a_quantity_finer_than_a_hundredth_is_told_in_words() -> None:
    line = sent(a_bill(a_line("1.25", quantity="0.125", price="10.00"))).lines[0]

    assert (line.quantity, line.description) == ("1", f"Oak boards (0.125 x 10) [ml:{MARKER}]")


def test_a_lump_sum_needs_no_words() -> None:
    assert sent(a_bill(a_line("80.00", price="0"))).lines[0].description == f"Oak boards [ml:{MARKER}]"


def test_the_purchase_order_stands_in_the_description() -> None:
    line = a_line(purchase_order=PurchaseOrderRef(number="0000000049", line="1"))

    assert sent(a_bill(line)).lines[0].description == f"Oak boards PO 0000000049/1 [ml:{MARKER}]"


def test_a_department_stands_in_the_description() -> None:
    line = a_line(department="Biology [ml:1]", purchase_order=PurchaseOrderRef(number="49"))

    assert sent(a_bill(line)).lines[0].description == f"Oak boards dept Biology [ml 1], PO 49 [ml:{MARKER}]"


def test_only_the_last_line_carries_the_marker() -> None:
    first, last = sent(a_bill(a_line(), a_line())).lines

    assert (first.description, last.description) == ("Oak boards", f"Oak boards [ml:{MARKER}]")


def test_a_long_description_is_cut_and_the_marker_is_not() -> None:
    line = a_line(description="board " * 50, purchase_order=PurchaseOrderRef(number="49"))

    text = sent(a_bill(line), length=80).lines[0].description

    assert len(text) <= 80
    assert text.endswith(f"... PO 49 [ml:{MARKER}]")


def test_a_suppliers_words_cannot_pass_for_a_marker() -> None:
    bill = a_bill(a_line(description="Boards [ml:ffffffffffff]"), marker=None)

    body = sent(bill)

    assert body.lines[0].description == "Boards [ml ffffffffffff]"
    assert bill_from_wire(answered(body)).marker is None


def test_yen_have_no_decimals_on_the_wire() -> None:
    assert sent(a_bill(a_line("1200"), currency="JPY")).lines[0].unit_cost.amount == "1200"


@pytest.mark.parametrize(
    ("bill", "code"),
    [
        pytest.param(a_bill(type=BillType.CREDIT), "credit_memo", id="a credit memo"),
        pytest.param(a_bill(total=Money(Decimal("99.99"), "USD")), "unsendable", id="lines that miss the total"),
        pytest.param(a_bill(a_line("0.005")), "unsendable", id="half a cent"),
        pytest.param(a_bill(a_line(account=None)), "unsendable", id="a line without a category"),
        pytest.param(a_bill(vendor=VendorRef()), "unsendable", id="no vendor"),
        pytest.param(a_bill(due_on=None), "unsendable", id="no due date"),
        pytest.param(a_bill(total=Money(Decimal("100.00"), "CAD")), "unsendable", id="two currencies"),
    ],
)
def test_what_freshbooks_cannot_hold_is_refused_before_it_is_sent(bill: Bill, code: str) -> None:
    with pytest.raises(RejectedError) as refused:
        sent(bill)

    assert refused.value.code == code


# bills in


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ({"status": "unpaid"}, BillStatus.UNPAID),
        ({"status": "overdue"}, BillStatus.UNPAID),
        ({"status": "partial"}, BillStatus.PARTLY_PAID),
        ({"status": "paid"}, BillStatus.PAID),
        ({"status": "something new"}, BillStatus.CLOSED),
        ({"status": "paid", "vis_state": 1}, BillStatus.DELETED),
        ({"status": "unpaid", "vis_state": 2}, BillStatus.CLOSED),
    ],
)
def test_status_and_visibility_make_one_status(shown: dict[str, Any], status: BillStatus) -> None:
    assert bill_from_wire(answered(sent(a_bill()), **shown)).status is status


@pytest.mark.parametrize(
    ("category", "account"),
    [
        ({"categoryid": 65701, "category": "Supplies"}, "65701"),
        ({"category": {"categoryid": "65701", "category": "Supplies"}}, "65701"),
        ({"category": {"id": 65701, "category": "Supplies"}}, "65701"),
        ({"category": "Supplies"}, None),
    ],
    ids=["both", "an object with digits", "an object with its own id", "only a name"],
)
def test_a_category_comes_in_several_shapes(category: dict[str, Any], account: str | None) -> None:
    line = {"description": "Boards", "quantity": "1", "unit_cost": {"amount": "5.00", "code": "USD"}, **category}

    bill = bill_from_wire(WireBill.model_validate({"id": 7, "currency_code": "USD", "lines": [line]}))

    assert bill.lines[0].account == account


def test_a_marker_is_found_before_a_line_that_people_added() -> None:
    wire = answered(sent(a_bill()))
    assert wire.lines is not None
    added = wire.lines[0].model_copy(update={"list_index": 2, "description": "Freight"})

    bill = bill_from_wire(wire.model_copy(update={"lines": (*wire.lines, added)}))

    assert (bill.marker, bill.lines[0].description) == (MARKER, "Oak boards")


def test_a_float_is_never_an_amount() -> None:
    with pytest.raises(ValueError, match="exact"):
        WireBill.model_validate({"id": 7, "total_amount": {"amount": 1.1, "code": "USD"}})


@pytest.mark.parametrize(
    ("zone", "hour"), [(UTC, 14), (ZoneInfo("America/New_York"), 19)], ids=["read as UTC", "read as Eastern"]
)
def test_a_time_without_a_zone_takes_the_one_that_is_set(zone: Any, hour: int) -> None:
    assert instant("2026-03-01 14:05:09", zone) == datetime(2026, 3, 1, hour, 5, 9, tzinfo=UTC)


# there and back


CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["Boards [ml:ffffffffffff]", "[ML:x]", "  two\nlines ", "", "x" * 300]
)
AMOUNTS = st.integers(-10_000_000, 10_000_000)
ORDERS = st.none() | st.builds(PurchaseOrderRef, number=WORDS, line=st.none() | WORDS)


@st.composite
def planned_bills(draw: st.DrawFn) -> Bill:
    currency = draw(CURRENCIES)
    lines = tuple(draw(st.lists(planned_lines(currency), min_size=1, max_size=5)))
    due = timedelta(days=draw(st.integers(0, 400)))
    return a_bill(
        *lines, currency=currency, due_on=date(2026, 3, 2) + due, marker=draw(st.sampled_from([MARKER, None, "a"]))
    )


@st.composite
def planned_lines(draw: st.DrawFn, currency: str) -> BillLine:
    amount = Decimal(draw(AMOUNTS)).scaleb(-minor_digits(currency))
    quantity = Decimal(draw(st.integers(0, 100_000))).scaleb(-draw(st.integers(0, 4)))
    price = Decimal(draw(AMOUNTS)).scaleb(-draw(st.integers(0, 5)))
    makes_it = (quantity * price) % Decimal(1).scaleb(-minor_digits(currency)) == 0
    return BillLine(
        description=draw(WORDS),
        quantity=quantity,
        unit_price=price,
        amount=quantity * price if makes_it and draw(st.booleans()) else amount,
        unit=draw(st.none() | st.sampled_from(["EA", "BX", "[ml:a]"])),
        account=draw(st.sampled_from(["65701", "65702"])),
        purchase_order=draw(ORDERS),
    )


@given(bill=planned_bills(), length=st.sampled_from([80, 120, 1000]))
def test_any_bill_comes_back_as_it_was_meant(bill: Bill, length: int) -> None:
    body = sent(bill, length=length)

    found = bill_from_wire(answered(body))

    assert digest(as_target_sees(found, description_length=length)) == digest(
        as_target_sees(bill, description_length=length)
    )
    assert differs(bill, found, description_length=length) == ()
    assert found.total == bill.total
    assert found.marker == bill.marker
    assert all(len(line.description) <= length for line in body.lines)


@given(bill=planned_bills())
def test_what_the_target_sees_does_not_change_by_being_seen_again(bill: Bill) -> None:
    seen = as_target_sees(bill)

    assert as_target_sees(seen) == seen


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"bill_number": "INV-9"}, "number"),
        ({"vendorid": 502}, "vendor"),
        ({"issue_date": "2026-03-03"}, "issued_on"),
        ({"due_date": "2026-04-02"}, "due_on"),
        ({"total_amount": {"amount": "113.00", "code": "USD"}}, "total"),
    ],
)
def test_a_difference_that_matters_is_named(change: dict[str, Any], named: str) -> None:
    assert differs(a_bill(), bill_from_wire(answered(sent(a_bill()), **change))) == (named,)


def test_a_line_that_is_booked_elsewhere_is_named() -> None:
    found = bill_from_wire(answered(sent(a_bill(a_line(), a_line("5.00", account="65709")))))

    assert differs(a_bill(a_line(), a_line("5.00")), found) == ("lines[2].account",)


def test_lines_left_over_are_named() -> None:
    found = bill_from_wire(answered(sent(a_bill(a_line(), a_line("0.00")))))

    assert differs(a_bill(), found) == ("lines",)


def test_what_freshbooks_has_no_field_for_makes_no_difference() -> None:
    meant = a_bill(a_line(department="Plant 2"), buyer_number="J-1", terms="Net 30", business_unit="EU")

    assert differs(meant, bill_from_wire(answered(sent(meant)))) == ()


# vendors


def seen_again(body: VendorBody, *, field: str = "account_number") -> Vendor:
    return vendor_from_wire(WireVendor.model_validate({"id": 501, **body.model_dump()}), number_field=field)


def test_a_vendor_carries_its_number_and_our_marker() -> None:
    body = sent_vendor(a_vendor())

    assert (body.account_number, body.note, body.language, body.currency_code) == (
        "0000123",
        f"[ml:{MARKER}]",
        "en",
        "USD",
    )


def test_a_vendors_number_may_live_in_its_note() -> None:
    body = sent_vendor(a_vendor(), field="note")

    assert (body.account_number, body.note) == (None, f"[supplier:0000123] [ml:{MARKER}]")
    assert seen_again(body, field="note").number == "0000123"


def test_what_people_wrote_in_a_note_stays() -> None:
    body = sent_vendor(a_vendor(), note="Ask for Olive.\n[supplier:0000099] [ml:aaaaaaaaaaaa]", field="note")

    assert body.note == f"Ask for Olive.\n[supplier:0000123] [ml:{MARKER}]"


def test_what_the_source_does_not_say_is_not_sent() -> None:
    assert "phone" not in sent_vendor(a_vendor(phone=None)).model_dump(exclude_none=True)


@given(
    fields=st.fixed_dictionaries(
        {
            name: st.none() | st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=30)
            for name in ("email", "phone", "street", "city", "region", "postal_code", "country")
        }
    ),
    field=st.sampled_from(["account_number", "note"]),
)
def test_any_vendor_comes_back_as_it_was_meant(fields: dict[str, str | None], field: str) -> None:
    vendor = a_vendor(**fields, currency="EUR")

    found = seen_again(sent_vendor(vendor, field=field), field=field)

    assert digest(as_target_sees(found)) == digest(as_target_sees(vendor))
    assert differs(vendor, found) == ()


def test_a_vendor_edited_by_a_person_is_named_by_its_fields() -> None:
    found = seen_again(sent_vendor(a_vendor(email="ap@northwind.example")))

    assert differs(a_vendor(email="new@northwind.example", phone=None), found) == ("email",)


@pytest.mark.parametrize(("state", "active", "deleted"), [(0, True, False), (1, False, True), (2, False, False)])
def test_a_vendors_visibility_says_what_it_is(*, state: int, active: bool, deleted: bool) -> None:
    vendor = vendor_from_wire(WireVendor.model_validate({"vendorid": "5", "vis_state": state}), number_field="note")

    assert (vendor.active, vendor.deleted) == (active, deleted)
