"""`plan` and `apply`."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.builders import a_bill, an_invoice_world
from tests.invoices import INVOICES, InvoiceWorld
from tests.mixed import keyed_by_hand
from tests.unit.cli.desk import Desk

PLAN = """\
jaggaer_invoice_to_freshbooks_bill (jaggaer -> freshbooks): nothing was written

WOULD   RECORDS
create        1
hold          1

WOULD   NUMBER      AMOUNT  TARGET  BECAUSE
create  INV-1   100.00 USD  -       -
hold    INV-2   100.00 USD  -       account 9 (Supplies) is not in FreshBooks and not mapped

Next: ml-connector apply plan.json
"""


@pytest.fixture
def world() -> InvoiceWorld:
    made = an_invoice_world()
    made.source_has(a_bill("1"), a_bill("2", account="9"))
    return made


@pytest.fixture
def books(desk: Desk, world: InvoiceWorld) -> Desk:
    services = world.world.services
    desk.services = SimpleNamespace(  # type: ignore[assignment]
        ports=services.ports, catalog=services.catalog, systems=services.systems
    )
    return desk


def test_a_plan_is_shown_and_written(books: Desk, world: InvoiceWorld) -> None:
    printed = books.run("plan", INVOICES, "--out", "plan.json")

    assert (printed.code, printed.out) == (0, PLAN)
    assert json.loads(books.terminal.files["plan.json"])["totals"] == {"create": 1, "hold": 1}
    assert world.actions == []


def test_a_plan_that_still_stands_is_carried_out(books: Desk, world: InvoiceWorld) -> None:
    books.run("plan", INVOICES, "--out", "plan.json")

    printed = books.run("apply", "plan.json")
    world.settle()

    assert (printed.code, world.numbers) == (0, ["INV-1"])
    assert "2 records on the way, 0 with nothing to do." in printed.out


def test_a_paused_flow_is_told_to_wait_until_it_is_resumed(books: Desk, world: InvoiceWorld) -> None:
    books.run("plan", INVOICES, "--out", "plan.json")
    connections = world.fakes.connections
    connections.save_flow(replace(connections.flow(world.invoices), paused=True))

    printed = books.run("apply", "plan.json")
    world.settle()

    assert (printed.code, world.numbers) == (0, [])
    assert f"Flow {INVOICES} is paused: it waits until ml-connector resume {INVOICES}" in printed.out


def test_what_changed_since_fails_and_is_listed(books: Desk, world: InvoiceWorld) -> None:
    books.run("plan", INVOICES, "--out", "plan.json")
    world.source_has(a_bill("1", total="120.00"))

    printed = books.run("apply", "plan.json")

    assert printed.code == 1
    assert "INV-1   it changed at the source" in printed.out


def test_a_bill_that_is_there_already_is_warned_of(books: Desk, world: InvoiceWorld) -> None:
    keyed_by_hand(world, "1")

    printed = books.run("plan", INVOICES)

    assert "the target has it already as HAND-1: set look_first" in printed.out
    assert "1 record with a warning: `apply` refuses these" in printed.out


def test_another_tenants_plan_is_refused(books: Desk) -> None:
    books.run("plan", INVOICES, "--out", "plan.json")
    text = books.terminal.files["plan.json"]
    books.terminal.files["plan.json"] = text.replace('"flow": "acme/', '"flow": "globex/')

    printed = books.run("apply", "plan.json")

    assert (printed.code, printed.err) == (3, "ml-connector: this plan is of another tenant than acme\n")


def test_another_file_is_a_wrong_use(books: Desk) -> None:
    books.terminal.files["plan.json"] = "{}"

    printed = books.run("apply", "plan.json")

    assert (printed.code, printed.err) == (2, "ml-connector: plan: it is not a plan as `plan --out` writes it\n")
