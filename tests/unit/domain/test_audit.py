"""What an audit entry keeps: its place in the chain, a detail that is not too long, and what an update changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

import pytest

from ml_connector.domain.audit import CUT, GENESIS, LARGEST_DETAIL, AuditEvent, Step, entry_hash, header, kept_detail
from ml_connector.domain.crossreference import State
from ml_connector.domain.difference import differences
from ml_connector.domain.identity import RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.records.record import canonical
from tests.builders import a_bill, a_line

RECORD = RecordId.parse("acme/invoice_to_bill/jaggaer/books/1")
EVENT = AuditEvent(step=Step.POSTED, at=datetime(2026, 3, 2, tzinfo=UTC), actor="anna", text="posted")


def test_an_entry_says_what_state_it_left_the_record_in() -> None:
    assert header(RECORD, 1, EVENT, State.POSTED)["state"] == "posted"
    assert "state" not in header(RECORD, 1, EVENT, None)


def test_a_hash_covers_the_one_before_the_header_and_what_is_sealed() -> None:
    clear = canonical(header(RECORD, 1, EVENT, State.POSTED))
    hashes = {
        entry_hash(GENESIS, clear, b"sealed"),
        entry_hash("1" * 64, clear, b"sealed"),
        entry_hash(GENESIS, clear + b" ", b"sealed"),
        entry_hash(GENESIS, clear, b"sealed!"),
    }

    assert len(hashes) == 4


def test_a_detail_is_kept_whole_where_it_is_short_enough() -> None:
    detail = {"total": Decimal("12.50"), "at": EVENT.at, "lines": ["x"] * 100}

    assert kept_detail(detail) == {"total": "12.5", "at": "2026-03-02T00:00:00+00:00", "lines": ["x"] * 100}


def test_the_largest_part_of_a_detail_that_is_too_long_gives_way_to_a_note_with_its_hash() -> None:
    found = "y" * LARGEST_DETAIL

    kept = kept_detail({"code": "target_conflict", "found": found, "writes": {"total": "12.5"}})

    assert (kept["code"], kept["writes"]) == ("target_conflict", {"total": "12.5"})
    assert kept["found"][CUT] == "65,538 bytes are left out here: an entry keeps at most 65,536"
    assert kept["found"]["sha256"] == sha256(canonical(found)).hexdigest()


@pytest.mark.parametrize(
    "detail",
    [
        {"posted": "a" * 60_000, "found": "b" * 60_000, "writes": "c" * 60_000},
        {f"field {number}": "d" * 40 for number in range(5000)},
    ],
    ids=["a few long parts", "thousands of short parts"],
)
def test_no_detail_is_longer_than_64_kilobytes(detail: dict[str, str]) -> None:
    kept = kept_detail(detail)

    assert len(canonical(kept)) <= LARGEST_DETAIL == 65_536
    assert CUT in str(kept)


def test_differences_name_each_field_with_its_value_before_and_after() -> None:
    before = a_bill()
    after = replace(before, total=Money(Decimal("99.00"), "USD"), lines=(*before.lines, a_line()), business_unit="new")

    changes = differences(before, after)

    assert changes["total.amount"]["after"] == "99"
    assert changes["business_unit"] == {"after": "new"}
    assert {path.partition("]")[0] for path in changes if path.startswith("lines")} == {f"lines[{len(before.lines)}"}
    assert all("before" not in one for path, one in changes.items() if path.startswith("lines"))


def test_two_equal_records_have_no_differences() -> None:
    assert differences(a_bill(), a_bill()) == {}
