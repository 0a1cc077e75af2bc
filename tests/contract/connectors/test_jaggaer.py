"""The JAGGAER connector against a JAGGAER that behaves as its customers say it does, good days and bad."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ml_connector.domain.errors import (
    AuthError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.domain.identity import PostingId
from ml_connector.domain.matching import normalised
from ml_connector.domain.posting import Action, Sought, Unclear, Write, WriteError
from ml_connector.domain.records.bill import Bill, BillStatus, BillType, ChargeKind
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.purchase_order import PurchaseOrder
from ml_connector.domain.records.vendor import Vendor
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.probe import steps_of
from ml_connector.pipeline.system import Page
from tests.contract.connectors.jaggaer_bench import Bench, bill, ids, pages, vendor
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jaggaer.invented import EXPECTED

SHARED = Path(os.environ.get("ML_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "contracts" / "jaggaer"
ALL_INVENTED = [str(2_700_000 + place) for place in range(1, 65)]
EVERYTHING = Watermark()
BUSY = datetime(2026, 2, 2, 4, tzinfo=UTC)


def invented(**switches: Any) -> Bench:
    bench = Bench(**switches)
    bench.jaggaer.load_invented()
    return bench


def one_invoice(**fields: Any) -> Bench:
    bench = Bench()
    bench.jaggaer.add_supplier(number="0007", name="Tube Works")
    line = {"description": "Tubes", "quantity": 2, "unitPrice": "12.50", "account": "600100"}
    bench.jaggaer.add_invoice(**{"number": "INV-1", "supplier": "0007", "lines": [line], "invoiceId": 42, **fields})
    return bench


def only_lists(request: Any) -> bool:
    return bool(request.path.endswith("/invoices"))


# Lists and pages.


@pytest.mark.parametrize("cap", [1, 7, 64, 100])
def test_every_invoice_is_listed_once_whatever_the_page_size(cap: int) -> None:
    bench = invented(page_cap=cap)

    assert ids(pages(bench.open())) == ALL_INVENTED
    assert bench.jaggaer.call_counts["invoice list"] == -(-64 // cap)


def test_an_empty_list_is_one_empty_page() -> None:
    found = pages(Bench().open())

    assert [(page.rows, page.resume, page.total) for page in found] == [((), None, 0)]


def test_a_return_code_may_be_a_text() -> None:
    assert ids(pages(invented(return_code_as_text=True).open())) == ALL_INVENTED


def test_a_pass_goes_on_from_where_it_was_kept() -> None:
    bench = invented(page_cap=10)
    whole = pages(bench.open())

    rest = pages(bench.open(), resume=whole[2].resume)

    assert ids(rest) == ids(whole[3:])


def test_a_resume_from_another_time_starts_anew() -> None:
    assert ids(pages(invented().open(), resume="next please")) == ALL_INVENTED


def test_a_poll_asks_for_what_changed_and_looks_back_two_hours_further() -> None:
    bench = invented()

    found = pages(bench.open(), since=BUSY + timedelta(hours=1))

    assert bench.queries[-1] == {"flt": "lastUpdate>=2026-02-02T03:00:00.000Z", "start": "1"}
    assert set(ids(found)) >= {str(each) for each in EXPECTED["same_instant"]}
    assert len(ids(found)) < 64


def test_a_full_read_asks_without_a_moment_but_still_for_sellers_only() -> None:
    bench = invented()

    pages(bench.open(), RecordKind.VENDOR)

    assert bench.queries[-1] == {"flt": "TYPE==SELLER", "start": "1"}


def test_a_filter_that_jaggaer_ignores_loses_nothing() -> None:
    assert ids(pages(invented(ignore_filter=True).open(), since=BUSY)) == ALL_INVENTED


def test_a_list_that_grows_under_us_is_read_again_from_a_page_back() -> None:
    bench = invented(page_cap=20)
    system = bench.open()
    line = {"description": "Late", "unitPrice": 1, "account": "600100"}
    bench.jaggaer.just_before("invoice list", lambda: None)
    bench.jaggaer.just_before(
        "invoice list",
        lambda: bench.jaggaer.add_invoice(number="LATE", supplier="0007", lines=[line], invoiceId=1),
    )

    assert set(ids(pages(system))) >= set(ALL_INVENTED)


def test_a_row_that_leaves_the_list_hides_no_other() -> None:
    bench = invented(page_cap=10)
    flt = {
        "resources": {"invoice": {"list": {"filter": {"template": "workflowStatus==Completed;lastUpdate>={since}"}}}}
    }
    bench.jaggaer.just_before("invoice list", lambda: None)
    bench.jaggaer.just_before("invoice list", lambda: bench.jaggaer.unapprove_invoice(2_700_001))

    found = ids(pages(bench.open(profile=flt)))

    pending = {str(each) for each in EXPECTED["pending"]}
    assert set(found) == set(ALL_INVENTED) - pending


@pytest.mark.parametrize("drift", [3, -3])
def test_a_total_that_is_never_the_same_does_not_keep_us_for_ever(drift: int) -> None:
    bench = invented(page_cap=20, total_drift=drift)

    found = ids(pages(bench.open()))

    assert set(found) >= set(ALL_INVENTED[:60])
    assert bench.jaggaer.call_counts["invoice list"] < 20


def test_rows_say_when_they_changed_and_carry_no_record_where_lines_are_missing() -> None:
    row = pages(one_invoice(lastUpdate="2026-02-02T04:00:00.250Z").open())[0].rows[0]

    assert (row.external_id, row.stamp, row.record) == ("42", "2026-02-02T04:00:00.250Z", None)


def test_suppliers_come_whole_with_the_list() -> None:
    rows = pages(one_invoice().open(), RecordKind.VENDOR)[0].rows

    assert isinstance(rows[0].record, Vendor)
    assert (rows[0].record.number, rows[0].record.name) == ("0007", "Tube Works")


def test_a_supplier_that_cannot_be_read_does_not_stop_the_others() -> None:
    bench = one_invoice()
    bench.jaggaer.add_supplier(number="0008", name=" ")

    rows = pages(bench.open(), RecordKind.VENDOR)[0].rows

    assert [row.record is None for row in rows] == [False, True]


def test_a_buyer_among_the_companies_is_no_vendor() -> None:
    bench = one_invoice()
    bench.jaggaer.add_supplier(number="0009", name="Ourselves", type="BUYER")
    bench.jaggaer.switch(ignore_filter=True)

    rows = pages(bench.open(), RecordKind.VENDOR)[0].rows

    assert [row.record.number for row in rows if row.record] == ["0007"]


# One record.


def test_an_invoice_is_fetched_with_one_call() -> None:
    bench = one_invoice(taxCharge1="2.56", terms="Net 45")

    found = bill(bench.open(), "42")

    assert (found.number, found.vendor.number, found.terms_days, found.doubts) == ("INV-1", "0007", 45, ())
    assert str(found.total) == "27.56 USD"
    assert (bench.jaggaer.call_counts["invoice detail"], bench.budget.taken) == (1, 1)


def test_an_invoice_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        one_invoice().open().fetch(RecordKind.BILL, "999")


@pytest.mark.parametrize("external_id", ["..", "42;x==1", "", "a\nb"])
def test_an_id_that_could_be_something_else_is_never_sent(external_id: str) -> None:
    bench = one_invoice()

    with pytest.raises(RejectedError):
        bench.open().fetch(RecordKind.BILL, external_id)

    assert bench.jaggaer.calls == []


def test_an_invoice_approved_after_the_list_was_read_is_seen_as_it_is() -> None:
    bench = one_invoice(approved=False)
    bench.jaggaer.switch(approve_on_detail=[42])

    assert bill(bench.open(), "42").status is BillStatus.APPROVED


def test_a_cancelled_invoice_comes_without_lines_and_is_cancelled() -> None:
    bench = one_invoice()
    bench.jaggaer.cancel_invoice(42)

    found = bill(bench.open(), "42")

    assert (found.status, found.lines, found.doubts) == (BillStatus.CANCELLED, (), ())


def test_a_supplier_is_fetched_from_its_list() -> None:
    bench = invented(page_cap=3)
    wanted = [each for each in bench.jaggaer.suppliers if each["type"] == "SELLER"][-1]

    found = vendor(bench.open(), wanted["bravoId"])

    assert found.number == wanted["extCode"]
    assert bench.jaggaer.call_counts["supplier list"] == 1


def test_a_supplier_is_found_even_where_the_filter_does_nothing() -> None:
    bench = invented(page_cap=3, ignore_filter=True)
    wanted = [each for each in bench.jaggaer.suppliers if each["type"] == "SELLER"][-1]

    assert vendor(bench.open(), wanted["bravoId"]).number == wanted["extCode"]


def test_a_supplier_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        one_invoice().open().fetch(RecordKind.VENDOR, "999")


def test_a_purchase_order_is_fetched_with_its_status() -> None:
    bench = invented()
    order = bench.jaggaer.purchase_orders[0]["header"]

    found = bench.open().fetch(RecordKind.PURCHASE_ORDER, str(order["poId"]))

    assert isinstance(found, PurchaseOrder)
    assert (found.number, found.status, found.approved) == (
        order["poNumber"],
        "Completed / SentToSupplier / Open",
        True,
    )


def test_namesakes_are_both_in_the_reference_list() -> None:
    found = list(invented(page_cap=4).open().reference(ReferenceKind.VENDOR))

    names = [normalised(item.name) for item in found]
    assert len({item.external_id for item in found}) == len(found)
    assert len(set(names)) < len(names)


def test_there_is_no_list_of_accounts() -> None:
    with pytest.raises(RejectedError, match="no list of accounts"):
        list(invented().open().reference(ReferenceKind.ACCOUNT))


# The invented invoices: what each is there for.


def read_all(bench: Bench) -> dict[int, Bill]:
    system = bench.open()
    return {int(each): bill(system, each) for each in ALL_INVENTED}


@pytest.fixture(scope="module")
def invoices() -> dict[int, Bill]:
    return read_all(invented())


def which(invoices: dict[int, Bill], wanted: Any) -> set[int]:
    return {each for each, found in invoices.items() if wanted(found)}


def test_only_what_is_payable_and_completed_is_approved(invoices: dict[int, Bill]) -> None:
    approved = which(invoices, lambda found: found.status is BillStatus.APPROVED)

    assert approved == EXPECTED["payable_completed"] | EXPECTED["credit_memos"]


def test_the_only_doubts_are_those_that_are_meant(invoices: dict[int, Bill]) -> None:
    assert which(invoices, lambda found: found.doubts) == EXPECTED["no_total"] | EXPECTED["mismatch"]


def test_a_mismatch_says_both_sums(invoices: dict[int, Bill]) -> None:
    (place,) = EXPECTED["mismatch"]

    assert invoices[place].doubts == ("lines and charges make 5,512.50, the total says 5,514.55",)


def test_credit_memos_are_told_apart(invoices: dict[int, Bill]) -> None:
    assert which(invoices, lambda found: found.type is BillType.CREDIT) == EXPECTED["credit_memos"]


def test_two_orders_on_one_invoice_are_both_named(invoices: dict[int, Bill]) -> None:
    (place,) = EXPECTED["two_orders"]

    orders = [each.purchase_order.number for each in invoices[place].lines if each.purchase_order]
    assert orders == ["0000000103", "0000000104"]


def test_a_superseded_chart_is_passed_over(invoices: dict[int, Bill]) -> None:
    (place,) = EXPECTED["superseded_chart"]

    assert [split.account.code for split in invoices[place].lines[0].splits if split.account] == ["600100"]


def test_lines_without_segments_take_the_headers(invoices: dict[int, Bill]) -> None:
    (place,) = EXPECTED["header_segments"]

    codes = [split.account.code for each in invoices[place].lines for split in each.splits if split.account]
    assert codes == ["620000", "620000"]


def test_header_charges_equal_the_shares_on_the_lines(invoices: dict[int, Bill]) -> None:
    shared = {ChargeKind.TAX, ChargeKind.SHIPPING, ChargeKind.HANDLING}
    whole = {place: sum(one.amount for one in found.charges if one.kind in shared) for place, found in invoices.items()}
    shares = {
        place: sum(one.amount for each in found.lines for one in each.charges if one.kind in shared)
        for place, found in invoices.items()
    }

    assert whole == shares


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared contracts are not here; set ML_SHARED")
def test_the_published_list_is_read_to_its_end() -> None:
    bench = Bench(page_cap=10)
    bench.jaggaer.load_published(SHARED / "public-sample")
    system = bench.open()

    found = [bill(system, each) for each in ids(pages(system))]

    assert len(found) == 64
    assert sum(bool(each.doubts) for each in found) == 1


# Tokens.


def test_a_token_that_dies_between_pages_is_replaced() -> None:
    bench = invented(page_cap=20)
    found = bench.open().changed_since(RecordKind.BILL, EVERYTHING)
    next(found)
    bench.jaggaer.revoke_tokens()

    rest = list(found)

    assert len(rest) == 3
    assert bench.jaggaer.token_calls == 2


@pytest.mark.parametrize("odd", [False, True], ids=["usual", "no challenge and a broken content type"])
def test_a_stale_token_is_replaced_once(odd: bool) -> None:
    bench = invented(odd_401=odd)
    bench.jaggaer.faults = FaultPlan([Fault.STALE_TOKEN], only=only_lists)

    assert ids(pages(bench.open())) == ALL_INVENTED
    assert bench.jaggaer.token_calls == 2


def test_a_token_that_is_refused_twice_means_dead_credentials() -> None:
    bench = invented()
    bench.jaggaer.faults = FaultPlan([Fault.STALE_TOKEN, Fault.STALE_TOKEN], only=only_lists)

    with pytest.raises(AuthError):
        pages(bench.open())


def test_a_token_of_five_minutes_serves_until_shortly_before_its_end() -> None:
    bench = one_invoice()
    system = bench.open()

    for _ in range(10):
        bill(system, "42")
        bench.clock.forward(seconds=60)

    assert (bench.jaggaer.token_calls, bench.jaggaer.call_counts["invoice detail"]) == (2, 10)


def test_many_cold_workers_make_one_token_call_each() -> None:
    bench = one_invoice()
    workers = [bench.open() for _ in range(4)]

    def read(worker: Any) -> list[Bill]:
        with ThreadPoolExecutor(6) as pool:
            return list(pool.map(lambda _: bill(worker, "42"), range(6)))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read, workers))

    assert sum(len(each) for each in found) == 24
    assert bench.jaggaer.token_calls == 4


def test_a_wrong_secret_names_what_to_mend() -> None:
    with pytest.raises(AuthError, match="check `client_id` and `client_secret`"):
        pages(one_invoice().open(secret="wrong"))


def test_a_client_without_a_service_account_says_so() -> None:
    bench = one_invoice()
    bench.jaggaer.switch(service_account_off=True)

    with pytest.raises(AuthError, match="may not use this grant"):
        pages(bench.open())


# What goes wrong.


def test_an_error_inside_a_200_is_a_refusal_in_jaggaers_words() -> None:
    profile = {"resources": {"invoice": {"list": {"filter": {"template": "colour==blue;lastUpdate>={since}"}}}}}

    with pytest.raises(
        RejectedError, match="list invoices: JAGGAER says: Invalid filter: unknown field colour"
    ) as raised:
        pages(invented().open(profile=profile))

    assert raised.value.code == "-1"


def test_a_page_of_garbage_stops_the_pass_where_it_is() -> None:
    bench = invented(page_cap=20, garbage_starts=[41])
    found = bench.open().changed_since(RecordKind.BILL, EVERYTHING)
    next(found)
    kept = next(found)
    assert isinstance(kept, Page)

    with pytest.raises(TransientError, match="not JSON"):
        next(found)

    bench.jaggaer.switch(garbage_starts=[])
    assert ids(pages(bench.open(), resume=kept.resume)) == ALL_INVENTED[40:]


@pytest.mark.parametrize(
    ("fault", "wait"),
    [(Fault.REFUSE, timedelta(seconds=15)), (Fault.REFUSE_BARE, timedelta(seconds=15))],
)
def test_a_rate_limit_names_a_wait_or_the_profile_does(fault: Fault, wait: timedelta) -> None:
    bench = invented()
    bench.jaggaer.faults = FaultPlan([fault], only=only_lists)

    with pytest.raises(RateLimitedError) as raised:
        pages(bench.open())

    assert raised.value.retry_after == wait


@pytest.mark.parametrize("fault", [Fault.BREAK, Fault.BREAK_AFTER, Fault.LOSE_REQUEST, Fault.LOSE_ANSWER, Fault.GARBLE])
def test_what_may_pass_is_transient(fault: Fault) -> None:
    bench = one_invoice()
    bench.jaggaer.faults = FaultPlan([fault], only=lambda request: "/invoices/" in request.path)

    with pytest.raises(TransientError):
        bill(bench.open(), "42")


def test_a_client_without_a_right_is_told_which() -> None:
    with pytest.raises(RejectedError, match="may not read suppliers"):
        pages(invented(forbidden=["suppliers"]).open(), RecordKind.VENDOR)


MISTAKES = [
    ({"path": "/j1p/api/public/ji/v9/invoices"}, "nothing is at /j1p/api/public/ji/v9/invoices .*invoice.list.path"),
    ({"items": "invoices[].header"}, r"says it has 64 rows, and profile.resources.invoice.list.items .* finds 0"),
    ({"id": "number"}, r"a row has no id: check profile.resources.invoice.list.id"),
    ({"id": "sum(invoiceNumber)"}, r"profile.resources.invoice.list.id: .* does not fit the document"),
    ({"success": "status == 'ok'"}, r"profile.resources.invoice.list.success does not hold"),
]


@pytest.mark.parametrize(("listing", "text"), MISTAKES)
def test_a_profile_that_does_not_fit_says_which_key(listing: Any, text: str) -> None:
    system = invented().open(profile={"resources": {"invoice": {"list": listing}}})

    with pytest.raises(RejectedError, match=text):
        pages(system)


def test_what_nobody_confirmed_is_not_read() -> None:
    bench = invented()

    with pytest.raises(RejectedError, match="invoice is not confirmed") as raised:
        pages(bench.open(confirmed=["supplier"]))

    assert (raised.value.code, bench.jaggaer.calls) == ("unconfirmed", [])


def test_every_request_is_taken_from_the_budget() -> None:
    bench = invented(page_cap=20)

    pages(bench.open())

    assert bench.budget.taken == bench.jaggaer.call_counts["invoice list"] == 4


# Read only.


def test_nothing_is_ever_written() -> None:
    bench = one_invoice()
    system = bench.open()
    write = Write(posting_id=PostingId("p1"), action=Action.CREATE, record=Bill(), marker="m")

    outcomes = list(system.write([write]))

    assert [(key, type(outcome)) for key, outcome in outcomes] == [("p1", WriteError)]
    assert isinstance(outcomes[0][1], WriteError)
    assert isinstance(outcomes[0][1].error, RejectedError)
    assert bench.jaggaer.calls == []


def test_a_look_up_is_never_an_absence() -> None:
    sought = Sought(posting_id=PostingId("p1"), marker="m", record=Bill())

    assert list(one_invoice().open().find([sought])) == [Unclear("JAGGAER is only read from")]


def test_a_whole_round_of_reads_writes_nothing() -> None:
    bench = invented()
    read_all(bench)
    list(steps_of(bench.open().probe()))

    assert bench.jaggaer.writes == []
    assert {method for method, path in bench.jaggaer.calls if not path.startswith("/auth/")} == {"GET"}


# Ping.


def test_a_ping_of_a_healthy_connection_is_all_well() -> None:
    steps = list(steps_of(invented().open().probe()))

    assert [(step.name, step.ok) for step in steps] == [
        ("token", True),
        ("read invoice", True),
        ("read supplier", True),
        ("read purchase_order", True),
    ]
    assert steps[1].text.startswith("64 invoices; the first, ")


def test_a_ping_stops_at_a_refused_secret_and_says_what_to_mend() -> None:
    (step,) = steps_of(one_invoice().open(secret="wrong").probe())

    assert (step.ok, step.fix) == (False, "check `client_id` and `client_secret`; the secret may have expired")


def test_a_ping_lists_what_nobody_confirmed_and_who_needs_it() -> None:
    steps = list(steps_of(invented().open(confirmed=["invoice", "supplier"]).probe()))

    assert [(step.name, step.needed_by) for step in steps if not step.ok] == [
        ("confirm purchase_order", ("purchase_order",))
    ]
    assert "list_path unknown" in steps[-1].text


def test_a_ping_goes_on_after_a_resource_that_fails() -> None:
    steps = list(steps_of(invented(forbidden=["invoices"]).open().probe()))

    assert [step.ok for step in steps] == [True, False, True, True]
    assert steps[1].fix == "ask JAGGAER to entitle this client id to the resource"


def test_a_ping_of_a_wrong_path_names_the_key() -> None:
    profile = {"resources": {"supplier": {"list": {"path": "/j1p/api/public/ja/v2/companies"}}}}

    steps = list(steps_of(invented().open(profile=profile).probe()))

    assert "profile.resources.supplier.list.path" in steps[2].text


def test_a_ping_shows_a_thin_supplier_list() -> None:
    bench = invented(thin_without_comp=True)
    wide = {"resources": {"supplier": {"list": {"components": {"value": "returnCompanyInfo;deBasic"}}}}}

    (thin, whole) = (pages(bench.open(profile=profile), RecordKind.VENDOR)[0].rows[0] for profile in (None, wide))

    assert thin.record is not None
    assert whole.record is not None
    assert (thin.record.number, whole.record.number is None) == (None, False)
