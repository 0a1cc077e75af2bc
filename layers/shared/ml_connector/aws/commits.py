"""A Change as one transaction: the row, its trail, its guards, causes and numbers, all or none.

At the row's own caps (20 reasons, so 20 causes before and after) it stays under DynamoDB's 100 parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ml_connector.aws import keys
from ml_connector.aws.items import Item, packed
from ml_connector.aws.keys import TableKey
from ml_connector.aws.resources import Resources
from ml_connector.aws.rows import row_item
from ml_connector.aws.trail import Anchor, Chained, chained, touched_item
from ml_connector.aws.vault import Vault
from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import CrossReference, Guard
from ml_connector.domain.identity import fingerprint
from ml_connector.domain.matching import normalised_number
from ml_connector.domain.records.record import canonical
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.ports import Change

MOST_CAUSES = 40
_OURS = "attribute_not_exists(pk) OR #owner = :owner"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the transaction; with the guard whose condition it carries."""

    write: Item
    guard: Guard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    row: CrossReference
    parts: tuple[Part, ...]


def commit_of(change: Change, resources: Resources, vault: Vault, anchor: Anchor | None = None) -> Commit:
    links = chained(change, vault, anchor)
    row = _next_row(change, links)
    parts = (
        _row_part(change, row, resources),
        *_trail_parts(change, links, resources),
        *_guard_parts(change, resources),
        *_beside(change, row, resources),
    )
    return Commit(row=row, parts=parts)


def write_id_of(change: Change) -> str:
    """The caller's, where it set a new one; else a hash of the whole change."""
    before = change.before.write_id if change.before else ""
    if change.after.write_id not in ("", before):
        return change.after.write_id
    version = str(change.before.version if change.before else 0)
    return fingerprint(version, canonical(encode(change)).decode())


def _next_row(change: Change, links: Chained) -> CrossReference:
    version = (change.before.version if change.before else 0) + 1
    return replace(
        change.after,
        version=version,
        write_id=write_id_of(change),
        audit_sequence=links.sequence,
        audit_head=links.head,
    )


def _row_part(change: Change, row: CrossReference, resources: Resources) -> Part:
    put: Item = {"TableName": resources.cross_reference_table, "Item": row_item(row)}
    if change.before is None:
        return Part({"Put": {**put, "ConditionExpression": "attribute_not_exists(pk)"}})
    condition = {
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": packed({":version": change.before.version}),
    }
    return Part({"Put": {**put, **condition}})


def _trail_parts(change: Change, links: Chained, resources: Resources) -> list[Part]:
    table = {"TableName": resources.audit_trail_table}
    parts = [
        Part({"Put": {**table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}})
        for item in links.items
    ]
    return [*parts, Part({"Put": {**table, "Item": touched_item(change, links)}})] if parts else []


def _guard_parts(change: Change, resources: Resources) -> list[Part]:
    """A guard that is taken and released at once stays taken."""
    taken = {keys.guard(guard): guard for guard in change.take}
    released = {keys.guard(guard): guard for guard in change.release if keys.guard(guard) not in taken}
    puts = [Part({"Put": _owned(guard, key, resources, put=True)}, guard) for key, guard in taken.items()]
    return puts + [Part({"Delete": _owned(guard, key, resources, put=False)}, guard) for key, guard in released.items()]


def _owned(guard: Guard, key: TableKey, resources: Resources, *, put: bool) -> Item:
    what = {"Item": {**key.item, **packed({"owner": guard.owner})}} if put else {"Key": key.item}
    return {
        "TableName": resources.cross_reference_table,
        **what,
        "ConditionExpression": _OURS,
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": packed({":owner": guard.owner}),
    }


def _beside(change: Change, row: CrossReference, resources: Resources) -> list[Part]:
    """Cause items, number items and made items: what changed of them."""
    table = resources.cross_reference_table
    old_causes, new_causes = _causes(change.before), _causes(row)
    old_numbers, new_numbers = _numbers(change.before), _numbers(row)
    puts = [_cause_item(row, cause) for cause in sorted(new_causes - old_causes, key=keys.cause_part)]
    puts += [keys.number(row.record, text).item for text in sorted(new_numbers - old_numbers)]
    puts += [*_made_items(change).values()]
    gone = [keys.waiting(row.record, cause) for cause in sorted(old_causes - new_causes, key=keys.cause_part)]
    gone += [keys.number(row.record, text) for text in sorted(old_numbers - new_numbers)]
    return [Part({"Put": {"TableName": table, "Item": item}}) for item in puts] + [
        Part({"Delete": {"TableName": table, "Key": key.item}}) for key in gone
    ]


def _causes(row: CrossReference | None) -> frozenset[Cause]:
    return frozenset(sorted(row.causes, key=keys.cause_part)[:MOST_CAUSES]) if row else frozenset()


def _cause_item(row: CrossReference, cause: Cause) -> Item:
    attributes = {"kind": cause.kind.value, "code": cause.code, "name": cause.name, "record": str(row.record)}
    return {**keys.waiting(row.record, cause).item, **packed(attributes)}


def _numbers(row: CrossReference | None) -> set[str]:
    """Its own on both sides, and those of what it names: whoever has one of them is asked for by it."""
    texts = (row.number, row.other_number, *(one.number for one in row.mentions)) if row else ()
    return {normalised_number(text) for text in texts if text and normalised_number(text)}


def _made_items(change: Change) -> dict[TableKey, Item]:
    """The last one counts, should a change name one code twice."""
    found = {keys.made(made.connection, made.kind, made.code): made for made in change.made}
    return {key: {**key.item, **packed({"code": made.code, "target": made.target_id})} for key, made in found.items()}
