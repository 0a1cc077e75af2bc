"""Reconciling JAGGAER and FreshBooks, both played: each discrepancy is found by its name, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.reporting.differences import Kind, Weight
from ml_connector.pipeline.reporting.reconcile import Reconciler, Reconciliation
from ml_connector.pipeline.reporting.vendor_differences import VendorComparison, VendorKind
from ml_connector.pipeline.reporting.vendor_lists import compare_vendors
from tests.jaggaer_freshbooks import Pair, a_pair, category_of

LAMP, CABINETS, PANELS = 2_700_003, 2_700_005, 2_700_032
"""Ordinary posted invoices."""


@pytest.fixture
def pair() -> Pair:
    made = a_pair()
    made.run()
    return made


def reconciled(pair: Pair, **chosen: str | None) -> Reconciliation:
    world = pair.world
    reconciler = Reconciler(
        world.services.ports, world.catalog, world.services.systems, pause=world.fakes.clock.advance
    )
    return reconciler.reconcile(pair.invoices, **chosen)


def vendors_compared(pair: Pair) -> VendorComparison:
    world = pair.world
    return compare_vendors(
        world.services.ports,
        world.catalog,
        world.services.systems,
        pair.suppliers,
        pause=world.fakes.clock.advance,
    )


def found(report: Reconciliation) -> list[tuple[Kind, Weight, str | None]]:
    return [(one.kind, one.weight, one.number) for one in report.differences]


def lines_of(pair: Pair, invoice_id: int, **changes: Any) -> list[dict[str, Any]]:
    """The bill's lines as a person would send them again, the first one changed."""
    bill = pair.bill(invoice_id)
    lines = [
        {
            "categoryid": int(category_of(line)),
            "description": line["description"],
            "quantity": line["quantity"],
            "unit_cost": line["unit_cost"],
        }
        for line in bill["lines"]
    ]
    return [{**lines[0], **changes}, *lines[1:]]


def lose(pair: Pair, bill_id: int) -> None:
    """As after a restore of FreshBooks itself: the bill is in no list, not even the deleted."""
    kept = pair.freshbooks.snapshot()
    bills = kept["books"]["bills"]
    bills["rows"] = [row for row in bills["rows"] if row["id"] != bill_id]
    pair.freshbooks.restore(kept)


def test_after_a_cycle_every_period_and_currency_adds_up(pair: Pair) -> None:
    report = reconciled(pair)

    assert found(report) == []
    assert report.matches(strict=True)
    assert {(line.month, line.currency) for line in report.lines} >= {("2025-12", "USD"), ("2026-01", "CAD")}
    assert all(line.adds_up and line.approved_adds_up for line in report.lines)


def test_a_reconciliation_writes_nothing(pair: Pair) -> None:
    rows, writes = dict(pair.world.fakes.ledger.rows), len(pair.freshbooks.writes)

    reconciled(pair)

    assert (dict(pair.world.fakes.ledger.rows), len(pair.freshbooks.writes)) == (rows, writes)
    assert pair.jaggaer.writes == []


def test_what_is_stored_is_not_fetched_again(pair: Pair) -> None:
    before = pair.jaggaer.call_counts["invoice detail"]

    reconciled(pair)

    assert pair.jaggaer.call_counts["invoice detail"] == before


def test_one_month_and_currency_can_be_looked_at_alone(pair: Pair) -> None:
    report = reconciled(pair, month="2025-12", currency="EUR")

    assert [(line.month, line.currency, line.source.records) for line in report.lines] == [("2025-12", "EUR", 2)]


def missing(pair: Pair) -> None:
    lose(pair, pair.bill(LAMP)["id"])


def extra(pair: Pair) -> None:
    like = pair.bill(LAMP)
    pair.freshbooks.add_bill(
        vendorid=like["vendorid"], amount="77.00", issue_date=like["issue_date"], bill_number="BY-HAND-1"
    )


def amount(pair: Pair) -> None:
    cost = pair.bill(LAMP)["lines"][0]["unit_cost"]
    dearer = lines_of(pair, LAMP, unit_cost={**cost, "amount": "999.00"})
    pair.freshbooks.edit_bill(pair.bill(LAMP)["id"], lines=dearer)


def vendor(pair: Pair) -> None:
    pair.freshbooks.edit_bill(pair.bill(LAMP)["id"], vendorid=pair.bill(CABINETS)["vendorid"])


def account(pair: Pair) -> None:
    other = next(
        each["id"] for each in pair.freshbooks.categories if str(each["id"]) != category_of(pair.bill(LAMP)["lines"][0])
    )
    pair.freshbooks.edit_bill(pair.bill(LAMP)["id"], lines=lines_of(pair, LAMP, categoryid=other))


def currency(pair: Pair) -> None:
    lines = [{**line, "unit_cost": {**line["unit_cost"], "code": "CAD"}} for line in lines_of(pair, LAMP)]
    pair.freshbooks.edit_bill(pair.bill(LAMP)["id"], currency_code="CAD", lines=lines)


