"""The JAGGAER simulator's data: the invented set holds what it promises, a published one is served as it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.contract.simulators.jaggaer_caller import INVOICES, Caller
from tests.simulators.jaggaer import JaggaerSimulator, exact_json
from tests.simulators.jaggaer.invented import EXPECTED

SHARED = Path(os.environ.get("ML_SHARED", Path(__file__).parents[4] / "shared"))
SAMPLE = SHARED / "contracts" / "jaggaer" / "public-sample"


def parts(document: Mapping[str, Any]) -> Decimal:
    """Lines, charges and fees, less a discount that always makes the amount smaller."""
    header, lines = document["header"], document["lineList"]["invoiceLine"]
    cent = Decimal(1) if header.get("total", {}).get("currency") == "JPY" else Decimal("0.01")
    charges = [Decimal(header[name]) for name in ("taxCharge1", "taxCharge2", "shippingCharge", "handlingCharge")]
    fees = [Decimal(fee["fee"]) for fee in header.get("miscFeeList", {}).get("miscFee", [])]
    amounts = [(Decimal(line["quantity"]) * line["unitPrice"]).quantize(cent, "ROUND_HALF_UP") for line in lines]
    gross = sum([*amounts, *charges, *fees], Decimal(0))
    return gross - abs(Decimal(header["discountAmount"])).copy_sign(gross)


@pytest.fixture(scope="module")
def invented() -> list[dict[str, Any]]:
    simulator = JaggaerSimulator()
    simulator.load_invented()
    return simulator.invoices


def statuses(invoices: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], set[int]]:
    groups: dict[tuple[str, str, str], set[int]] = {}
    for header in (invoice["header"] for invoice in invoices):
        key = (header["invoiceType"], header["paymentStatus"], header["workflowStatus"])
        groups.setdefault(key, set()).add(header["invoiceId"])
    return groups


def where(invoices: Sequence[Mapping[str, Any]], test: Callable[[Mapping[str, Any]], bool]) -> set[int]:
    return {invoice["header"]["invoiceId"] for invoice in invoices if test(invoice)}


def accounts(invoice: Mapping[str, Any]) -> set[str]:
    text = exact_json.dumps(invoice["lineList"]).decode()
    return {code for code in ("299999", "210000") if f'"value":"{code}"' in text}


def test_the_invented_set_has_the_groups_of_the_published_sample(invented: list[dict[str, Any]]) -> None:
    assert statuses(invented) == {
        ("Invoice", "Payable", "Completed"): EXPECTED["payable_completed"],
        ("Invoice", "Payable", "Pending"): EXPECTED["pending"],
        ("Invoice", "InProcess", "Completed"): EXPECTED["in_process"],
        ("Credit memo", "Payable", "Completed"): EXPECTED["credit_memos"],
    }
    assert [len(EXPECTED[name]) for name in ("payable_completed", "pending", "in_process", "credit_memos")] == [
        54,
        5,
        1,
        4,
    ]


@pytest.mark.parametrize(
    ("group", "test"),
    [
        pytest.param("no_total", lambda it: "total" not in it["header"], id="no total"),
        pytest.param("no_vendor_reference", lambda it: "supplierInvoiceNumber" not in it["header"], id="no reference"),
        pytest.param("no_business_unit", lambda it: "businessUnit" not in it["header"], id="no business unit"),
        pytest.param("unmapped_account", lambda it: "299999" in accounts(it), id="unmapped account"),
        pytest.param("liability_account", lambda it: "210000" in accounts(it), id="liability account"),
        pytest.param(
            "mismatch",
            lambda it: "total" in it["header"] and parts(it) != it["header"]["total"]["value"],
            id="parts and total differ",
        ),
        pytest.param(
            "header_segments",
            lambda it: all("splittableFieldSetGroupList" not in line for line in it["lineList"]["invoiceLine"]),
            id="inherited segments",
        ),
        pytest.param(
            "two_orders",
            lambda it: len({line.get("poNumber") for line in it["lineList"]["invoiceLine"]} - {None}) > 1,
            id="two orders",
        ),
    ],
)
def test_an_invented_group_is_what_it_says(
    invented: list[dict[str, Any]], group: str, test: Callable[[Mapping[str, Any]], bool]
) -> None:
    assert where(invented, test) == EXPECTED[group]


def test_the_invented_set_is_the_same_every_time(invented: list[dict[str, Any]]) -> None:
    again = JaggaerSimulator()
    again.load_invented()

    assert again.invoices == invented


@pytest.fixture
def published() -> JaggaerSimulator:
    if not SAMPLE.is_dir():
        pytest.skip(f"the published J1P sample is not at {SAMPLE}: set ML_SHARED to the folder that holds contracts/")
    simulator = JaggaerSimulator()
    simulator.load_published(SAMPLE)
    return simulator


def test_the_published_list_is_served_as_it_is(published: JaggaerSimulator) -> None:
    body = Caller(published).body(INVOICES)

    assert body == exact_json.loads((SAMPLE / "invoice-list.json").read_bytes())
    assert sorted(map(len, statuses(published.invoices).values())) == [1, 4, 5, 54]


def test_the_details_of_the_published_list_make_their_totals(published: JaggaerSimulator) -> None:
    known = [invoice for invoice in published.invoices if "total" in invoice["header"]]

    wrong = where(known, lambda it: parts(it) != it["header"]["total"]["value"])

    assert (len(known), wrong) == (63, set())


def test_a_made_up_line_says_so(published: JaggaerSimulator) -> None:
    lines = [line for invoice in published.invoices for line in invoice["lineList"]["invoiceLine"]]

    real = [line for line in lines if not line["item"]["description"].endswith("(generated)")]

    assert [line["lineId"] for line in real] == [8875911]
