"""What the FreshBooks simulator answers: lists, shapes, limits, faults."""

from __future__ import annotations

import json

import pytest

from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.freshbooks import FreshBooksSimulator, RateLimit, TooMany
from tests.simulators.freshbooks.caller import BILLS, VENDORS, Caller, body_of
from tests.simulators.serving import AnswerLost, Request, RequestLost

OLD_SHAPE: dict[str, str] = {}
NEW_SHAPE = {"x-api-version": "2023-02-20"}


@pytest.mark.parametrize(
    ("page", "per_page", "rows", "shown"),
    [("1", "", 15, 15), ("0", "15", 15, 15), ("2", "100", 5, 100), ("1", "500", 100, 100), ("9", "100", 0, 100)],
    ids=["default", "page 0", "last page", "capped", "past the end"],
)
def test_pages_of_a_list_of_105(page: str, per_page: str, rows: int, shown: int) -> None:
    caller = Caller()
    bill_numbers = [caller.simulator.add_bill(vendorid=caller.vendor_id)["id"] for _ in range(105)]

    response = caller.account("GET", BILLS, query=[("page", page), ("per_page", per_page)])

    result = body_of(response)["response"]["result"]
    assert (len(result["bills"]), result["per_page"], result["total"]) == (rows, shown, len(bill_numbers))


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("search[vendorid]", "999", 0),
        ("search[statuses][]", "paid", 0),
        ("search[currency_code]", "EUR", 0),
        ("search[ids][]", "7", 0),
        ("search[updated_min]", "2030-01-01", 1),
        ("search[status]", "paid", 1),
        ("search[vendor_id]", "999", 1),
        ("search[bill_number]", "other", 1),
        ("updated_since", "2030-01-01", 1),
    ],
    ids=str,
)
def test_a_filter_of_bills_works_or_is_silently_ignored(name: str, value: str, found: int) -> None:
    caller = Caller()
    caller.create_bill()

    assert len(caller.rows(BILLS, (name, value))) == found


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("search[date_min]", "2026-03-02", 1),
        ("search[date_min]", "2026-03-03", 0),
        ("search[updated_min]", "2026-03-02 23:59:59", 1),
        ("search[amount_max]", "9", 0),
        ("search[vendor]", "Corner Shop", 1),
        ("search[status]", "4", 1),
    ],
    ids=str,
)
def test_expenses_can_be_filtered_by_whole_days(name: str, value: str, found: int) -> None:
    caller = Caller()
    expense = {"categoryid": caller.category_id, "staffid": 1, "date": "2026-03-02", "vendor": "Corner Shop"}
    money = {"amount": "9.99", "code": "USD"}

    caller.account("POST", "expenses/expenses", body={"expense": {**expense, "amount": money}})

    assert len(caller.rows("expenses/expenses", (name, value))) == found


def test_vendors_cannot_be_searched_by_name() -> None:
    caller = Caller()

    rows = caller.rows(VENDORS, ("search[vendor_name]", "Nobody"))

    assert [row["vendor_name"] for row in rows] == ["Timberyard Ltd"]


def test_a_list_lags_behind_a_read_by_id() -> None:
    caller = Caller(search_lag_seconds=60)
    bill_id = caller.created()["id"]

    at_once = caller.rows(BILLS)
    by_id = caller.account("GET", f"{BILLS}/{bill_id}").status
    caller.clock.pass_time(seconds=60)

    assert (at_once, by_id, len(caller.rows(BILLS))) == ([], 200, 1)


def test_list_rows_may_come_without_lines_until_asked() -> None:
    caller = Caller(lines_in_list=False)
    caller.create_bill()

    assert "lines" not in caller.rows(BILLS)[0]
    assert len(caller.rows(BILLS, ("include[]", "lines"))[0]["lines"]) == 1


def test_a_total_may_count_rows_that_nobody_may_read() -> None:
    response = Caller(rows_counted_but_hidden=16).account("GET", BILLS)

    result = body_of(response)["response"]["result"]
    assert (result["bills"], result["total"]) == ([], 16)


def test_an_error_takes_the_new_shape_when_a_version_is_named() -> None:
    response = Caller().account("GET", f"{BILLS}/5", headers=NEW_SHAPE)

    body = body_of(response)
    assert (response.status, body["code"], body["details"][0]["reason"]) == (404, 5, "1012")


