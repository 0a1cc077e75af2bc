"""Seals of the audit trail, when they are due: each hour a checkpoint, each day (UTC) one of all it touched.

Each has the journal's last entry too, whether or not anything came to it since.

Nothing is taken back: a seal that is there stays, and whoever finds it there goes on from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from ml_connector.domain.audit import GENESIS
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.identity import RecordId
from ml_connector.domain.seal import Head, LastSeal, Seal, SealKind, read_seal, root_of, stored_seal
from ml_connector.pipeline.ports import Clock, Connections, Deadline, Log
from ml_connector.pipeline.ports_audit import AuditPorts, Touched

SETTLED_AFTER = timedelta(minutes=20)
"""An entry is dated before it is written: no function runs longer than 15 minutes, so by then it is there."""

CHECKPOINT_EVERY = timedelta(hours=1)
LATE_AFTER = timedelta(hours=3)
_ROOM = timedelta(seconds=30)
_DAY = timedelta(days=1)


class Sealer:
    """What the newest seal was is remembered in this process; before each new one it is read again."""

    def __init__(self, ports: AuditPorts, connections: Connections, clock: Clock, log: Log) -> None:
        self._ports = ports
        self._connections = connections
        self._clock = clock
        self._log = log
        self._known: dict[str, LastSeal] = {}
        self._refused: set[str] = set()

    def seal(self, tenant: str, deadline: Deadline) -> int:
        """Make what is due; answers how many seals. Where time is short the next run goes on.

        Raises: RejectedError where what stands beside the trail or in the bucket is not ours, and what the ports raise.
        """
        made = 0
        while deadline.remaining() > _ROOM and self._may_be_due(tenant):
            last = self._known[tenant] = self._proven(tenant)
            due = self._due(last)
            if due is None:
                break
            self._known[tenant] = self._make(tenant, last, *due)
            made += 1
        return made

    def is_late(self, tenant: str) -> bool:
        """Also where the newest seal is not the one noted, or would end in the future: then nothing is ever due."""
        last = self._known.get(tenant) or self._ports.trails.last_seal(tenant) or self._before_the_first(tenant)
        age = self._clock.now() - last.until
        return tenant in self._refused or age > SETTLED_AFTER + LATE_AFTER or age < -SETTLED_AFTER

    def _may_be_due(self, tenant: str) -> bool:
        return tenant not in self._known or self._due(self._known[tenant]) is not None

    def _proven(self, tenant: str) -> LastSeal:
        """The newest seal as it lies in the bucket: the note beside the trail only tells which one that is.

        Whoever may write to the table could move the note, and let us seal what was rewritten since.
        """
        noted = self._ports.trails.last_seal(tenant)
        self._refused.discard(tenant)
        if noted is None:
            return self._before_the_first(tenant)
        try:
            seal, _ = read_seal(self._ports.seals.first_line(tenant, noted.number))
            if (seal.tenant, seal.hash) != (tenant, noted.hash) or seal.until > self._clock.now():
                raise ValueError("another seal")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self._refused.add(tenant)
            detail = f"seal {noted.number} of {tenant}, noted as the newest, is not in the bucket, or is another there"
            raise RejectedError(detail, system="aws", operation="seal") from error
        return LastSeal(number=seal.number, hash=seal.hash, until=seal.until)

    def _before_the_first(self, tenant: str) -> LastSeal:
        """The first seal covers everything since the tenant was set up."""
        created = [one.created_at for one in self._connections.list(tenant) if one.created_at is not None]
        return LastSeal(number=0, hash=GENESIS, until=min(created, default=self._clock.now()))

    def _due(self, last: LastSeal) -> tuple[SealKind, datetime, datetime] | None:
        """Which seal comes next, from when until when: the first has all there is; a day goes before a checkpoint."""
        settled = self._clock.now() - SETTLED_AFTER
        if last.number == 0:
            return SealKind.CHECKPOINT, last.until, max(settled, last.until)
        midnight = _midnight(last.until.astimezone(UTC).date() + _DAY)
        if midnight <= settled:
            return SealKind.DAY, midnight - _DAY, midnight
        if settled - last.until >= CHECKPOINT_EVERY:
            return SealKind.CHECKPOINT, last.until, settled
        return None

    def _make(self, tenant: str, last: LastSeal, kind: SealKind, since: datetime, until: datetime) -> LastSeal:
        journal = self._ports.trails.journal_head(tenant)
        touched = [one.head for one in self._touched(tenant, kind, since, until) if one.at >= since]
        touched = [head for head in touched if self._can_be(tenant, head)]
        heads = sorted([*touched, journal] if journal and journal.is_possible else touched)
        seal = Seal(
            tenant=tenant,
            number=last.number + 1,
            kind=kind,
            since=since,
            until=until,
            made_at=self._clock.now(),
            previous=last.hash,
            heads=len(heads),
            root=root_of(heads),
        )
        stored = stored_seal(seal, heads, self._ports.signer.sign(seal.signed_bytes))
        if not self._ports.seals.put(tenant, seal.number, stored):
            seal = self._there_already(tenant, last)
        noted = LastSeal(number=seal.number, hash=seal.hash, until=seal.until)
        self._ports.trails.note_seal(tenant, noted)
        self._log.info("sealed", tenant=tenant, number=seal.number, kind=seal.kind.value, heads=seal.heads)
        return noted

    def _touched(self, tenant: str, kind: SealKind, since: datetime, until: datetime) -> Iterator[Touched]:
        """By the day that each item stands under. A checkpoint takes what is newer than its end too: it is true."""
        last = since.date() if kind is SealKind.DAY else self._clock.now().astimezone(UTC).date()
        for day in _days(since.astimezone(UTC).date(), last):
            yield from self._ports.trails.touched(tenant, day)

    def _can_be(self, tenant: str, head: Head) -> bool:
        """What somebody put into the day's index is not signed where no entry can be meant: no seal could be read."""
        if is_of(head, tenant) and head.is_possible:
            return True
        self._log.error("not sealed: no entry of ours", tenant=tenant, record=head.record, sequence=str(head.sequence))
        return False

    def _there_already(self, tenant: str, last: LastSeal) -> Seal:
        """Another run made it, or this one did and stopped before it was noted. Raises: RejectedError."""
        number = last.number + 1
        try:
            seal, _ = read_seal(self._ports.seals.first_line(tenant, number))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _alien(tenant, number) from error
        if (seal.tenant, seal.previous) != (tenant, last.hash) or seal.until > self._clock.now():
            raise _alien(tenant, number)
        return seal


def is_of(head: Head, tenant: str) -> bool:
    """Whether it names a record of this tenant at all."""
    try:
        return RecordId.parse(head.record).flow.tenant == tenant
    except ValueError:
        return False


def _alien(tenant: str, number: int) -> RejectedError:
    detail = f"where seal {number} of {tenant} belongs stands something that does not follow from seal {number - 1}"
    return RejectedError(detail, system="aws", operation="seal")


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
