"""Two tenants on one stack, alike in every name and id: what one is shown is never the other's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from local.stack import Stack
from tests.e2e.conftest import INVOICES, SUPPLIER, SUPPLIERS, Installation, installed, messages_in, wait

SAME, HELD, ONLY_NORTH = "SAME-1", "HELD-1", "ONLY-NORTH-1"
COMMANDS = [
    *("connections", "ping", "flows", "changes", "expiries", "registrations", "documents"),
    *("holds", "states", "work", "mappings", "check-mappings", "export-mappings"),
    *(f"plan {INVOICES}", f"plan {SUPPLIERS}", "reconcile", "reconcile --vendors"),
]
"""What only looks."""
UNMAPPED = {"description": "Plaque", "quantity": 1, "unitPrice": "9.00", "account": "299999"}


@dataclass(frozen=True, kw_only=True)
class Two:
    north: Installation
    south: Installation


@pytest.fixture(scope="module")
def two(deployed: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Both have an invoice of the same number and id, and one that waits for the same account; north has one more."""
    with ExitStack() as stack:
        north, south = (
            stack.enter_context(installed(deployed, tenant, tmp_path_factory.mktemp(tenant), invented=False))
            for tenant in ("north", "south")
        )
        for at, price in ((north, "111.00"), (south, "222.00")):
            at.add_invoice(SAME, price)
            at.add_invoice(HELD, lines=[UNMAPPED])
        north.add_invoice(ONLY_NORTH)
        for at in (north, south):
            at.run(SUPPLIERS)
            at.run(INVOICES)
        yield Two(north=north, south=south)


def test_both_really_have_the_same_names_and_ids(two: Two) -> None:
    north, south = (at.record(SAME) for at in (two.north, two.south))

    assert north["record"] | {"flow": north["record"]["flow"] | {"tenant": "south"}} == south["record"]
    assert north["target"]["id"] == south["target"]["id"]


@pytest.mark.parametrize(("tenant", "amount"), [("north", 111), ("south", 222)])
def test_the_same_number_shows_each_its_own_document(two: Two, tenant: str, amount: int) -> None:
    at: Installation = getattr(two, tenant)

    [by_command] = at.lab.shown("record", SAME)["records"]

    told = [each["amount"]["amount"] for each in (at.record(SAME), by_command, *at.bills(SAME))]
    assert [Decimal(text) for text in told] == [amount] * 3


def test_a_document_of_one_is_unknown_to_the_other(two: Two) -> None:
    done = two.south.lab.cli("record", ONLY_NORTH, check=False)

    assert (two.north.known(ONLY_NORTH), two.south.known(ONLY_NORTH)) == (True, False)
    assert (done.returncode, done.stdout) == (3, "")
    assert two.south.bills(ONLY_NORTH) == []


def test_a_whole_record_id_of_the_other_finds_nothing(two: Two) -> None:
    theirs = str(two.north.record_of(two.north.record(ONLY_NORTH)["record"]["external_id"]))

    done = two.south.lab.cli("record", theirs, check=False)

    assert done.returncode == 3
    assert not two.south.known(theirs.replace("/", "%2F"))
    assert two.north.known(theirs.replace("/", "%2F"))


@pytest.mark.parametrize("page", ["overview", "holds", "states", "work"])
def test_no_page_of_one_names_the_other(two: Two, page: str) -> None:
    north, south = (json.dumps(at.get(page)) for at in (two.north, two.south))

    assert "south" not in north
    assert "north" not in south


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_for_one_names_the_other(two: Two, command: str) -> None:
    done = two.south.lab.cli(*command.split(), check=False)

    assert done.returncode in (0, 1)
    assert "north" not in (done.stdout + done.stderr).lower()


def test_a_plan_of_one_is_not_the_others_to_apply(two: Two, tmp_path: Path) -> None:
    file = str(tmp_path / "plan.json")
    two.north.lab.cli("plan", INVOICES, "--out", file)

    done = two.south.lab.cli("apply", file, check=False)

    assert done.returncode == 3
    assert "another tenant" in done.stderr


def test_each_is_told_its_own_counts(two: Two) -> None:
    assert two.north.states(INVOICES) == {"posted": 2, "held": 1}
    assert two.south.states(INVOICES) == {"posted": 1, "held": 1}


def test_the_others_flow_cannot_be_run(two: Two) -> None:
    stack, theirs = two.south.lab.stack, str(two.north.flow(INVOICES))

    status, answer = stack.call("POST", "/api/south/runs", {"flow": theirs})

    assert (status, list(answer)) == (400, ["error"])
    assert two.south.lab.cli("run", theirs, check=False).returncode == 3


def test_a_mapping_of_one_releases_nothing_of_the_other(two: Two) -> None:
    two.north.lab.cli("map", "account", "299999", "Other Expenses", "--connection", "freshbooks")

    two.north.comes_to(HELD, "posted")
    two.south.run(INVOICES, full=True)

    assert two.south.state(HELD) == "held"
    assert two.south.bills(HELD) == []


def test_a_paused_connection_of_one_stops_nothing_of_the_other(two: Two) -> None:
    two.south.lab.cli("pause", "freshbooks")

    two.north.add_invoice("WHILE-SOUTH-RESTS-1")
    two.north.run(INVOICES)
    two.south.lab.cli("resume", "freshbooks")

    assert two.north.state("WHILE-SOUTH-RESTS-1") == "posted"


def test_a_dead_letter_of_one_is_not_the_others_to_send_back(two: Two) -> None:
    stack = two.north.lab.stack
    record = str(two.north.record_of(int(two.north.record(SAME)["record"]["external_id"])))
    dead = stack.outputs["PostingDeadLetterQueueUrl"]
    stack.client("sqs").purge_queue(QueueUrl=dead)

    stack.client("sqs").send_message(QueueUrl=dead, MessageBody=json.dumps({"record": record}))
    by_south, by_north = (at.lab.shown("redrive", "--queue", "posting") for at in (two.south, two.north))

    assert by_south["letters"] == []
    assert [letter["records"] for letter in by_north["letters"]] == [[record]]
    wait(lambda: messages_in(stack, "PostingDeadLetterQueueUrl") == 0)


def test_freshbooks_of_each_holds_its_own_vendor_and_nothing_else(two: Two) -> None:
    for_each = [[vendor["account_number"] for vendor in at.freshbooks.vendors] for at in (two.north, two.south)]

    assert for_each == [[SUPPLIER], [SUPPLIER]]
    assert two.north.freshbooks.account_id != two.south.freshbooks.account_id