@pytest.mark.parametrize("headers", [OLD_SHAPE, NEW_SHAPE], ids=["old shape", "new shape"])
def test_a_plan_without_bills_answers_200_with_an_error(headers: dict[str, str]) -> None:
    response = Caller(gated=frozenset({"bills"})).account("GET", BILLS, headers=headers)

    assert response.status == 200
    assert b"41001" in response.body


def test_an_old_error_may_be_a_single_object_with_a_text_for_errno() -> None:
    response = Caller(errno_as_string=True, errors_as_object=True, errors_with_200=True).create_bill(status="paid")

    assert (response.status, body_of(response)["response"]["errors"]["errno"]) == (200, "1038")


@pytest.mark.parametrize(("style", "types"), [("int", (int, int)), ("string", (str, str)), ("mixed", (int, str))])
def test_ids_come_as_numbers_or_as_text(style: str, types: tuple[type, type]) -> None:
    bill = Caller(ids=style).created()

    assert (type(bill["id"]), type(bill["vendorid"])) == types


def test_the_category_of_a_line_may_be_a_plain_name() -> None:
    assert Caller(category="string").created()["lines"][0]["category"] == "Advertising"


def test_bills_are_stamped_in_utc_and_categories_in_new_york() -> None:
    caller = Caller()

    assert caller.created()["created_at"] == "2026-03-02 15:00:00"
    assert caller.simulator.categories[0]["created_at"] == "2026-03-02 10:00:00"


@pytest.mark.parametrize(
    ("form", "retry_after", "content"),
    [
        (TooMany.WITH_HEADER, "60", "application/json"),
        (TooMany.BARE, None, "application/json"),
        (TooMany.HTML, None, "text/html"),
        (TooMany.SHAPE_A, None, "application/json"),
    ],
    ids=str,
)
def test_the_third_call_in_a_minute_is_too_many(form: TooMany, retry_after: str | None, content: str) -> None:
    caller = Caller(rate_limit=RateLimit(requests=2, window_seconds=60, answer=form))
    caller.rows(BILLS)
    caller.rows(BILLS)

    refused = caller.account("GET", BILLS)
    caller.clock.pass_time(minutes=1)

    assert (refused.status, refused.headers.get("retry-after"), refused.headers["content-type"]) == (
        429,
        retry_after,
        content,
    )
    assert caller.account("GET", BILLS).status == 200


@pytest.mark.parametrize(
    ("fault", "status", "bills"),
    [
        (Fault.REFUSE, 429, 0),
        (Fault.REFUSE_BARE, 429, 0),
        (Fault.BREAK, 503, 0),
        (Fault.STALE_TOKEN, 401, 0),
        (Fault.REFUSE_AFTER, 429, 1),
        (Fault.BREAK_AFTER, 500, 1),
        (Fault.GARBLE, 200, 1),
    ],
    ids=str,
)
def test_a_fault_comes_before_or_after_the_work(fault: Fault, status: int, bills: int) -> None:
    caller = Caller(faults=FaultPlan([fault]))

    response = caller.create_bill()

    assert (response.status, len(caller.simulator.bills), len(caller.simulator.writes)) == (status, bills, bills)


@pytest.mark.parametrize(
    ("fault", "error", "bills"),
    [(Fault.LOSE_REQUEST, RequestLost, 0), (Fault.LOSE_ANSWER, AnswerLost, 1)],
    ids=["request", "answer"],
)
def test_a_lost_answer_leaves_a_bill_behind(fault: Fault, error: type[Exception], bills: int) -> None:
    caller = Caller(faults=FaultPlan([fault]))

    with pytest.raises(error):
        caller.create_bill()

    assert len(caller.simulator.calls) == len(caller.simulator.bills) == bills


def test_a_refresh_whose_answer_is_lost_has_spent_the_token() -> None:
    caller = Caller(faults=FaultPlan([Fault.LOSE_ANSWER]))

    with pytest.raises(AnswerLost):
        caller.refresh(caller.pair["refresh_token"])

    assert caller.refresh(caller.pair["refresh_token"]).status == 400


def test_a_snapshot_brings_everything_back_into_a_new_simulator() -> None:
    caller = Caller()
    caller.create_bill()
    kept = json.loads(json.dumps(caller.simulator.snapshot()))

    again = FreshBooksSimulator(clock=caller.clock)
    again.restore(kept)

    headers = {"authorization": f"Bearer {caller.pair['access_token']}"}
    path = f"/accounting/account/{caller.simulator.account_id}/{BILLS}"
    assert again.handle(Request(method="GET", path=path, headers=headers)).status == 200
    assert again.bills == caller.simulator.bills
