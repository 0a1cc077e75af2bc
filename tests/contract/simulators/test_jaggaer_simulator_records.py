"""The JAGGAER simulator's lists and details keep the rules of the vendor sheet."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.contract.simulators.jaggaer_caller import (
    INVOICES,
    LINE,
    ORDERS,
    SUPPLIERS,
    Caller,
    StoppedClock,
    an_invoice,
    ids,
    listed,
)
from tests.simulators.jaggaer import JaggaerSimulator


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def sim(clock: StoppedClock) -> JaggaerSimulator:
    simulator = JaggaerSimulator(clock=clock)
    simulator.add_supplier(number="000451", name="Harrowpike")
    return simulator


@pytest.fixture
def caller(sim: JaggaerSimulator) -> Caller:
    return Caller(sim)


def test_pages_start_at_one_and_follow_the_invoice_ids(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(page_cap=2)
    an_invoice(sim, "INV-1", invoiceId=30)
    an_invoice(sim, "INV-2", invoiceId=10)
    an_invoice(sim, "INV-3", invoiceId=20)

    first, second = caller.body(INVOICES), caller.body(INVOICES, start=3)

    assert (ids(listed(first)), ids(listed(second))) == ([10, 20], [30])
    assert [(page["totRecords"], page["returnedRecords"], page["startAt"]) for page in (first, second)] == [
        (3, 2, 1),
        (3, 1, 3),
    ]


def test_a_row_may_arrive_between_two_pages(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(page_cap=1)
    an_invoice(sim, "INV-1")
    first = caller.body(INVOICES)

    sim.just_before("invoice list", lambda: an_invoice(sim, "INV-2"))

    assert (first["totRecords"], caller.body(INVOICES, start=2)["totRecords"]) == (1, 2)


def test_a_total_may_drift_without_any_row_behind_it(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(total_drift=1)
    an_invoice(sim)

    page = caller.body(INVOICES, start=2)

    assert (page["totRecords"], page["returnedRecords"]) == (2, 0)


def test_a_list_row_has_the_header_without_what_only_a_detail_shows(sim: JaggaerSimulator, caller: Caller) -> None:
    invoice_id = an_invoice(sim)

    row = caller.body(INVOICES)["jiinvoiceList"]["jiinvoice"][0]
    detail = caller.body(f"{INVOICES}/{invoice_id}")

    assert (set(row), set(detail)) == ({"header"}, {"header", "lineList"})
    assert set(detail["header"]) - set(row["header"]) == {
        *("billTo", "shipTo", "remitTo", "terms", "payment", "miscFeeList", "additionalInfo"),
        *("customFieldValueSetList", "splittableFieldSetGroupList"),
    }


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        pytest.param("lastUpdate>=2026-03-02T10:00:00.000Z", ["INV-2"], id="since"),
        pytest.param("lastUpdate>=2026-03-02T11:00:00+01:00", ["INV-2"], id="another zone"),
        pytest.param("workflowStatus==Completed;lastUpdate>=2026-03-02T00:00:00Z", ["INV-1"], id="and"),
        pytest.param("invoiceNumber=in=(INV-1,INV-2)", ["INV-1", "INV-2"], id="one of"),
        pytest.param("supplierNumber==451", [], id="leading zeros matter"),
    ],
)
def test_a_filter_is_obeyed(
    sim: JaggaerSimulator, caller: Caller, clock: StoppedClock, expression: str, found: list[str]
) -> None:
    an_invoice(sim, "INV-1")
    clock.advance(hours=1)
    an_invoice(sim, "INV-2", approved=False)
    caller.headers = Caller(sim).headers

    assert [row["invoiceNumber"] for row in listed(caller.body(INVOICES, flt=expression))] == found


@pytest.mark.parametrize("expression", ["colour==red", "lastUpdate<=2026-03-02T10:00:00Z", "lastUpdate>=yesterday"])
def test_a_filter_it_cannot_read_fails_inside_a_200(caller: Caller, expression: str) -> None:
    answer = caller.get(INVOICES, flt=expression)

    assert (answer.status_code, answer.json()["returnCode"]) == (200, -1)
    assert "jiinvoiceList" not in answer.json()


def test_a_server_may_ignore_the_filter(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(ignore_filter=True)
    an_invoice(sim)

    assert caller.body(INVOICES, flt="lastUpdate>=2030-01-01T00:00:00.000Z")["totRecords"] == 1


def test_a_return_code_may_be_text(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(return_code_as_text=True)

    assert caller.body(INVOICES)["returnCode"] == "0"


def test_a_page_may_be_garbage(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(garbage_starts=[101])

    answer = caller.get(INVOICES, start=101)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html;charset=UTF-8")
    assert caller.get(INVOICES).json()["returnCode"] == 0


def test_suppliers_are_filtered_by_type_and_time_and_take_components(caller: Caller, sim: JaggaerSimulator) -> None:
    sim.add_supplier(number="BUYER", name="Eastmoor", type="BUYER")

    body = caller.body(SUPPLIERS, flt="TYPE==SELLER;LASTMODTIME>=20260302090000", comp="returnCompanyInfo;deBasic")

    assert [row["returnCompanyInfo"]["extCode"] for row in body["returnCompanyData"]] == ["000451"]


def test_a_purchase_order_shows_its_status_and_its_lines(sim: JaggaerSimulator, caller: Caller) -> None:
    po_id = sim.add_purchase_order(number="0000000049", supplier="000451", lines=[LINE])["header"]["poId"]
    sim.set_purchase_order_status("0000000049", apStatus="Close")

    header = caller.body(ORDERS)["jipurchaseOrderList"]["jipurchaseOrder"][0]["header"]

    assert (header["poId"], header["apStatus"], header["supplier"]["supplierNumber"]) == (po_id, "Close", "000451")
    assert caller.body(f"{ORDERS}/{po_id}")["lineList"]["poLine"][0]["unitPrice"] == Decimal("9.5")


def test_an_unknown_invoice_is_not_found(caller: Caller) -> None:
    assert caller.get(f"{INVOICES}/99").status_code == 404


def test_amounts_are_exact_in_the_text_and_whole_ones_are_integers(sim: JaggaerSimulator, caller: Caller) -> None:
    price = "12345678901234567.10"

    text = caller.get(f"{INVOICES}/{an_invoice(sim, lines=[{'quantity': '1.00', 'unitPrice': price}])}").text

    assert '"quantity":1,' in text
    assert '"unitPrice":12345678901234567.1,' in text


def test_a_header_charge_is_the_sum_of_its_shares_on_the_lines(sim: JaggaerSimulator) -> None:
    lines = [{"quantity": 1, "unitPrice": price} for price in (1, 1, 1)]

    invoice = sim.add_invoice(number="INV-1", supplier="000451", lines=lines, taxCharge1="1.00")

    assert [line["taxCharge1"] for line in invoice["lineList"]["invoiceLine"]] == [
        Decimal("0.33"),
        Decimal("0.34"),
        Decimal("0.33"),
    ]
    assert invoice["header"]["total"]["value"] == Decimal("4.00")


def test_an_edit_moves_the_stamp_even_while_the_clock_stands_still(sim: JaggaerSimulator) -> None:
    invoice_id = an_invoice(sim)
    before = sim.invoices[0]["header"]["lastUpdate"]

    after = sim.edit_invoice(invoice_id, lines=[LINE, LINE])["header"]

    assert after["lastUpdate"] > before
    assert after["total"]["value"] == Decimal("38.00")


def test_an_invoice_may_lose_its_approval_between_list_and_detail(sim: JaggaerSimulator, caller: Caller) -> None:
    invoice_id = an_invoice(sim)
    sim.switch(unapprove_on_detail=[invoice_id])

    row = listed(caller.body(INVOICES))[0]
    detail = caller.body(f"{INVOICES}/{invoice_id}")["header"]

    assert (row["workflowStatus"], detail["workflowStatus"]) == ("Completed", "Pending")
    assert detail["lastUpdate"] > row["lastUpdate"]


def test_a_cancelled_invoice_keeps_no_lines(sim: JaggaerSimulator, caller: Caller) -> None:
    invoice_id = an_invoice(sim)

    sim.cancel_invoice(invoice_id)

    detail = caller.body(f"{INVOICES}/{invoice_id}")
    assert (detail["header"]["paymentStatus"], detail["lineList"]["invoiceLine"]) == ("Cancelled", [])


def test_invoices_added_at_one_instant_share_it(sim: JaggaerSimulator) -> None:
    an_invoice(sim, "INV-1")
    an_invoice(sim, "INV-2")

    assert len({invoice["header"]["lastUpdate"] for invoice in sim.invoices}) == 1
