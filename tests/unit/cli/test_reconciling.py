"""`reconcile`: a table, a page, JSON, and an exit code that a schedule can act on."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Origin, State
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.ports import Change
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.invoices import INVOICES, InvoiceWorld
from tests.unit.cli.desk import Desk

CLEAN = """\
jaggaer_invoice_to_freshbooks_bill (jaggaer -> freshbooks), all months

MONTH    CURRENCY  STATE          DOCUMENTS  AMOUNT
2026-01  USD       in the source          2  150.00
2026-01  USD         posted               2  150.00

2026-01 USD: 2 (150.00 USD) approved = 2 (150.00 USD) in the target

Both sides match.
"""


@pytest.fixture
def world() -> InvoiceWorld:
    """Two invoices, posted."""
    made = an_invoice_world()
    made.source_has(a_bill("1", total="100.00", number="INV-1"), a_bill("2", total="50.00", number="=INV-2"))
    made.poll()
    made.settle()
    return made


@pytest.fixture
def books(desk: Desk, world: InvoiceWorld) -> Desk:
    services = world.world.services
    desk.services = SimpleNamespace(  # type: ignore[assignment]
        ports=services.ports, catalog=services.catalog, systems=services.systems, releaser=services.releaser
    )
    return desk


def edit(world: InvoiceWorld, numbered: str, **changes: Any) -> None:
    (bill,) = [one for one in world.standing if one.number == numbered]
    world.target.shelf.put(replace(bill, **changes))


def test_two_sides_that_match_say_so(books: Desk) -> None:
    printed = books.run("reconcile")

    assert (printed.code, printed.out) == (0, CLEAN)


def test_a_mismatch_fails_and_says_what_to_do(books: Desk, world: InvoiceWorld) -> None:
    edit(world, "INV-1", total=Money(Decimal("90.00"), "USD"))

    printed = books.run("reconcile", INVOICES)

    assert printed.code == 1
    assert "mismatch: amount INV-1" in printed.out
    assert "source     100.00 USD" in printed.out
    assert "target     90.00 USD" in printed.out
    assert "2 (150.00 USD) approved is not 2 (140.00 USD) in the target" in printed.out
    assert "The sides do not match: 1 mismatch, 0 notes." in printed.out


def test_as_json_the_keys_never_vary(books: Desk, world: InvoiceWorld) -> None:
    edit(world, "INV-1", number="INV-9")

    printed = books.run("reconcile", "--json", "--month", "2026-01", "--currency", "USD")

    (flow,) = printed.data["flows"]
    (one,) = flow["differences"]
    assert (printed.code, printed.data["matches"], flow["kinds"]) == (1, False, {"number": 1})
    assert (one["kind"], one["source"], one["target"], one["record"]) == (
        "number",
        "INV-1",
        "INV-9",
        str(world.record("1")),
    )
    assert flow["lines"][0]["source"] == {"records": 2, "amount": "150"}


def test_the_table_for_spreadsheets_runs_no_formula(books: Desk, world: InvoiceWorld) -> None:
    edit(world, "=INV-2", due_on=None)

    books.run("reconcile", "--csv", "out.csv")

    rows = list(csv.DictReader(io.StringIO(books.terminal.files["out.csv"])))
    assert [(row["kind"], row["number"]) for row in rows if row["what"] == "difference"] == [("due_date", "'=INV-2")]
    assert [(row["kind"], row["documents"], row["amount"]) for row in rows if row["what"] == "total"] == [
        ("source", "2", "150.00"),
        ("posted", "2", "150.00"),
        ("approved", "2", "150.00"),
        ("in_target", "2", "150.00"),
    ]


def test_the_page_holds_the_verdict_and_the_differences(books: Desk, world: InvoiceWorld) -> None:
    edit(world, "INV-1", number="<b>INV-9</b>")

    books.run("reconcile", "--html", "out.html")

    page = books.terminal.files["out.html"]
    assert "The sides do not match: 1 mismatch, 0 notes." in page
    assert "&lt;b&gt;INV-9&lt;/b&gt;" in page
    assert "<b>" not in page


def test_a_bill_keyed_by_hand_fails_only_a_strict_look(books: Desk, world: InvoiceWorld) -> None:
    other = replace(world.standing[0], external_id="X1", number="BAKERY-1", marker=None)
    world.target_has(replace(other, vendor=replace(other.vendor, internal_id="V-baker")))

    assert books.run("reconcile").code == 0
    assert books.run("reconcile", "--strict").code == 1


def test_what_differs_is_judged_again_on_request_and_waits_for_a_person(books: Desk, world: InvoiceWorld) -> None:
    edit(world, "INV-1", total=Money(Decimal("90.00"), "USD"))

    printed = books.run("reconcile", "--recheck")
    world.settle()

    assert printed.code == 1
    assert "1 record will be judged again" in printed.out
    assert (world.state("1"), world.reasons("1"), world.state("2")) == (State.HELD, ["target_conflict"], State.POSTED)
    assert (world.steps("1")[-2:], world.trail("1")[-2].event.actor) == ([Step.PLANNED, Step.HELD], "anna")


def test_without_it_nothing_is_sent_and_the_command_that_does_it_is_named(books: Desk, world: InvoiceWorld) -> None:
    edit(world, "INV-1", total=Money(Decimal("90.00"), "USD"))

    told, printed = books.run("reconcile"), books.run("reconcile", "--json")

    assert told.out.endswith(f"judged again:\n  ml-connector reconcile {INVOICES} --recheck\n")
    assert (printed.data["rechecked"], printed.data["run_id"], world.fakes.notices.bodies) == ([], None, [])


def test_where_all_match_nothing_is_judged_again(books: Desk, world: InvoiceWorld) -> None:
    printed = books.run("reconcile", "--recheck", "--json")

    assert (printed.code, printed.data["rechecked"], world.fakes.notices.bodies) == (0, [], [])


def test_a_bill_that_a_person_keyed_and_we_linked_is_not_judged_again(books: Desk, world: InvoiceWorld) -> None:
    row = world.row("1")
    assert row.confirmed is not None
    linked = replace(row, confirmed=replace(row.confirmed, origin=Origin.ADOPTED))
    world.fakes.ledger.commit(Change(before=row, after=linked, events=()))
    edit(world, "INV-1", total=Money(Decimal("90.00"), "USD"))

    printed = books.run("reconcile", "--recheck", "--json")

    assert (printed.code, printed.data["rechecked"]) == (1, [])


def test_vendor_lists_are_compared_on_request(books: Desk, world: InvoiceWorld) -> None:
    world.source_has(a_vendor("s1", number="0007", name="Acme Paper Inc"))

    printed = books.run("reconcile", "--vendors")

    assert printed.code == 1
    assert "mismatch: only in source: 0007 Acme Paper Inc" in printed.out
    assert "Vendors of jaggaer (1) and freshbooks (0)" in printed.out


def test_progress_is_told_beside_the_output_each_thousand(books: Desk, world: InvoiceWorld) -> None:
    bill = world.source.shelf.records[(RecordKind.BILL, "1")]
    for number in range(2000):
        world.source.shelf.records[(RecordKind.BILL, f"x{number}")] = replace(bill, external_id=f"x{number}")  # type: ignore[type-var]

    books.run("reconcile")

    assert [note for note in books.terminal.notes if note.startswith("jaggaer")] == [
        "jaggaer bills: 1,000 read",
        "jaggaer bills: 2,000 read",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--month", "March"], "--month: 'March' is not a month"),
        (["--currency", "dollars"], "--currency: 'dollars' is not a currency"),
        (["--vendors", "--recheck"], "--recheck: documents alone are judged again, not vendors"),
    ],
    ids=["month", "currency", "vendors"],
)
def test_a_wrong_period_currency_or_choice_is_a_wrong_use(books: Desk, words: list[str], said: str) -> None:
    printed = books.run("reconcile", *words)

    assert printed.code == 2
    assert said in printed.err
