"""CrossReferenceTable and AuditTrailTable as the Ledger: one transaction a write, consistent reads for decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_all, get_one, query_all
from ml_connector.aws.commits import Commit, commit_of
from ml_connector.aws.faults import CONDITION_FAILED, cancellations, code_of, give_up_if_throttled
from ml_connector.aws.items import Item, iso, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.aws.rows import row_of, summary_of
from ml_connector.aws.trail import anchor_of, broken_links, entry_of
from ml_connector.aws.vault import Vault
from ml_connector.domain.audit import AuditEntry
from ml_connector.domain.crossreference import OPEN_STATES, CrossReference, Guard, State
from ml_connector.domain.errors import TransientError
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.ports import Change, GuardTakenError, MovedError, Summary

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_TRIES = 5
_REFUSALS = frozenset(
    {"TransactionCanceledException", "TransactionInProgressException", "TransactionConflictException"}
)


class DynamoLedger:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources, vault: Vault) -> None:
        self._dynamodb = dynamodb
        self._resources = resources
        self._table = resources.cross_reference_table
        self._vault = vault
        self._noted: set[tuple[FlowId, str, int]] = set()

    def get(self, record: RecordId) -> CrossReference | None:
        item = get_one(self._dynamodb, self._table, keys.row(record))
        return None if item is None else row_of(item)

    def get_many(self, records: Sequence[RecordId]) -> dict[RecordId, CrossReference]:
        items = get_all(self._dynamodb, self._table, [keys.row(record) for record in records])
        return {row.record: row for row in map(row_of, items)}

    def commit(self, change: Change) -> CrossReference:
        """One call where nobody interferes. Conflicts are tried again at once, a few times.

        The SDK gives each call a token of its own and keeps it through its retries. A repeat of ours is known by the
        row's write id instead: a token of ours would answer a repeat without looking at the row.
        """
        commit = commit_of(change, self._resources, self._vault)
        self._note_month(commit.row)
        for _ in range(_TRIES):
            try:
                self._dynamodb.transact_write_items(TransactItems=cast(Any, [part.write for part in commit.parts]))
            except ClientError as error:
                if (stored := self._stored_after(error, change, commit)) is not None:
                    return stored
                commit = self._anchored(change, commit)
            else:
                return commit.row
        raise TransientError(f"{change.after.record} is written too often", system="aws", operation="commit")

    def open_work(
        self, flow: FlowId, states: Iterable[State], *, due_before: datetime | None = None, limit: int = 1000
    ) -> list[RecordId]:
        until = iso(due_before) if due_before is not None else "9"
        found: list[tuple[str, str]] = []
        for state in sorted(OPEN_STATES.intersection(states)):
            for shard in range(keys.SHARDS):
                found += self._open_shard(keys.open_work(flow, state, shard), until, limit)
        return [RecordId.parse(record) for _, record in sorted(found)[:limit]]

    def causes(self, flow: FlowId) -> list[Cause]:
        """One read a cause, however many records wait for it."""
        found, after = [], ""
        while (item := self._first_cause(flow, after)) is not None:
            stored = unpacked(item)
            cause = Cause(kind=ReferenceKind(stored["kind"]), code=stored.get("code", ""), name=stored.get("name"))
            found.append(cause)
            after = keys.cause_part(cause) + "\U0010ffff"
        return sorted(found, key=lambda cause: (cause.slug, cause.name or ""))

    def waiting_for(self, flow: FlowId, cause: Cause) -> list[RecordId]:
        """A cause without a name asks for its code under any name."""
        begins = keys.cause_part(cause) if cause.name else keys.code_part(cause)
        items = query_all(self._dynamodb, self._table, keys.causes(flow), begins=begins)
        return sorted({RecordId.parse(unpacked(item)["record"]) for item in items})

    def guard_owner(self, guard: Guard) -> str | None:
        item = get_one(self._dynamodb, self._table, keys.guard(guard))
        return None if item is None else cast(str, unpacked(item)["owner"])

    def made(self, connection: ConnectionId, kind: ReferenceKind, codes: Sequence[str]) -> dict[str, str]:
        items = get_all(self._dynamodb, self._table, [keys.made(connection, kind, code) for code in codes])
        return {stored.get("code", ""): stored["target"] for stored in map(unpacked, items)}

    def by_number(self, tenant: str, number: str) -> list[RecordId]:
        items = query_all(self._dynamodb, self._table, keys.numbers(tenant, number))
        return sorted(RecordId.parse(unpacked(item)["sk"]) for item in items)

    def months(self, flow: FlowId) -> list[str]:
        return [unpacked(item)["sk"] for item in query_all(self._dynamodb, self._table, keys.months(flow))]

    def summaries(self, flow: FlowId, month: str) -> Iterator[Summary]:
        for shard in range(keys.SHARDS):
            yield from map(summary_of, self._indexed("by_period", "period", keys.period(flow, month, shard)))

    def trail(self, record: RecordId) -> list[AuditEntry]:
        return [entry_of(record, item, self._vault) for item in self._trail_items(record)]

    def broken_links(self, record: RecordId) -> list[str]:
        """What is wrong with the record's chain, nothing if it holds."""
        row = self.get(record)
        return broken_links(record, self._trail_items(record), head=row.audit_head if row else None)

    def _trail_items(self, record: RecordId) -> Iterator[Item]:
        return query_all(self._dynamodb, self._resources.audit_trail_table, keys.row(record).pk)

    def _stored_after(self, error: ClientError, change: Change, commit: Commit) -> CrossReference | None:
        """Our own earlier success; None where trying again may help.

        Raises: GuardTakenError, MovedError, TransientError.
        """
        give_up_if_throttled(error, "commit")
        if code_of(error) not in _REFUSALS:
            raise error
        stored = self.get(change.after.record)
        if stored is not None and stored.write_id == commit.row.write_id:
            return stored
        self._name_the_owner(error, commit)
        if (stored.version if stored else None) != (change.before.version if change.before else None):
            raise MovedError(str(change.after.record)) from error
        return None

    def _anchored(self, change: Change, commit: Commit) -> Commit:
        """The trail outlives a row that was lost or restored: what comes now follows from its last entry."""
        before = change.before.audit_sequence if change.before else 0
        anchor = anchor_of(self._trail_items(change.after.record))
        if anchor is None or anchor.sequence <= before:
            return commit
        return commit_of(change, self._resources, self._vault, anchor)

    def _name_the_owner(self, error: ClientError, commit: Commit) -> None:
        for part, code in zip(commit.parts, cancellations(error), strict=False):
            if part.guard is None or code != CONDITION_FAILED:
                continue
            owner = self.guard_owner(part.guard)
            if owner is not None and owner != part.guard.owner:
                raise GuardTakenError(part.guard, owner) from error

    def _note_month(self, row: CrossReference) -> None:
        """Before the row, so that no row's month goes unlisted; once in a process, and anew after tables were lost."""
        if row.month is None or (row.record.flow, row.month, row.epoch) in self._noted:
            return
        self._dynamodb.put_item(TableName=self._table, Item=keys.month(row.record.flow, row.month).item)
        self._noted.add((row.record.flow, row.month, row.epoch))

    def _open_shard(self, place: str, until: str, limit: int) -> list[tuple[str, str]]:
        items = islice(self._indexed("open_work", "open_work", place, until=until), limit)
        return [(item["due_at"]["S"], item["pk"]["S"]) for item in items]

    def _indexed(self, index: str, attribute: str, place: str, *, until: str | None = None) -> Iterator[Item]:
        """One partition of an index, page by page. It may lag."""
        due = " AND due_at <= :until" if until is not None else ""
        start: dict[str, Any] = {}
        while True:
            answer = self._dynamodb.query(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression=f"#place = :place{due}",
                ExpressionAttributeNames={"#place": attribute},
                ExpressionAttributeValues=packed({":place": place, ":until": until}),
                **cast(Any, start),
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _first_cause(self, flow: FlowId, after: str) -> Item | None:
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk > :after",
            ExpressionAttributeValues=packed({":pk": keys.causes(flow), ":after": after or "!"}),
            ConsistentRead=True,
            Limit=1,
        )
        return answer["Items"][0] if answer["Items"] else None
