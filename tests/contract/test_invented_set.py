"""The invented set from JAGGAER to FreshBooks: every group of it comes to its own defined end, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.jaggaer import invented_suppliers as who
from tests.simulators.jaggaer.invented import EXPECTED
from tests.simulators.jaggaer.invented_cases import LABORATORY, LIABILITY, SUPPLIES, UNMAPPED, line

ACCOUNT, VENDOR = ReferenceKind.ACCOUNT, ReferenceKind.VENDOR

HELD = {
    "credit_memos": "credit_memo",
    "no_vendor_reference": "credit_memo",
    "credit_positive_discount": "credit_memo",
    "credit_negative_quantity": "credit_memo",
    "no_total": "incomplete",
    "mismatch": "incomplete",
    "unmapped_account": "account_missing",
    "liability_account": "account_missing",
    "namesakes": "vendor_missing",
    "split_three_ways": "vendor_missing",
    "split_by_amount": "vendor_missing",
}
SKIPPED = {"pending", "in_process"}
ENDS = (
    {group: f"held: {code}" for group, code in HELD.items()}
    | dict.fromkeys(SKIPPED, "skipped: not_approved")
    | dict.fromkeys(EXPECTED.keys() - HELD.keys() - SKIPPED, "posted")
)
APART = frozenset().union(*(EXPECTED[group] for group in (*HELD, *SKIPPED)))
POSTED = EXPECTED["payable_completed"] - APART

LAMP, CABINETS, PANELS = 2_700_003, 2_700_005, 2_700_032
"""Ordinary posted invoices, for what happens to them later."""


@pytest.fixture(scope="module")
def pair() -> Pair:
    """Only to be looked at; a test that changes something makes one of its own."""
    made = a_pair()
    made.run()
    return made


@pytest.fixture
def fresh() -> Pair:
    made = a_pair()
    made.run()
    return made


@pytest.mark.parametrize("group", sorted(EXPECTED))
def test_each_group_comes_to_its_defined_end(pair: Pair, group: str) -> None:
    others = APART if ENDS[group] == "posted" else frozenset[int]()

    assert pair.outcomes(EXPECTED[group] - others) == {ENDS[group]}


def test_the_states_add_up_to_the_set(pair: Pair) -> None:
    assert pair.world.states(pair.invoices) == {State.POSTED: len(POSTED), State.HELD: 13, State.SKIPPED: 6}
    assert len(POSTED) + 13 + 6 == len(pair.jaggaer.invoices) == 64


def test_every_posted_invoice_is_one_bill_to_the_cent(pair: Pair) -> None:
    assert pair.off_by(POSTED) == {}
    assert sorted(bill["id"] for bill in pair.bills(POSTED)) == sorted(bill["id"] for bill in pair.freshbooks.bills)


def test_no_trail_has_a_broken_link(pair: Pair) -> None:
    assert pair.broken_links() == []


# vendors


def test_two_spellings_of_one_number_are_one_vendor(pair: Pair) -> None:
    vendors = {bill["vendorid"] for bill in pair.bills(EXPECTED["two_spellings"])}

    numbered = [vendor for vendor in pair.freshbooks.vendors if vendor["account_number"] == who.GLASS]

    assert vendors == {vendor["vendorid"] for vendor in numbered}
    assert len(vendors) == 1


def test_namesakes_are_made_vendors_by_nobody_but_a_person(fresh: Pair) -> None:
    numbers = {vendor["account_number"] for vendor in fresh.freshbooks.vendors}
    one, other = (str(fresh.freshbooks.add_vendor(name=name)["vendorid"]) for name in ("Larkspurne A", "Larkspurne B"))

    fresh.map(VENDOR, who.CONSULTANTS, one)
    fresh.map(VENDOR, who.CONSULTANTS_NAMESAKE, other)
    fresh.run()

    assert not numbers & {who.CONSULTANTS, who.CONSULTANTS_NAMESAKE}
    assert [str(bill["vendorid"]) for bill in fresh.bills(EXPECTED["namesakes"])] == [one, other]
    assert fresh.off_by(EXPECTED["namesakes"]) == {}


# splits and charges


@pytest.mark.parametrize(
    ("group", "lines"),
    [
        ("split_75_25", [("Supplies", "330.75"), ("Hardware", "110.25")]),
        ("two_orders", [("Professional Services", "490.00"), ("Professional Services", "2150.00")]),
        ("superseded_chart", [("Supplies", "631.00")]),
        ("header_segments", [("Professional Services", "580.00"), ("Professional Services", "120.00")]),
        ("negative_line", [("Supplies", "260.00"), ("Supplies", "-26.00")]),
        ("zero_line", [("Supplies", "375.00"), ("Supplies", "0.00")]),
        ("tax_2", [("Professional Services", "1303.80")]),
        ("jpy", [("Hardware", "160050.00")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lines_land_on_their_categories_with_their_share(pair: Pair, group: str, lines: list[tuple[str, str]]) -> None:
    [invoice_id] = EXPECTED[group]

    assert pair.split(invoice_id) == lines


@pytest.mark.parametrize(
    ("group", "lines"),
    [
        ("split_three_ways", [("Professional Services", share) for share in ("333.30", "333.30", "333.41")]),
        ("split_by_amount", [("Professional Services", "400.00"), ("Rent", "120.25")]),
    ],
    ids=["by percent", "by amount"],
)
def test_a_split_of_a_vendor_found_later_keeps_its_shares(
    fresh: Pair, group: str, lines: list[tuple[str, str]]
) -> None:
    [invoice_id] = EXPECTED[group]

    fresh.map(VENDOR, who.CONSULTANTS, str(fresh.freshbooks.add_vendor(name="Larkspurne A")["vendorid"]))
    fresh.run()

    assert fresh.split(invoice_id) == lines
    assert fresh.off_by({invoice_id}) == {}


def test_charges_and_a_discount_land_on_the_lines_they_belong_to(pair: Pair) -> None:
    [everything] = EXPECTED["freight"] & EXPECTED["discount"]

    split = pair.split(everything)

    assert [category for category, _ in split] == ["Supplies", "Hardware", "Professional Services"]
    assert sum(Decimal(amount) for _, amount in split) == Decimal("859.65")


# dates, terms, orders, currencies, words


def test_due_dates_are_the_invoices_own(pair: Pair) -> None:
    dates = {invoice_id: str(pair.header(invoice_id)["dueDate"])[:10] for invoice_id in POSTED}

    assert {invoice_id: pair.bill(invoice_id)["due_date"] for invoice_id in POSTED} == dates
    assert len({pair.bill(invoice_id)["due_offset_days"] for invoice_id in POSTED}) > 3


def test_terms_and_charges_are_told_in_the_audit_trail(pair: Pair) -> None:
    [everything] = EXPECTED["freight"] & EXPECTED["discount"]

    trail = pair.world.fakes.ledger.trail(pair.row(everything).record)

    notes = next(entry.event.detail["notes"] for entry in trail if entry.event.step == "planned")
    assert {"terms Net 45", "PO 0000000110", "tax 76.6", "discount 10"} <= set(notes)


def test_the_order_stands_on_the_lines_that_bill_it_and_on_no_other(pair: Pair) -> None:
    [mixed], [two] = EXPECTED["mixed_order_lines"], EXPECTED["two_orders"]

    told = [[_order(line) for line in pair.bill(invoice_id)["lines"]] for invoice_id in (mixed, two)]

    assert told == [["0000000105/1", None], ["0000000103/1", "0000000104/1"]]


@pytest.mark.parametrize("currency", ["EUR", "CAD", "JPY"])
def test_a_bill_is_in_the_currency_of_its_invoice(pair: Pair, currency: str) -> None:
    bills = pair.bills(EXPECTED[currency.lower()])

    assert {bill["currency_code"] for bill in bills} == {currency}
    assert {bill["amount"]["code"] for bill in bills} == {currency}


def test_a_suppliers_own_words_reach_the_bill_unharmed(pair: Pair) -> None:
    [invoice_id] = EXPECTED["markup_in_text"]

    [only] = pair.bill(invoice_id)["lines"]

    assert only["description"].startswith('Pipes 3/4" <brass> & "fittings", naïve fit – rev. 2 [ml:')


# what is lifted, and what is not


def test_a_mapped_account_releases_what_waited_for_it(fresh: Pair) -> None:
    fresh.map(ACCOUNT, UNMAPPED, fresh.category("Other Expenses"))
    fresh.run()

    assert fresh.outcomes(EXPECTED["unmapped_account"]) == {"posted"}
    assert fresh.off_by(EXPECTED["unmapped_account"]) == {}


def test_an_account_mapped_to_a_liability_is_held_and_says_why() -> None:
    pair = a_pair()
    payable = next(each for each in pair.freshbooks.ledger_accounts if each["name"] == "Accounts Payable")

    pair.map(ACCOUNT, LIABILITY, f"ledger:{payable['uuid']}")
    pair.run()

    [row] = pair.rows(EXPECTED["liability_account"])
    assert "it is a liability account" in row.reasons[0].text
    assert pair.outcomes(EXPECTED["liability_account"]) == {"held: account_unusable"}


# after posting


def test_an_invoice_changed_after_posting_changes_its_bill(fresh: Pair) -> None:
    before = fresh.bill(CABINETS)

    fresh.jaggaer.edit_invoice(CABINETS, lines=[line("Filing cabinets", 3, "315.50", SUPPLIES)])
    fresh.run()

    assert (fresh.bill(CABINETS)["id"], fresh.split(CABINETS)) == (before["id"], [("Supplies", "946.50")])
    assert fresh.outcomes({CABINETS}) == {"posted"}
    assert len(fresh.freshbooks.bills) == len(POSTED)


def test_an_invoice_moved_to_another_account_moves_its_bills_line(fresh: Pair) -> None:
    fresh.jaggaer.edit_invoice(CABINETS, lines=[line("Filing cabinets", 2, "315.50", LABORATORY)])
    fresh.run()

    assert fresh.split(CABINETS) == [("Hardware", "631.00")]


def test_an_invoice_cancelled_after_posting_voids_its_bill(fresh: Pair) -> None:
    bill = fresh.bill(LAMP)

    fresh.jaggaer.cancel_invoice(LAMP)
    fresh.run()

    assert fresh.outcomes({LAMP}) == {"reversed: cancelled"}
    assert bill["id"] not in {bill["id"] for bill in fresh.freshbooks.bills}


def test_an_invoice_that_loses_its_approval_after_posting_is_held_and_its_bill_left_alone(fresh: Pair) -> None:
    bill = fresh.bill(LAMP)

    fresh.jaggaer.unapprove_invoice(LAMP)
    fresh.run()

    assert fresh.outcomes({LAMP}) == {"held: not_approved"}
    assert fresh.bill(LAMP) == bill


def test_a_hold_for_lost_approval_is_over_when_it_is_approved_again(fresh: Pair) -> None:
    fresh.jaggaer.unapprove_invoice(LAMP)
    fresh.run()
    written = len(fresh.freshbooks.writes)

    fresh.jaggaer.approve_invoice(LAMP)
    fresh.run()

    assert fresh.outcomes({LAMP}) == {"posted"}
    assert len(fresh.freshbooks.writes) == written


def test_a_pending_invoice_is_posted_once_it_is_approved(fresh: Pair) -> None:
    pending = min(EXPECTED["pending"])

    fresh.jaggaer.approve_invoice(pending)
    fresh.run()

    assert fresh.outcomes({pending}) == {"posted"}
    assert fresh.off_by({pending}) == {}


@pytest.mark.parametrize("happens", ["changed", "cancelled"])
def test_a_bill_that_is_paid_by_then_is_left_alone_and_its_invoice_held(fresh: Pair, happens: str) -> None:
    fresh.freshbooks.pay_bill(fresh.bill(PANELS)["id"], "100.00")
    paid = fresh.bill(PANELS)

    _change(fresh, PANELS, happens)
    fresh.run()

    assert fresh.outcomes({PANELS}) == {"held: target_paid"}
    assert fresh.bill(PANELS) == paid


def test_a_bill_that_a_person_changed_is_not_overwritten(fresh: Pair) -> None:
    fresh.freshbooks.edit_bill(fresh.bill(CABINETS)["id"], bill_number="keyed by hand")

    _change(fresh, CABINETS, "changed")
    fresh.run()

    assert fresh.outcomes({CABINETS}) == {"held: target_conflict"}
    assert fresh.bill(CABINETS)["bill_number"] == "keyed by hand"


# nothing twice


def test_a_second_full_run_writes_nothing(fresh: Pair) -> None:
    written = len(fresh.freshbooks.writes)

    fresh.later(hours=4)
    fresh.run(full=True)

    assert len(fresh.freshbooks.writes) == written


def test_a_vendor_renamed_in_freshbooks_changes_no_bill(fresh: Pair) -> None:
    written = len(fresh.freshbooks.writes)

    fresh.freshbooks.edit_vendor(fresh.bill(LAMP)["vendorid"], vendor_name="Harrowpike, renamed")
    fresh.later(hours=4)
    fresh.world.poll(fresh.invoices, full=True)
    fresh.world.run_until_settled()

    assert fresh.freshbooks.writes[written:] == []


def test_with_the_watermark_at_zero_and_no_cross_reference_left_no_second_bill_is_made(fresh: Pair) -> None:
    bills, written = fresh.freshbooks.bills, len(fresh.freshbooks.writes)

    forget(fresh)
    fresh.run()

    assert fresh.freshbooks.bills == bills
    assert len(fresh.freshbooks.writes) == written
    assert {row.confirmed.origin.value for row in fresh.rows(POSTED) if row.confirmed} == {"recovered"}
    assert fresh.broken_links() == []


def test_what_was_approved_while_all_was_forgotten_is_looked_for_and_then_posted_once(fresh: Pair) -> None:
    pending, bills = min(EXPECTED["pending"]), len(fresh.freshbooks.bills)

    forget(fresh)
    fresh.jaggaer.approve_invoice(pending)
    fresh.run()

    assert len(fresh.freshbooks.bills) == bills + 1
    assert fresh.off_by(POSTED | {pending}) == {}


def forget(pair: Pair) -> None:
    """The cross-reference table emptied, its epoch with it, and both watermarks back at zero; the trail stays."""
    fakes = pair.world.fakes
    fakes.ledger.forget_rows()
    fakes.epochs.lose_tables()
    for flow in (pair.suppliers, pair.invoices):
        fakes.polls.reset(flow)
    pair.world.restart()


def _change(pair: Pair, invoice_id: int, happens: str) -> None:
    if happens == "cancelled":
        pair.jaggaer.cancel_invoice(invoice_id)
    else:
        pair.jaggaer.edit_invoice(invoice_id, lines=[line("Something else", 1, "77.00", SUPPLIES)])


def _order(bill_line: dict[str, Any]) -> str | None:
    _, is_told, order = str(bill_line["description"]).partition(" PO ")
    return order.split()[0] if is_told else None
