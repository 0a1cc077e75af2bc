"""Whoever may write to the tables and hide what is in the bucket, on real stores over an emulated AWS: each is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ml_connector.aws import keys
from ml_connector.aws.items import packed
from ml_connector.aws.rows import row_item
from ml_connector.domain.audit import AuditEvent, Step, entry_hash, header
from ml_connector.domain.connection import FlowSettings
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.auditing.faults import Kind
from tests.contract.ports.builders import ACME, a_first, a_next, a_record, a_row, an_event
from tests.contract.ports.test_seals import Stack, stack
from tests.fakes.clock import START

__all__ = ["stack"]


def hide_the_seals(stack: Stack) -> None:
    """Behind delete markers, and the note beside the trail with them."""
    bucket = stack.resources.seal_bucket
    for stored in stack.aws.s3.list_objects_v2(Bucket=bucket)["Contents"]:
        stack.aws.s3.delete_object(Bucket=bucket, Key=stored["Key"])
    stack.delete(stack.resources.audit_trail_table, keys.last_seal("acme"))


def put_entry(stack: Stack, sequence: int, previous: str, event: AuditEvent, state: State) -> str:
    """As an entry of ours stands there; answers its hash."""
    clear = canonical(header(a_record(), sequence, event, state))
    hashed = entry_hash(previous, clear, b"")
    item = packed({"clear": clear.decode(), "previous": previous, "hash": hashed})
    key = keys.entry(a_record(), sequence).item
    stack.aws.dynamodb.put_item(TableName=stack.resources.audit_trail_table, Item={**key, **item})
    return hashed


def rewrite_the_last_entry(stack: Stack) -> None:
    """With the day's index and the row made to fit."""
    event = AuditEvent(step=Step.RECEIVED, at=START, actor="ml-connector", text="rewritten")
    head = put_entry(stack, 2, stack.ports.ledger.trail(a_record())[0].hash, event, State.PLANNED)
    stack.aws.dynamodb.update_item(
        TableName=stack.resources.audit_trail_table,
        Key=keys.touched(a_record(), START).item,
        UpdateExpression="SET head = :head",
        ExpressionAttributeValues=packed({":head": head}),
    )
    row = stack.ports.ledger.get(a_record())
    assert row is not None
    item = row_item(replace(row, audit_head=head))
    stack.aws.dynamodb.put_item(TableName=stack.resources.cross_reference_table, Item=item)


def test_seals_hidden_by_delete_markers_and_made_again_over_another_history_are_told(stack: Stack) -> None:
    stack.hours(72)
    hide_the_seals(stack)
    rewrite_the_last_entry(stack)

    stack.seal()

    assert stack.faults() == [(Kind.SEALED_LATE, "seals/0000000001.jsonl")]


def test_an_entry_put_under_an_old_date_stays_told_when_the_product_has_gone_on_from_it(stack: Stack) -> None:
    stack.hours(72)
    row = stack.ports.ledger.get(a_record())
    assert row is not None
    event = AuditEvent(step=Step.RELEASED, at=START + timedelta(minutes=1), actor="anna", text="approved by anna")
    put_entry(stack, 3, row.audit_head, event, State.PLANNED)

    stack.ports.ledger.commit(a_next(row, events=(an_event("ours", at=stack.clock.now()),)))
    stack.hours(24)

    assert stack.faults() == [(Kind.ENTRY_BACKDATED, str(a_record()))]


def change_beside(stack: Stack, record: RecordId, how: str, **values: str | int) -> None:
    """Of the row's item, and not in its body."""
    names = {f"#{name}": name for name in ("state", "open_work", "period", "version", "amount") if f"#{name}" in how}
    stack.aws.dynamodb.update_item(
        TableName=stack.resources.cross_reference_table,
        Key=keys.row(record).item,
        UpdateExpression=how,
        ExpressionAttributeNames=names,
        **(
            {"ExpressionAttributeValues": packed({f":{name}": value for name, value in values.items()})}
            if values
            else {}
        ),
    )


def a_held_row(stack: Stack) -> RecordId:
    stack.ports.connections.save_flow(FlowSettings(id=ACME))
    row = a_row(
        a_record("h"), state=State.HELD, month="2026-03", amount=Money(Decimal("500.00"), "USD"), number="INV-1"
    )
    stack.ports.ledger.commit(a_first(row, events=(an_event("held", at=stack.clock.now()),)))
    stack.hours(2)
    return row.record


def test_a_row_as_it_was_written_says_what_is_stored_beside_it(stack: Stack) -> None:
    a_held_row(stack)

    assert stack.faults() == []


@pytest.mark.parametrize(
    ("how", "values"),
    [
        ("SET #state = :state REMOVE #open_work", {"state": "posted"}),
        ("REMOVE #open_work", {}),
        ("REMOVE #period", {}),
        ("SET #period = :period", {"period": "elsewhere"}),
        ("SET #version = :version", {"version": 7}),
        ("SET #amount = :amount", {"amount": 5}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_lists_and_counts_read_of_a_row_cannot_be_changed_unseen(
    stack: Stack, how: str, values: dict[str, str | int]
) -> None:
    record = a_held_row(stack)

    change_beside(stack, record, how, **values)

    assert stack.faults() == [(Kind.ROW_DIFFERS, str(record))]


def test_a_row_whose_body_is_none_is_told_and_the_rest_is_exported(stack: Stack) -> None:
    record = a_held_row(stack)
    stack.aws.dynamodb.update_item(
        TableName=stack.resources.cross_reference_table,
        Key=keys.row(record).item,
        UpdateExpression="SET body = :body",
        ExpressionAttributeValues=packed({":body": "[" * 100_000}),
    )

    assert set(stack.faults()) == {(Kind.ROW_DIFFERS, str(record))}


@pytest.mark.parametrize("sequence", [10**19, "three", None], ids=str)
def test_an_item_of_the_days_index_that_is_none_ends_neither_sealing_nor_verifying(
    stack: Stack, sequence: int | str | None
) -> None:
    item = {**keys.touched(a_record(), stack.clock.now()).item, **packed({"sequence": sequence, "at": "yesterday"})}
    stack.aws.dynamodb.put_item(TableName=stack.resources.audit_trail_table, Item=item)

    stack.hours(24)

    assert stack.faults() == []


@pytest.mark.parametrize("sk", ["9999999999", "beside"])
def test_an_item_among_the_entries_that_is_none_is_told(stack: Stack, sk: str) -> None:
    item = {**keys.entry(a_record(), 1).item, **packed({"sk": sk, "text": "nothing of an entry"})}
    stack.aws.dynamodb.put_item(TableName=stack.resources.audit_trail_table, Item=item)

    kinds = [kind for kind, _ in stack.faults()]

    assert Kind.UNREADABLE in kinds
    assert len(kinds) < 5
