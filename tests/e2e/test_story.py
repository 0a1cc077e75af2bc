"""The customer's story on the deployed stack: approved in JAGGAER, a bill in FreshBooks, once, whatever happens."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from ml_connector.aws import keys
from tests.e2e.conftest import EVERY_MINUTE, INVOICES, SUPPLIERS, Installation, wait
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jaggaer.invented import EXPECTED
from tests.simulators.serving import Request

SUPPLIERS_RUN = EVERY_MINUTE
TROUBLE = (
    Fault.LOSE_ANSWER,
    Fault.BREAK,
    Fault.BREAK_AFTER,
    Fault.LOSE_REQUEST,
    Fault.GARBLE,
    Fault.STALE_TOKEN,
    Fault.REFUSE,
)


@pytest.fixture(scope="module")
def story(installation: Installation) -> Installation:
    """The first cycle has run: suppliers, then invoices."""
    installation.run(SUPPLIERS)
    installation.run(INVOICES)
    return installation


@pytest.fixture(scope="module")
def newcomer(story: Installation) -> str:
    """The number of a supplier for whom nobody runs anything."""
    story.jaggaer.add_supplier(number="909191", name="Of The Clock Ltd")
    return "909191"


def sums(bills: list[dict[str, Any]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for bill in bills:
        amount, currency = bill["amount"]["amount"], bill["amount"]["code"]
        found[currency] = found.get(currency, Decimal(0)) + Decimal(amount)
    return found


def posted(installation: Installation) -> dict[str, Decimal]:
    """What the API says was posted, by currency."""
    [flow] = [each for each in installation.get("states") if each["flow"]["flow"] == INVOICES]
    [amounts] = [state["amounts"] for state in flow["states"] if state["state"] == "posted"]
    return {money["currency"]: Decimal(money["amount"]) for money in amounts}


# the first day


def test_every_invoice_is_in_one_state_and_the_states_add_up(story: Installation) -> None:
    told = story.lab.shown("states")

    assert story.states(INVOICES) == {"posted": 45, "held": 13, "skipped": 6}
    assert sum(story.states(INVOICES).values()) == len(story.jaggaer.invoices) == 64
    assert told["adds_up"] is True


def test_what_was_posted_is_what_freshbooks_lists_itself(story: Installation) -> None:
    assert posted(story) == sums(story.freshbooks.bills)
    assert len(story.freshbooks.bills) == story.states(INVOICES)["posted"]


def test_suppliers_are_vendors_before_their_invoices_need_them(story: Installation) -> None:
    events = [event for event, _ in story.freshbooks.books.events if event.endswith(".create")]

    vendors = events.count("bill_vendor.create")

    assert story.states(SUPPLIERS) == {"posted": 14, "held": 2, "skipped": 1}
    assert events[:vendors] == ["bill_vendor.create"] * 14


def test_a_second_full_run_writes_nothing(story: Installation) -> None:
    written = len(story.freshbooks.writes)

    story.run(SUPPLIERS, full=True)
    story.run(INVOICES, full=True)

    assert story.freshbooks.writes[written:] == []


@pytest.mark.parametrize("number", ["2026/4039", "I00003"], ids=["supplier's number", "JAGGAER's number"])
def test_a_document_is_found_by_either_number(story: Installation, number: str) -> None:
    [found] = story.lab.shown("record", number)["records"]

    assert (found["state"], found["number"], found["other_number"]) == ("posted", "2026/4039", "I00003")
    assert found["target"]["id"] in {str(bill["id"]) for bill in story.bills("2026/4039")}


def test_a_report_of_holds_names_the_reason_of_each(story: Installation) -> None:
    reasons = Counter(reason["code"] for held in story.lab.shown("holds")["records"] for reason in held["reasons"])

    assert reasons >= Counter(credit_memo=4, account_missing=3, vendor_missing=4, vendor_namesakes=2)


# holds


def test_a_hold_cured_by_a_mapping_releases_itself(story: Installation) -> None:
    before = story.states(INVOICES)

    story.lab.cli("map", "account", "299999", "Other Expenses", "--connection", "freshbooks")

    wait(lambda: story.states(INVOICES)["posted"] == before["posted"] + 2)
    assert story.states(INVOICES)["held"] == before["held"] - 2
    assert posted(story) == sums(story.freshbooks.bills)


def test_a_vendor_added_in_jaggaer_later_releases_its_invoice(story: Installation) -> None:
    story.add_invoice("LATE-1", supplier="909090", supplier_name="Latecomer Ltd")
    story.run(INVOICES)
    before = story.state("LATE-1")

    story.jaggaer.add_supplier(number="909090", name="Latecomer Ltd")
    story.run(SUPPLIERS)

    story.comes_to("LATE-1", "posted")
    assert before == "held"
    assert len(story.bills("LATE-1")) == 1


# after posting


def test_an_invoice_changed_after_posting_changes_its_bill(story: Installation) -> None:
    invoice_id = story.add_invoice("CHANGED-1")
    story.run(INVOICES)
    [before] = story.bills("CHANGED-1")

    line = {"description": "More of it", "quantity": 1, "unitPrice": "150.00", "account": "600200"}
    story.jaggaer.edit_invoice(invoice_id, lines=[line])
    story.run(INVOICES)

    [after] = story.bills("CHANGED-1")
    assert (after["id"], after["amount"]["amount"]) == (before["id"], "150.00")
    assert story.state("CHANGED-1") == "posted"


def test_an_invoice_cancelled_after_posting_voids_its_bill(story: Installation) -> None:
    invoice_id = story.add_invoice("CANCELLED-1")
    story.run(INVOICES)
    posted_once = len(story.bills("CANCELLED-1"))

    story.jaggaer.cancel_invoice(invoice_id)
    story.run(INVOICES)

    assert (posted_once, story.bills("CANCELLED-1")) == (1, [])
    assert story.state("CANCELLED-1") == "reversed"


def test_a_bill_paid_in_freshbooks_is_left_alone_and_the_change_held(story: Installation) -> None:
    invoice_id = story.add_invoice("PAID-1")
    story.run(INVOICES)
    [bill] = story.bills("PAID-1")

    story.freshbooks.pay_bill(bill["id"], "120.00")
    story.jaggaer.edit_invoice(invoice_id, terms="Net 60", dueDate=datetime(2027, 1, 1, tzinfo=UTC).date())
    story.run(INVOICES)

    found = story.record("PAID-1")
    assert (found["state"], [reason["code"] for reason in found["reasons"]]) == ("held", ["target_paid"])
    assert [one["due_date"] for one in story.bills("PAID-1")] == [bill["due_date"]]


# troubles


def is_new_bill(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/bills/bills")


@pytest.mark.usefixtures("newcomer")  # whose schedule comes round meanwhile
def test_a_bill_that_a_person_changed_waits_once_the_lists_are_compared_and_goes_back_on_a_word(
    story: Installation,
) -> None:
    story.add_invoice("CHANGED-THERE-1")
    story.run(INVOICES)
    [bill] = story.bills("CHANGED-THERE-1")
    story.freshbooks.edit_bill(bill["id"], bill_number="RETYPED-1")

    compared = story.lab.cli("reconcile", INVOICES, "--recheck", check=False)
    story.comes_to("CHANGED-THERE-1", "held")
    story.lab.cli("resolve", "CHANGED-THERE-1", "--take", "source")
    story.comes_to("CHANGED-THERE-1", "posted")

    assert (compared.returncode, "1 record will be judged again" in compared.stdout) == (1, True)
    assert [each["id"] for each in story.bills("CHANGED-THERE-1")] == [bill["id"]]


def test_lost_answers_refusals_and_outages_end_with_exactly_one_bill_each(story: Installation) -> None:
    numbers = [f"TROUBLE-{fault.replace(' ', '-')}" for fault in TROUBLE]
    _add_all(story, numbers)
    story.freshbooks.faults = FaultPlan(TROUBLE, only=is_new_bill)

    story.run(INVOICES)

    assert story.freshbooks.faults.left == 0
    assert {number: len(story.bills(number)) for number in numbers} == dict.fromkeys(numbers, 1)
    assert {story.state(number) for number in numbers} == {"posted"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the worker's process is found in /proc")
def test_a_worker_killed_in_mid_send_leaves_exactly_one_bill(story: Installation) -> None:
    invoice_id = story.add_invoice("KILLED-1")
    story.gate.shut()
    story.start(INVOICES)
    assert story.gate.reached.wait(timeout=60)

    kill_workers(story.lab.stack, "PostingWorkerFunction")
    story.gate.open()
    let_the_lease_end(story, invoice_id)
    story.upkeep()

    story.comes_to("KILLED-1", "posted")
    assert story.record("KILLED-1")["target"]["origin"] == "recovered"
    assert len(story.bills("KILLED-1")) == 1


# by itself


def test_a_scheduled_run_fires_by_itself(story: Installation, newcomer: str) -> None:
    wait(lambda: story.known(newcomer) and story.state(newcomer) == "posted", seconds=120)

    assert "Of The Clock Ltd" in {vendor["vendor_name"] for vendor in story.freshbooks.vendors}


def test_in_the_end_all_adds_up_and_nothing_is_there_twice(story: Installation) -> None:
    numbers = Counter((bill["vendorid"], bill["bill_number"]) for bill in story.freshbooks.bills)

    assert posted(story) | {"USD": Decimal(0)} == sums(_posted_bills(story)) | {"USD": Decimal(0)}
    assert set(numbers.values()) == {1}
    assert story.lab.shown("states")["adds_up"] is True
    assert story.states(INVOICES)["skipped"] == len(EXPECTED["pending"]) + len(EXPECTED["in_process"])


def _posted_bills(story: Installation) -> list[dict[str, Any]]:
    """All but the one whose invoice is held, since it was paid before it changed."""
    return [bill for bill in story.freshbooks.bills if bill["bill_number"] != "PAID-1"]


def _add_all(story: Installation, numbers: list[str]) -> None:
    for number in numbers:
        story.add_invoice(number)


def kill_workers(stack: Stack, function: str) -> None:
    """As the kernel does where memory runs out: no goodbye. Only this stack's own processes of this function."""
    ours = f"AWS_ENDPOINT_URL={stack.environment['AWS_ENDPOINT_URL']}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, variables = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:  # it has ended by now, or is nobody's to look at
            continue
        if function.encode() in command and ours in variables.split(b"\0"):
            os.kill(int(process.name), signal.SIGKILL)


def let_the_lease_end(story: Installation, invoice_id: int) -> None:
    """The dead worker's lease, ten minutes on: what would have to be waited for otherwise."""
    table, key = story.lab.stack.outputs["CrossReferenceTable"], keys.row(story.record_of(invoice_id)).item
    dynamodb = story.lab.stack.client("dynamodb")
    body = json.loads(dynamodb.get_item(TableName=table, Key=key)["Item"]["body"]["S"])
    assert body["state"] == "posting"
    past = (datetime.now(UTC) - timedelta(minutes=10)).isoformat(timespec="microseconds")
    body["in_flight"]["lease_until"] = body["due_at"] = past
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET body = :body, due_at = :past",
        ExpressionAttributeValues={":body": {"S": json.dumps(body)}, ":past": {"S": past}},
    )
