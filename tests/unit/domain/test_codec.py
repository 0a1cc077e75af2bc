from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.codec import decode, encode
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillLine
from ml_connector.domain.records.record import Record, digest, dump, load
from ml_connector.domain.records.vendor import Vendor, VendorRef
from tests.builders import a_bill
from tests.fakes.clock import START
from tests.rows import a_posted_row, a_row_in_doubt

texts = st.text(max_size=20)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1))
lines = st.builds(BillLine, description=texts, amount=amounts, quantity=amounts, number=st.none() | texts)
bills = st.builds(
    Bill,
    external_id=texts,
    number=st.none() | texts,
    vendor=st.builds(VendorRef, number=st.none() | texts, name=st.none() | texts),
    issued_on=st.none() | days,
    lines=st.lists(lines, max_size=4).map(tuple),
    total=st.none() | st.builds(Money, amount=amounts, currency=st.sampled_from(["USD", "EUR"])),
    modified_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    doubts=st.lists(texts, max_size=2).map(tuple),
)
vendors = st.builds(Vendor, external_id=texts, number=st.none() | texts, name=texts, active=st.booleans())


@given(record=bills | vendors)
def test_a_record_comes_back_as_it_was_stored(record: Record) -> None:
    assert load(dump(record)) == record


@given(record=bills | vendors)
def test_a_stored_record_keeps_its_content_hash(record: Record) -> None:
    assert digest(load(dump(record))) == digest(record)


def test_a_row_comes_back_as_it_was_stored() -> None:
    for_each = [a_posted_row(), a_row_in_doubt()]

    assert [decode(CrossReference, encode(row)) for row in for_each] == for_each


def test_one_number_has_one_spelling() -> None:
    spellings = [Decimal("1.50"), Decimal("1.5"), Decimal("15E-1"), Decimal("1.500")]

    assert {encode(number) for number in spellings} == {"1.5"}
    assert [encode(Decimal(text)) for text in ("0.00", "1E+3", "-0.10")] == ["0", "1000", "-0.1"]


def test_what_is_absent_does_not_count_as_content() -> None:
    assert encode(a_bill(due_on=None)).keys() == encode(a_bill()).keys() - {"due_on"}


def test_the_content_hash_leaves_out_what_is_not_content() -> None:
    bill = a_bill()

    assert digest(replace(bill, external_id="9", modified_at=START, revision="7")) == digest(bill)
    assert digest(replace(bill, number="other")) != digest(bill)


def test_a_field_that_nobody_knows_any_more_is_passed_over() -> None:
    assert decode(VendorRef, {"number": "1", "fax": "none"}) == VendorRef(number="1")


def test_instants_keep_their_zone() -> None:
    assert decode(datetime, encode(START)) == START
