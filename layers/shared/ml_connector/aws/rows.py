"""A cross-reference as an item: its body as text, and beside it only what conditions and indexes read."""

from __future__ import annotations

import json
from typing import Any

from ml_connector.aws import keys
from ml_connector.aws.items import Item, iso, packed, unpacked
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.ports import Summary
from ml_connector.pipeline.ports_audit import StoredRow

_BODY = "body"
LONG_AGO = "0001-01-01T00:00:00.000000+00:00"


def row_item(row: CrossReference) -> Item:
    return {
        **keys.row(row.record).item,
        **packed({"body": canonical(encode(row)).decode(), "version": row.version, "write_id": row.write_id}),
        **packed(_summary(row)),
        **packed(_indexes(row)),
    }


def row_of(item: Item) -> CrossReference:
    row: CrossReference = decode(CrossReference, json.loads(unpacked(item)["body"]))
    return row


def stored_row(item: Item) -> StoredRow:
    """Lists, counts and conditions read what stands beside the body: all of that must be what the body says."""
    stored = unpacked(item)
    try:
        row = row_of(item)
        said = unpacked(row_item(row))
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return StoredRow(state="", sequence=0, head="", differs=(_BODY,))
    names = (stored.keys() | said.keys()) - {_BODY}
    differs = tuple(sorted(name for name in names if stored.get(name) != said.get(name)))
    return StoredRow(state=row.state.value, sequence=row.audit_sequence, head=row.audit_head, differs=differs)


def summary_of(item: Item) -> Summary:
    stored = unpacked(item)
    amount = Money(stored["amount"], stored["currency"]) if "amount" in stored else None
    return Summary(
        record=RecordId.parse(stored["record"]),
        state=State(stored["state"]),
        number=stored.get("number"),
        amount=amount,
    )


def _summary(row: CrossReference) -> dict[str, Any]:
    return {
        "record": str(row.record),
        "flow": keys.flow_text(row.record.flow),
        "state": row.state.value,
        "number": row.number,
        "amount": row.amount.amount if row.amount else None,
        "currency": row.amount.currency if row.amount else None,
    }


def _indexes(row: CrossReference) -> dict[str, Any]:
    """Final rows leave the open-work index; a row without a month never enters the other."""
    flow, shard = row.record.flow, keys.shard_of(row.record)
    due = row.due_at or row.state_since
    return {
        "open_work": keys.open_work(flow, row.state, shard) if row.is_open else None,
        "due_at": (iso(due) if due else LONG_AGO) if row.is_open else None,
        "period": keys.period(flow, row.month, shard) if row.month else None,
    }
