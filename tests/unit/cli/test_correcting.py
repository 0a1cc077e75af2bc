"""`rollback`, `replay`, `resolve` and `holds set-aside`."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.bill import BillStatus, BillType
from tests.builders import a_bill
from tests.invoices import INVOICES, InvoiceWorld
from tests.simulation.correcting import MARCH_RUN, a_month_posted
from tests.unit.cli.desk import Desk

ROLLBACK = """\
WOULD   NUMBER      AMOUNT  TARGET  BECAUSE
void    INV-1   100.00 USD  F1      -
refuse  INV-2   200.00 USD  F2      it is paid in the target, so it was left alone: settle the void by hand

1 record would be rolled back: 100.00 USD. Nothing was written.

Next: the same again with --yes and --reason <why>
"""


@pytest.fixture
def world() -> InvoiceWorld:
    """Two bills of the run of March; the second is paid."""
    made = a_month_posted(2)
    made.target_has(replace(made.standing[1], status=BillStatus.PAID))
    return made


@pytest.fixture
def books(desk: Desk, world: InvoiceWorld) -> Desk:
    services = world.world.services
    desk.services = SimpleNamespace(  # type: ignore[assignment]
        ports=services.ports, catalog=services.catalog, systems=services.systems, releaser=services.releaser
    )
    return desk


def test_a_rollback_shows_its_plan_and_does_nothing(books: Desk, world: InvoiceWorld) -> None:
    printed = books.run("rollback", "--run", MARCH_RUN)

    assert (printed.code, printed.out) == (0, ROLLBACK)
    assert world.actions == ["create", "create"]


def test_a_rollback_is_done_on_a_persons_yes_and_tells_what_was_refused(books: Desk, world: InvoiceWorld) -> None:
    printed = books.run("rollback", "--flow", INVOICES, "--yes", "--reason", "wrong business")
    world.settle()

    assert (printed.code, world.numbers) == (1, ["INV-2"])
    assert "1 record on the way back: 100.00 USD." in printed.out
    assert "it is paid in the target" in printed.out


def test_a_rollback_as_json_tells_each_record_and_the_totals(books: Desk) -> None:
    data = books.run("rollback", "--flow", INVOICES, "--json").data

    assert (data["done"], data["totals"]) == (False, {"void": 1, "refuse": 1})
    assert [(one["number"], one["undo"], one["target_id"]) for one in data["records"]] == [
        ("INV-1", "void", "F1"),
        ("INV-2", "refuse", "F2"),
    ]


def test_one_record_is_rolled_back_by_its_number(books: Desk, world: InvoiceWorld) -> None:
    printed = books.run("rollback", "INV-1", "--yes", "--reason", "entered twice")
    world.settle()

    assert (printed.code, world.state("1"), world.numbers) == (0, State.REVERSED, ["INV-2"])


def test_only_documents_of_the_month_are_rolled_back(books: Desk) -> None:
    assert books.run("rollback", "--flow", INVOICES, "--month", "2025-12").out == (
        "Nothing of ours fits: nothing would be rolled back.\n"
    )


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["rollback"], "say what: a record's number, --flow, or --run"),
        (["replay"], "say what: a record's number, --flow"),
        (["rollback", "INV-1", "--flow", INVOICES], "not both"),
        (["rollback", "INV-1", "--yes"], "--reason: say why"),
        (["rollback", "--flow", INVOICES, "--month", "March"], "is not a month"),
        (["holds", "set-aside", "INV-1"], "say why with --reason"),
        (["holds", "set-aside", "INV-1", "--reason", "x"], "it is posted"),
        (["resolve", "INV-1", "--take", "source"], "--take source is for records held as"),
    ],
    ids=["nothing", "nothing to replay", "both", "no reason", "no month", "no why", "posted", "no conflict"],
)
def test_what_cannot_be_meant_is_a_wrong_use_that_says_so(books: Desk, argv: list[str], said: str) -> None:
    printed = books.run(*argv)

    assert printed.code == 2
    assert said in printed.err


def test_a_record_that_nobody_knows_is_not_found(books: Desk) -> None:
    assert books.run("rollback", "INV-77").code == 3


def test_a_replay_shows_first_and_then_brings_back_what_was_rolled_back(books: Desk, world: InvoiceWorld) -> None:
    books.run("rollback", "INV-1", "--yes", "--reason", "entered twice")
    world.settle()

    shown = books.run("replay", "--flow", INVOICES)
    assert world.numbers == ["INV-2"]
    done = books.run("replay", "--flow", INVOICES, "--yes", "--json")
    world.settle()

    assert "create  INV-1   100.00 USD" in shown.out
    assert (done.data["sent"], sorted(world.numbers)) == (1, ["INV-1", "INV-2"])


def test_a_replay_that_would_change_nothing_says_so(books: Desk) -> None:
    assert books.run("replay", "--flow", INVOICES).out == "A replay would change nothing.\n"


def test_a_conflict_is_settled_for_one_record(books: Desk, world: InvoiceWorld) -> None:
    world.target_has(replace(world.standing[0], due_on=None))
    world.source_has(a_bill("1", total="120.00"))
    world.poll()

    printed = books.run("resolve", "INV-1", "--take", "source")
    world.settle()

    assert "The source's values are on their way to the target." in printed.out
    assert (world.state("1"), str(world.bills[0][1])) == (State.POSTED, "120.00 USD")


def test_a_hold_is_put_aside(books: Desk, world: InvoiceWorld) -> None:
    world.source_has(a_bill("3", type=BillType.CREDIT))
    world.poll()

    data = books.run("holds", "set-aside", "INV-3", "--reason", "entered by hand", "--json").data

    assert data["state"] == "skipped"
    assert books.run("holds").out == "Nothing is held.\n"


def test_a_paused_flow_keeps_a_rollback_waiting_and_that_is_said(books: Desk, world: InvoiceWorld) -> None:
    settings = world.fakes.connections.flow(world.invoices)
    world.fakes.connections.save_flow(replace(settings, paused=True))

    printed = books.run("rollback", "INV-1", "--yes", "--reason", "entered twice")

    assert f"Flow {INVOICES} is paused: it waits until ml-connector resume {INVOICES}" in printed.out


def test_a_records_story_names_the_run_that_wrote_it_for_a_rollback(books: Desk) -> None:
    assert f"run {MARCH_RUN}" in books.run("record", "INV-1").out
