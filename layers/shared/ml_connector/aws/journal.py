"""A tenant's journal in AuditTrailTable: one item an entry, in one chain, appended by condition and never edited."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import last_of, query_all
from ml_connector.aws.faults import code_of
from ml_connector.aws.items import Item, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.audit import Step
from ml_connector.domain.errors import TransientError
from ml_connector.domain.journal import Entry, Subject, following
from ml_connector.domain.records.record import canonical

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_TRIES = 8


class DynamoJournal:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.audit_trail_table

    def append(self, subject: Subject, step: Step, text: str, *, actor: str, at: datetime) -> None:
        """Whoever comes second reads again, and follows. Raises: TransientError."""
        wanted: Entry | None = None
        for _ in range(_TRIES):
            last = self._last(subject.tenant)
            if wanted is not None and last == wanted:
                return  # written, and the answer was lost
            wanted = following(last, subject, step, text, actor=actor, at=at)
            if self._put(subject.tenant, wanted):
                return
        raise TransientError("the journal is written too often", system="aws", operation="append")

    def entries(self, tenant: str) -> list[Entry]:
        return [_entry_of(item) for item in query_all(self._dynamodb, self._table, keys.journal(tenant))]

    def _put(self, tenant: str, entry: Entry) -> bool:
        clear = canonical(entry.clear).decode()
        attributes = packed({"clear": clear, "previous": entry.previous, "hash": entry.hash})
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**keys.journal_entry(tenant, entry.sequence).item, **attributes},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _last(self, tenant: str) -> Entry | None:
        found = last_of(self._dynamodb, self._table, keys.journal(tenant))
        return _entry_of(found) if found else None


def _entry_of(item: Item) -> Entry:
    stored = unpacked(item)
    clear = json.loads(stored["clear"])
    return Entry(
        sequence=clear["sequence"],
        subject=clear["subject"],
        step=Step(clear["step"]),
        at=datetime.fromisoformat(clear["at"]),
        actor=clear["actor"],
        text=clear["text"],
        previous=stored["previous"],
        hash=stored["hash"],
    )
