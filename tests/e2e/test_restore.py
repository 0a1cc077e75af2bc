"""The cross-reference table is lost and the watermarks are at zero: a rerun finds every bill again, and makes none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.stack import Stack
from ml_connector.aws import keys
from ml_connector.aws.epochs import MARKER
from ml_connector.aws.items import packed
from ml_connector.aws.ledger import DynamoLedger
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import RecordId
from tests.e2e.conftest import INVOICES, SUPPLIERS, Installation
from tests.simulators.jaggaer.invented import EXPECTED

TABLES = ("ConnectionTable", "CrossReferenceTable")


@dataclass(frozen=True, kw_only=True)
class Before:
    """How things stood when the table was lost."""

    at: Installation
    states: dict[str, int]
    bills: list[dict[str, Any]]
    writes: int
    entries: dict[RecordId, int]
    approved_since: int


@pytest.fixture(scope="module")
def restored(installation: Installation) -> Iterator[Before]:
    """A full cycle, the loss, one invoice approved meanwhile, and the cycle that follows."""
    installation.run(SUPPLIERS)
    installation.run(INVOICES)
    ledger = ledger_of(installation)
    pending = min(EXPECTED["pending"])
    before = Before(
        at=installation,
        states=installation.states(INVOICES),
        bills=installation.freshbooks.bills,
        writes=len(installation.freshbooks.writes),
        entries={record: len(ledger.trail(record)) for record in records(installation)},
        approved_since=pending,
    )
    empty(installation.lab.stack, "CrossReferenceTable")
    for flow in (SUPPLIERS, INVOICES):
        installation.lab.cli("reset-watermark", flow)
    installation.jaggaer.approve_invoice(pending)
    for flow in (SUPPLIERS, INVOICES):
        installation.run(flow)
    yield before
    _first_epoch(installation.lab.stack)


def test_no_bill_is_made_a_second_time(restored: Before) -> None:
    new = {bill["id"] for bill in restored.at.freshbooks.bills} - {bill["id"] for bill in restored.bills}

    assert [bill for bill in restored.at.freshbooks.bills if bill["id"] not in new] == restored.bills
    assert len(new) == 1
    assert [method for method, _ in restored.at.freshbooks.writes[restored.writes :]] == ["POST"]


def test_what_was_approved_meanwhile_is_looked_for_and_then_posted_once(restored: Before) -> None:
    row = row_of(restored.at, restored.approved_since)

    assert row.confirmed is not None
    assert row.confirmed.origin == "created"
    assert restored.at.states(INVOICES)["posted"] == restored.states["posted"] + 1


def test_every_bill_is_known_again_as_our_own(restored: Before) -> None:
    rows = [row_of(restored.at, invoice_id) for invoice_id in sorted(EXPECTED["payable_completed"])]

    found = {row.confirmed.target_id: row.confirmed.origin for row in rows if row.confirmed}

    assert found == {str(bill["id"]): "recovered" for bill in restored.bills}


def test_every_record_is_in_a_state_again_and_they_add_up(restored: Before) -> None:
    states = restored.at.states(INVOICES)

    assert states == restored.states | {"posted": 46, "skipped": 5}
    assert restored.at.lab.shown("states")["adds_up"] is True


def test_the_audit_trail_goes_on_where_it_stood(restored: Before) -> None:
    ledger = ledger_of(restored.at)

    assert [fault for record in restored.entries for fault in ledger.broken_links(record)] == []
    assert all(len(ledger.trail(record)) > entries for record, entries in restored.entries.items())


def ledger_of(at: Installation) -> DynamoLedger:
    ledger = at.services.ports.ledger
    assert isinstance(ledger, DynamoLedger)
    return ledger


def row_of(at: Installation, invoice_id: int) -> CrossReference:
    row = ledger_of(at).get(at.record_of(invoice_id))
    assert row is not None
    return row


def records(at: Installation) -> list[RecordId]:
    return [at.record_of(invoice["header"]["invoiceId"]) for invoice in at.jaggaer.invoices]


def empty(stack: Stack, table: str) -> None:
    """Every item of every tenant, the epoch with them."""
    dynamodb, name = stack.client("dynamodb"), stack.outputs[table]
    for page in dynamodb.get_paginator("scan").paginate(TableName=name):
        for item in page["Items"]:
            dynamodb.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})


def _first_epoch(stack: Stack) -> None:
    """As though nothing had been lost: other files' creates need not look first on account of this one."""
    for table in TABLES:
        item = {**keys.EPOCH.item, **packed({"epoch": 1})}
        stack.client("dynamodb").put_item(TableName=stack.outputs[table], Item=item)
    marker = json.dumps({"number": 1}).encode()
    stack.client("s3").put_object(Bucket=stack.outputs["PayloadBucket"], Key=MARKER, Body=marker)
