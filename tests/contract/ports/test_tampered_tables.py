"""Whoever may write to the tables and hide what is in the bucket, on real stores over an emulated AWS: each is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ml_connector.aws import keys
from ml_connector.aws.items import packed
from ml_connector.aws.rows import row_item
from ml_connector.domain.audit import AuditEvent, Step, entry_hash, header
from ml_connector.domain.crossreference import State
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.auditing.faults import Kind
from tests.contract.ports.builders import a_next, a_record, an_event
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
