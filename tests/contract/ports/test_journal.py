"""The journal of people's changes, over the fake and over the real adapter."""

from __future__ import annotations

import pytest

from ml_connector.aws import keys
from ml_connector.aws.journal import DynamoJournal
from ml_connector.domain.audit import Step
from ml_connector.domain.journal import Entry, broken_entry
from ml_connector.pipeline.ports import Ports
from tests.contract.ports.builders import ACME, GLOBEX
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import emulated_harness
from tests.fakes.clock import START


def told(ports: Ports, *texts: str) -> list[Entry]:
    for text in texts:
        ports.journal.append(ACME, Step.RESCHEDULED, text, actor="ann", at=START)
    return list(ports.journal.entries(ACME.tenant))


def test_what_was_changed_is_told_in_order_with_who_and_when(ports: Ports) -> None:
    before = len(ports.journal.entries(ACME.tenant))

    entries = told(ports, "first", "second")[before:]

    assert [(one.text, one.actor, one.at, one.subject) for one in entries] == [
        ("first", "ann", START, str(ACME)),
        ("second", "ann", START, str(ACME)),
    ]
    assert broken_entry(ports.journal.entries(ACME.tenant)) is None


def test_a_tenant_sees_its_own_journal_alone(ports: Ports) -> None:
    told(ports, "ours")
    ports.journal.append(GLOBEX.source_connection, Step.PAUSED, "theirs", actor="bob", at=START)

    assert "theirs" not in {one.text for one in ports.journal.entries(ACME.tenant)}
    assert {one.text for one in ports.journal.entries(GLOBEX.tenant)} == {"theirs"}


def test_two_who_write_at_once_make_one_chain(aws: Emulated) -> None:
    harness = emulated_harness(aws)
    told(harness.ports, "mine")
    told(harness.other, "yours")
    entries = told(harness.ports, "mine again")

    assert [one.sequence for one in entries] == list(range(1, len(entries) + 1))
    assert broken_entry(entries) is None


@pytest.mark.parametrize("attribute", ["clear", "previous"])
def test_an_entry_that_was_changed_is_found(aws: Emulated, attribute: str) -> None:
    resources = aws.resources()
    journal, table = DynamoJournal(aws.dynamodb, resources), resources.audit_trail_table
    for text in ("one", "two", "three"):
        journal.append(ACME, Step.RESCHEDULED, text, actor="ann", at=START)
    key = keys.journal_entry(ACME.tenant, 2).item
    stored = aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    changed = stored[attribute]["S"].replace("ann", "bob") if attribute == "clear" else "0" * 64

    aws.dynamodb.put_item(TableName=table, Item={**stored, attribute: {"S": changed}})

    assert broken_entry(journal.entries(ACME.tenant)) == 2


def test_an_entry_that_was_removed_is_found(ports: Ports) -> None:
    entries = told(ports, "one", "two", "three")

    assert broken_entry([*entries[:-2], entries[-1]]) == len(entries) - 1