def period(pair: Pair) -> None:
    pair.freshbooks.edit_bill(pair.bill(LAMP)["id"], issue_date="2026-03-05")


def deleted(pair: Pair) -> None:
    pair.freshbooks.delete_bill(pair.bill(LAMP)["id"])


def number(pair: Pair) -> None:
    pair.freshbooks.edit_bill(pair.bill(LAMP)["id"], bill_number="ANOTHER-1")


def due_date(pair: Pair) -> None:
    pair.freshbooks.edit_bill(pair.bill(LAMP)["id"], due_offset_days=77)


def duplicate(pair: Pair) -> None:
    like = pair.bill(LAMP)
    pair.freshbooks.add_bill(
        vendorid=like["vendorid"], amount="77.00", issue_date=like["issue_date"], bill_number=like["bill_number"]
    )


SEEDS: list[tuple[Callable[[Pair], None], Kind]] = [
    (missing, Kind.ONLY_IN_SOURCE),
    (extra, Kind.ONLY_IN_TARGET),
    (amount, Kind.AMOUNT),
    (vendor, Kind.VENDOR),
    (account, Kind.ACCOUNT),
    (currency, Kind.CURRENCY),
    (period, Kind.PERIOD),
    (deleted, Kind.DELETED_IN_TARGET),
    (number, Kind.NUMBER),
    (due_date, Kind.DUE_DATE),
    (duplicate, Kind.DUPLICATE),
]


@pytest.mark.parametrize(("seed", "kind"), SEEDS, ids=[seed.__name__ for seed, _ in SEEDS])
def test_a_seeded_discrepancy_is_found_by_its_name_and_nothing_else_is(
    pair: Pair, seed: Callable[[Pair], None], kind: Kind
) -> None:
    expected = "BY-HAND-1" if seed is extra else pair.bill(LAMP)["bill_number"]
    seed(pair)

    report = reconciled(pair)

    assert found(report) == [(kind, Weight.MISMATCH, expected)]
    assert not report.matches()
    (one,) = report.differences
    assert one.source != one.target
    assert (one.next, one.target_id) != ("", None)


def test_all_of_them_are_found_together(pair: Pair) -> None:
    posted = [row for row in pair.world.fakes.ledger.rows.values() if row.record.flow == pair.invoices]
    invoices = sorted(
        int(row.record.external_id)
        for row in posted
        if row.state is State.POSTED and row.amount and row.amount.currency == "USD"
    )
    one, two, three = invoices[0], invoices[1], invoices[2]
    lose(pair, pair.bill(one)["id"])
    pair.freshbooks.delete_bill(pair.bill(two)["id"])
    pair.freshbooks.edit_bill(pair.bill(three)["id"], bill_number="X", issue_date="2026-05-05")

    report = reconciled(pair)

    assert report.kinds == {
        Kind.ONLY_IN_SOURCE: 1,
        Kind.DELETED_IN_TARGET: 1,
        Kind.NUMBER: 1,
        Kind.PERIOD: 1,
    }


def test_a_difference_shows_both_values_and_where_they_count(pair: Pair) -> None:
    number = pair.bill(LAMP)["bill_number"]
    period(pair)

    (one,) = reconciled(pair).differences

    assert (one.number, one.target[:10]) == (number, "2026-03-05")
    assert [place.month for place in one.places] == [pair.row(LAMP).month, "2026-03"]
    assert found(reconciled(pair, month="2026-03")) == found(reconciled(pair, month=pair.row(LAMP).month))
    assert found(reconciled(pair, month="2026-02")) == []


def test_a_bill_keyed_by_hand_elsewhere_is_a_note_that_a_strict_look_fails_on(pair: Pair) -> None:
    stranger = pair.freshbooks.add_vendor(name="Corner Bakery")
    pair.freshbooks.add_bill(vendorid=stranger["vendorid"], amount="12.00", issue_date="2025-12-20", bill_number="B-1")

    report = reconciled(pair)

    assert found(report) == [(Kind.ONLY_IN_TARGET, Weight.NOTE, "B-1")]
    assert (report.matches(), report.matches(strict=True)) == (True, False)


def test_a_bill_that_bears_our_marker_and_is_not_in_our_tables_is_named(pair: Pair) -> None:
    row = pair.row(LAMP)
    held = {record: kept for record, kept in pair.world.fakes.ledger.rows.items() if record != row.record}
    pair.world.fakes.ledger.rows = held
    pair.world.fakes.ledger.guards.clear()

    kinds = reconciled(pair).kinds

    assert kinds == {Kind.UNKNOWN_TO_US: 1, Kind.ONLY_IN_TARGET: 1}


