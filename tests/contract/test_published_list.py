"""The list of 64 invoices that a JAGGAER customer published, from its headers to FreshBooks' bills.

It is not part of the project: ML_SHARED names the folder that holds `contracts/`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from tests.jaggaer_freshbooks import Pair, a_pair

SHARED = Path(os.environ.get("ML_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SAMPLE = SHARED / "contracts" / "jaggaer" / "public-sample"
REAL_DETAIL = 2526304
"""The one invoice whose lines are published too: they stand on an account that nobody mapped."""

pytestmark = pytest.mark.skipif(
    not (SAMPLE / "invoice-list.json").is_file(),
    reason=f"the published list is not at {SAMPLE}: set ML_SHARED to the folder that holds contracts/",
)


def group_of(header: Mapping[str, Any]) -> str:
    """What a header says of itself, in the words of EXPECTED."""
    if header["invoiceType"] == "Credit memo":
        return "credit memo"
    if header["paymentStatus"] != "Payable":
        return "in process"
    if header["workflowStatus"] != "Completed":
        return "pending"
    return "payable" if "total" in header else "payable without a total"


def ids(pair: Pair, *groups: str) -> set[int]:
    headers = [invoice["header"] for invoice in pair.jaggaer.invoices]
    return {header["invoiceId"] for header in headers if group_of(header) in groups}


@pytest.fixture(scope="module")
def pair() -> Pair:
    made = a_pair(published=SAMPLE)
    made.run()
    return made


EXPECTED = {
    "payable": (53, {"posted", "held: account_missing"}),
    "payable without a total": (1, {"held: incomplete"}),
    "pending": (5, {"skipped: not_approved"}),
    "in process": (1, {"skipped: not_approved"}),
    "credit memo": (4, {"held: credit_memo"}),
}


@pytest.mark.parametrize("group", EXPECTED)
def test_each_group_comes_to_its_state(pair: Pair, group: str) -> None:
    members = ids(pair, group)

    assert (len(members), pair.outcomes(members)) == EXPECTED[group]


def test_the_states_add_up_to_the_list(pair: Pair) -> None:
    states = pair.world.states(pair.invoices)

    assert states == {State.POSTED: 52, State.HELD: 6, State.SKIPPED: 6}
    assert sum(states.values()) == len(pair.jaggaer.invoices) == 64


def test_every_complete_payable_invoice_with_a_mapped_account_is_a_bill_to_the_cent(pair: Pair) -> None:
    mapped = ids(pair, "payable") - {REAL_DETAIL}

    assert pair.outcomes(mapped) == {"posted"}
    assert pair.off_by(mapped) == {}
    assert {str(bill["id"]) for bill in pair.freshbooks.bills} == {str(bill["id"]) for bill in pair.bills(mapped)}


def test_the_invoice_with_published_lines_waits_for_its_account_and_is_posted_once_mapped() -> None:
    pair = a_pair(published=SAMPLE)
    pair.run()
    before = pair.outcomes({REAL_DETAIL})

    pair.map(ReferenceKind.ACCOUNT, "100000", pair.category("Other Expenses"))
    pair.run()

    assert (before, pair.outcomes({REAL_DETAIL})) == ({"held: account_missing"}, {"posted"})
    assert pair.off_by({REAL_DETAIL}) == {}


def test_the_one_without_a_suppliers_number_is_named_by_jaggaers_own(pair: Pair) -> None:
    [header] = [each["header"] for each in pair.jaggaer.invoices if "supplierInvoiceNumber" not in each["header"]]

    row = pair.row(header["invoiceId"])

    assert row.number == header["invoiceNumber"]
    assert pair.outcomes({header["invoiceId"]}) == {"held: credit_memo"}


def test_every_supplier_of_the_list_is_one_vendor(pair: Pair) -> None:
    numbers = {invoice["header"]["supplier"]["supplierNumber"] for invoice in pair.jaggaer.invoices}

    assert sorted(vendor["account_number"] for vendor in pair.freshbooks.vendors) == sorted(numbers)


def test_a_second_full_run_writes_nothing() -> None:
    pair = a_pair(published=SAMPLE)
    pair.run()
    written = len(pair.freshbooks.writes)

    pair.later(hours=4)
    pair.run(full=True)

    assert len(pair.freshbooks.writes) == written
    assert pair.broken_links() == []
