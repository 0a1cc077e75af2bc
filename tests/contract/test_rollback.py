"""P12 against the FreshBooks simulator: after a rollback the books are what they were, to the cent."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.pipeline.correcting.rollback import Rollback, RolledBack
from ml_connector.pipeline.correcting.selection import Selection
from ml_connector.pipeline.correcting.undo import Undo
from tests.jaggaer_freshbooks import Pair, a_pair, category_of
from tests.simulators.jaggaer.invented_cases import SUPPLIES, line

MEANT, LATER, UNUSED = "the-run-to-undo", "a-later-run", "4711"
LAMP = 2_700_003


@pytest.fixture
def pair() -> Pair:
    """Suppliers are vendors, two bills are keyed by hand, and one run has posted the invoices."""
    pair = a_pair()
    pair.jaggaer.add_supplier(number=UNUSED, name="Nobody Orders Here Ltd")
    pair.world.poll(pair.suppliers)
    pair.world.run_until_settled()
    vendor = pair.freshbooks.vendors[-1]["vendorid"]
    for amount in ("12.34", "500.00"):
        pair.freshbooks.add_bill(vendorid=vendor, amount=amount)
    return pair


def test_the_books_are_what_they_were_before_the_run(pair: Pair) -> None:
    before, vendors = totals(pair), owed(pair)
    run(pair)
    assert totals(pair) != before

    done = roll_back(pair, Selection(flows=(pair.invoices,), run=MEANT))

    assert (totals(pair), owed(pair)) == (before, vendors)
    assert set(pair.world.states(pair.invoices)) == {State.REVERSED, State.HELD, State.SKIPPED}
    assert {entry.undo for entry in done.entries} == {Undo.VOID}
    assert pair.broken_links() == []


def test_a_bill_that_is_paid_is_refused_and_its_payment_stands(pair: Pair) -> None:
    run(pair)
    paid = pair.freshbooks.bills[-1]
    pair.freshbooks.pay_bill(paid["id"], "1.00")

    done = roll_back(pair, Selection(flows=(pair.invoices,), run=MEANT))

    [refused] = done.of(Undo.REFUSE)
    assert refused.target_id == str(paid["id"])
    assert "paid" in refused.why
    assert [bill["id"] for bill in pair.freshbooks.bills if bill["bill_number"]] == [paid["id"]]


def test_what_a_run_changed_gets_its_former_lines_back(pair: Pair) -> None:
    run(pair)
    before, was = totals(pair), pair.bill(LAMP)["lines"]
    pair.jaggaer.edit_invoice(LAMP, lines=[line("A dearer lamp", 1, "77.00", SUPPLIES)])
    pair.later(hours=1)
    run(pair, LATER)
    assert totals(pair) != before

    done = roll_back(pair, Selection(flows=(pair.invoices,), run=LATER))

    assert [entry.undo for entry in done.entries] == [Undo.RESTORE]
    assert (totals(pair), amounts_of(pair.bill(LAMP)["lines"])) == (before, amounts_of(was))


def test_rolled_back_twice_and_polled_in_full_nothing_more_is_written(pair: Pair) -> None:
    run(pair)
    roll_back(pair, Selection(flows=(pair.invoices,)))
    writes = len(pair.freshbooks.writes)

    roll_back(pair, Selection(flows=(pair.invoices,)))
    pair.run(full=True)

    assert len(pair.freshbooks.writes) == writes


def test_a_vendor_with_bills_is_refused_and_one_without_is_deleted(pair: Pair) -> None:
    run(pair)

    done = roll_back(pair, Selection(flows=(pair.suppliers,)))

    used = {str(bill["vendorid"]) for bill in pair.freshbooks.bills}
    kept = {entry.target_id for entry in done.of(Undo.REFUSE) if "still used" in entry.why}
    assert kept
    assert kept <= used
    assert UNUSED in {entry.number for entry in done.of(Undo.VOID)}
    assert used <= {str(vendor["vendorid"]) for vendor in pair.freshbooks.vendors}
    assert UNUSED not in {vendor["account_number"] for vendor in pair.freshbooks.vendors}


def run(pair: Pair, run_id: str = MEANT) -> None:
    world = pair.world
    world.services.poller.run(pair.invoices, run_id=run_id, deadline=world.deadline())
    world.run_until_settled()


def roll_back(pair: Pair, chosen: Selection) -> RolledBack:
    services = pair.world.services
    rollback = Rollback(services.ports, services.catalog, services.systems)
    done = rollback.carry_out(rollback.plan(chosen), actor="ann", reason="posted to the wrong business")
    pair.world.run_until_settled()
    return done


def amounts_of(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(category_of(each), each["amount"]["amount"]) for each in lines]


def totals(pair: Pair) -> dict[str, tuple[int, Decimal]]:
    """Standing bills and their sum, by currency."""
    found: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for bill in pair.freshbooks.bills:
        count, amount = found[bill["amount"]["code"]]
        found[bill["amount"]["code"]] = (count + 1, amount + Decimal(bill["amount"]["amount"]))
    return dict(found)


def owed(pair: Pair) -> dict[str, object]:
    """What FreshBooks itself says is owed to each vendor."""
    return {str(vendor["vendorid"]): vendor["outstanding_balance"] for vendor in pair.freshbooks.vendors}