def test_a_change_that_the_next_run_reads_is_no_mismatch(pair: Pair) -> None:
    pair.later(hours=3)
    pair.jaggaer.edit_invoice(LAMP, dueDate="2026-06-30")

    report = reconciled(pair)

    assert found(report) == [(Kind.NOT_READ_YET, Weight.NOTE, pair.row(LAMP).number)]
    assert report.matches()


def test_a_document_that_was_missed_is_a_mismatch(pair: Pair) -> None:
    pair.later(hours=3)
    pair.jaggaer.edit_invoice(LAMP, dueDate="2026-06-30")
    pair.later(hours=3)
    progress = pair.world.fakes.polls.progress[pair.invoices]
    pair.world.fakes.polls.progress[pair.invoices] = replace(progress, since=pair.world.fakes.clock.now())

    report = reconciled(pair)

    assert found(report) == [(Kind.NOT_READ_YET, Weight.MISMATCH, pair.row(LAMP).number)]


def test_what_moves_while_the_lists_are_read_is_no_difference(pair: Pair) -> None:
    """FreshBooks lists a bill deleted; by the second look its row has moved."""
    row = pair.row(LAMP)
    deleted(pair)
    ledger = pair.world.fakes.ledger
    once = ledger.get_many

    def then_moves(records: Any) -> Any:
        answer = once(records)
        if row.record in ledger.rows:
            ledger.rows[row.record] = replace(row, version=row.version + 1)
        return answer

    ledger.get_many = then_moves  # type: ignore[method-assign]

    report = reconciled(pair)

    assert (found(report), report.moved, report.matches()) == ([], 1, True)


def test_a_rate_limit_is_waited_out(pair: Pair) -> None:
    pair.jaggaer.switch(page_cap=5, requests_per_second=1, retry_after_seconds=2)
    began = pair.world.fakes.clock.now()

    report = reconciled(pair)

    assert report.matches(strict=True)
    assert pair.world.fakes.clock.now() - began >= timedelta(seconds=2)


def test_vendors_are_compared_by_number_name_and_fields(pair: Pair) -> None:
    known = next(each for each in pair.freshbooks.vendors if each["street"])
    pair.freshbooks.edit_vendor(known["vendorid"], street="1 Nowhere Lane")
    pair.freshbooks.add_vendor(name="Corner Bakery")

    kinds = [(one.kind, one.name, one.weight) for one in vendors_compared(pair).differences]

    assert (VendorKind.DIFFERENT, known["vendor_name"], Weight.MISMATCH) in kinds
    assert (VendorKind.ONLY_IN_TARGET, "Corner Bakery", Weight.NOTE) in kinds


def test_a_vendor_that_is_not_there_comes_with_suggestions(pair: Pair) -> None:
    pair.jaggaer.add_supplier(number="999001", name="Corner Bakery and Sons")
    near = pair.freshbooks.add_vendor(name="Corner Bakery & Son", account_number="7")

    (one,) = [one for one in vendors_compared(pair).differences if one.number == "999001"]

    assert (one.kind, one.candidates[0].id) == (VendorKind.ONLY_IN_SOURCE, str(near["vendorid"]))
    assert one.candidates[0].score > 0.9


def test_two_vendors_of_one_name_or_number_are_duplicates(pair: Pair) -> None:
    known = next(each for each in pair.freshbooks.vendors if each["account_number"])
    pair.freshbooks.add_vendor(name=known["vendor_name"].upper(), account_number=known["account_number"])

    kinds = {one.kind for one in vendors_compared(pair).differences if one.side == "freshbooks"}

    assert kinds == {VendorKind.DUPLICATE_NUMBER, VendorKind.DUPLICATE_NAME}


def test_a_vendor_deleted_there_is_told(pair: Pair) -> None:
    known = pair.freshbooks.vendors[0]
    pair.freshbooks.edit_vendor(known["vendorid"], vis_state=1)

    (one,) = [one for one in vendors_compared(pair).differences if one.kind is VendorKind.DELETED_IN_TARGET]

    assert (one.name, one.ids) == (known["vendor_name"], (str(known["vendorid"]),))


def test_a_currency_of_jaggaers_own_spelling_adds_up_in_the_one_it_is_posted_in(pair: Pair) -> None:
    pair.map(ReferenceKind.CURRENCY, "RMB", "CNY", written=True)
    line = {"description": "Tea", "quantity": 1, "unitPrice": "80.00", "account": "600100"}
    supplier = str(pair.header(LAMP)["supplier"]["supplierNumber"])
    pair.jaggaer.add_invoice(number="RMB-1", supplier=supplier, currency="RMB", lines=[line])
    pair.later(hours=1)
    pair.run()

    report = reconciled(pair)

    assert (report.matches(), found(report)) == (True, [])
    (sums,) = [line for line in report.lines if line.currency == "CNY"]
    assert (sums.source.records, sums.in_target.records) == (1, 1)
    assert "RMB" not in {line.currency for line in report.lines}
