"""The tables as sealing and exporting read them: what was touched when, entries and rows as stored, the last seal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one, last_of, query_all
from ml_connector.aws.faults import give_up_if_throttled, is_condition_failed
from ml_connector.aws.items import Item, iso, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.aws.rows import stored_row
from ml_connector.domain.identity import RecordId
from ml_connector.domain.journal import journal_id
from ml_connector.domain.seal import Head, LastSeal
from ml_connector.pipeline.ports_audit import StoredEntry, StoredRow, Touched

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoTrails:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.audit_trail_table
        self._rows = resources.cross_reference_table

    def row(self, record: str) -> StoredRow | None:
        item = get_one(self._dynamodb, self._rows, keys.row(RecordId.parse(record)))
        return None if item is None else stored_row(item)

    def touched(self, tenant: str, day: date) -> Iterator[Touched]:
        for shard in range(keys.SHARDS):
            for item in self._items(keys.touched_on(tenant, day.isoformat(), shard)):
                yield _touched(item, day)

    def entries(self, record: str) -> Iterator[StoredEntry]:
        yield from (_entry(item, record) for item in self._items(keys.row(RecordId.parse(record)).pk))

    def journal(self, tenant: str) -> Iterator[StoredEntry]:
        yield from (_entry(item, journal_id(tenant)) for item in self._items(keys.journal(tenant)))

    def journal_head(self, tenant: str) -> Head | None:
        item = last_of(self._dynamodb, self._table, keys.journal(tenant))
        if item is None:
            return None
        last = _entry(item, journal_id(tenant))
        return Head(record=last.record, sequence=last.sequence, hash=last.hash)

    def last_seal(self, tenant: str) -> LastSeal | None:
        for item in self._items(keys.last_seal(tenant).pk):
            stored = unpacked(item)
            until = datetime.fromisoformat(stored["until"])
            return LastSeal(number=int(stored["number"]), hash=stored["hash"], until=until)
        return None

    def note_seal(self, tenant: str, seal: LastSeal) -> bool:
        item = {**keys.last_seal(tenant).item, **packed({"hash": seal.hash, "until": iso(seal.until)})}
        number = packed({"number": seal.number})
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**item, **number},
                ConditionExpression="attribute_not_exists(pk) OR #number < :number",
                ExpressionAttributeNames={"#number": "number"},
                ExpressionAttributeValues={":number": number["number"]},
            )
        except ClientError as error:
            if is_condition_failed(error):
                return False
            give_up_if_throttled(error, "note a seal")
            raise
        return True

    def _items(self, pk: str) -> Iterator[Item]:
        return query_all(self._dynamodb, self._table, pk)


def _touched(item: Item, day: date) -> Touched:
    """A number that is none becomes 0, where no entry stands."""
    stored = unpacked(item)
    sequence, proof = stored.get("sequence"), str(stored.get("head", ""))
    place = int(sequence) if isinstance(sequence, Decimal) else 0
    return Touched(head=Head(record=stored["sk"], sequence=place, hash=proof), at=_moment(stored.get("at"), day))


def _moment(at: Any, day: date) -> datetime:
    """What was touched before its time was noted counts as touched at the end of the day."""
    try:
        moment = datetime.fromisoformat(at)
    except (ValueError, TypeError):
        moment = datetime.combine(day, time.max)
    return moment if moment.tzinfo else datetime.combine(day, time.max, tzinfo=UTC)


def _entry(item: Item, chain: str) -> StoredEntry:
    """Whatever somebody put there: what is no entry is exported, and told by whoever verifies it."""
    stored: dict[str, Any] = unpacked(item)
    sealed = stored.get("sealed")
    return StoredEntry(
        record=chain,
        sequence=_place(stored["sk"]),
        clear=str(stored.get("clear", "")),
        sealed=sealed if isinstance(sealed, bytes) else b"",
        previous=str(stored.get("previous", "")),
        hash=str(stored.get("hash", "")),
    )


def _place(sk: str) -> int:
    """0, where no entry stands, for a key that is none of ours."""
    return int(sk) if sk.isascii() and sk.isdecimal() else 0
