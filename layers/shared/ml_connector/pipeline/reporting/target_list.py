"""The second half of a reconciliation: each object of the target's list beside the payload that we meant it to hold.

Read page by page: of an object that is as it should be nothing is kept but its natural key. What looks wrong is looked
at once more, by itself, before it is called a difference: flows go on while lists are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ml_connector.domain.crossreference import Guard, GuardKind, State
from ml_connector.domain.identity import BadNameError, ConnectionId, FlowId, RecordId
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import Record, load
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.planning.planner import target_key
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.posting.lookup import is_deleted
from ml_connector.pipeline.reporting.bill_comparison import compare_bills, month_of
from ml_connector.pipeline.reporting.control_lines import IN_TARGET, ControlLines
from ml_connector.pipeline.reporting.differences import NEXT, Difference, Kind, Place, Weight
from ml_connector.pipeline.reporting.list_reading import ListReader
from ml_connector.pipeline.reporting.source_list import Owner
from ml_connector.pipeline.reporting.strangers import Stranger, judged
from ml_connector.pipeline.system import Row


class Names:
    """A target's accounts and vendors by their ids, for readers."""

    def __init__(self, ports: Ports, connection: ConnectionId) -> None:
        self._ports = ports
        self._connection = connection
        self._kept: dict[ReferenceKind, dict[str, str]] = {}

    def __call__(self, kind: ReferenceKind, item_id: str | None) -> str:
        if item_id is None:
            return "none"
        if kind not in self._kept:
            current = self._ports.references.current(self._connection, kind)
            self._kept[kind] = {item.id: item.name for item in current.items} if current else {}
        name = self._kept[kind].get(item_id)
        return f"{item_id} {name}" if name else item_id


@dataclass(kw_only=True)
class TargetList:
    ports: Ports
    flow: FlowId
    plan: Flow
    reader: ListReader
    lines: ControlLines
    report: Callable[[Difference], None]
    owners: dict[str, Owner]
    marked: dict[str, RecordId]
    moved: int = 0
    _seen: set[str] = field(default_factory=set)
    _strangers: list[Stranger] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)
    _twice: dict[str, str] = field(default_factory=dict)
    _ours: set[tuple[str | None, str | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._name = Names(self.ports, self.flow.target_connection)

    @property
    def records(self) -> int:
        return len(self._seen)

    def read(self) -> None:
        for page in self.reader.pages():
            once = {row.external_id: row for row in page.rows if row.external_id not in self._seen}
            self._seen |= once.keys()
            self._page(list(once.values()))
        listed = set(self._seen)
        for target_id, owner in self.owners.items():
            if owner.bucket in IN_TARGET and target_id not in listed:
                self._not_listed(target_id, owner)
        for stranger in self._strangers:
            self._stranger(stranger)

    def _page(self, rows: Sequence[Row]) -> None:
        meant = self._meant([self.owners[row.external_id] for row in rows if row.external_id in self.owners])
        for row in rows:
            found = row.record or self.reader.fetch(row.external_id)
            if found is not None:
                self._one(row.external_id, found, meant)

    def _meant(self, owners: Sequence[Owner]) -> dict[RecordId, Record]:
        """What we meant the target to hold; nothing is meant of what a plan merely linked."""
        keys = {
            owner.record: target_key(owner.record, self.plan.target.kind, owner.digest)
            for owner in owners
            if owner.digest and owner.state in (State.POSTED, State.LINKED)
        }
        stored = self.ports.payloads.get_many(list(keys.values()))
        return {record: load(stored[key]) for record, key in keys.items() if key in stored}

    def _one(self, target_id: str, found: Record, meant: dict[RecordId, Record]) -> None:
        owner = self.owners.get(target_id)
        if not is_deleted(found):
            self._keyed(target_id, found, owner)
        if owner is None:
            if not is_deleted(found):
                self._strangers.append(self._as_stranger(target_id, found))
        elif owner.bucket in IN_TARGET:
            self._owned(target_id, owner, found, meant.get(owner.record))
        elif owner.state is State.REVERSED and not is_deleted(found):
            text = "we voided it, and it stands there again: delete it, or release the record"
            self._differs(Kind.ONLY_IN_TARGET, owner, target_id, "voided", "there", found=found, next_=text)

    def _keyed(self, target_id: str, found: Record, owner: Owner | None) -> None:
        """Two standing objects of one natural key: the one that is not ours is the second, whichever came first."""
        key = self.plan.natural_key(found)
        if key is None:
            return
        first = self._keys.setdefault(key, target_id)
        if first == target_id:
            return
        if owner is not None and first not in self.owners:
            self._twice[first], self._keys[key] = target_id, target_id
        else:
            self._twice[target_id] = first
            if owner is not None:
                text = f"{self.plan.target.kind} {first} has the same number and vendor"
                self._differs(Kind.DUPLICATE, owner, target_id, owner.number or "", text, found=found)

    def _owned(self, target_id: str, owner: Owner, found: Record, meant: Record | None) -> None:
        if isinstance(found, Bill) and not is_deleted(found):
            self.lines.count_target(month_of(found.issued_on), found.total)
            self._ours.add((found.vendor.internal_id, month_of(found.issued_on)))
        if is_deleted(found) or self._suspect(owner, found, meant):
            self._look_again(target_id, owner, deleted=is_deleted(found))

    def _suspect(self, owner: Owner, found: Record, meant: Record | None) -> bool:
        if meant is None:
            return bool(owner.digest)
        return bool(self.reader.system.differs(meant, found))

    def _not_listed(self, target_id: str, owner: Owner) -> None:
        found = self.reader.fetch(target_id)
        if found is not None and not is_deleted(found):
            self._owned(target_id, owner, found, self._meant([owner]).get(owner.record))
        else:
            self._look_again(target_id, owner)

    def _look_again(self, target_id: str, owner: Owner, *, deleted: bool = False) -> None:
        """Row and object once more, each by itself: a flow that has moved the row meanwhile speaks for it by then.

        Some systems list what is deleted, and refuse to show it.
        """
        row = self.ports.ledger.get(owner.record)
        if row is None or row.version != owner.version:
            self.moved += 1
            return
        found = self.reader.fetch(target_id)
        amount = str(owner.amount or "posted")
        if found is None and not deleted:
            self._differs(Kind.ONLY_IN_SOURCE, owner, target_id, amount, "not there")
        elif found is None or is_deleted(found):
            self._differs(Kind.DELETED_IN_TARGET, owner, target_id, amount, "deleted", found=found)
        elif owner.digest:
            self._compare(target_id, owner, found)

    def _compare(self, target_id: str, owner: Owner, found: Record) -> None:
        meant = self._meant([owner]).get(owner.record)
        if meant is None:
            self._differs(Kind.UNCHECKED, owner, target_id, "not stored any more", "there", found=found)
        elif isinstance(meant, Bill) and isinstance(found, Bill):
            fields = self.reader.system.differs(meant, found)
            for one in compare_bills(meant, found, fields, self._name):
                self._differs(one.kind, owner, target_id, one.meant, one.found, found=found, fields=one.fields)

    def _differs(
        self,
        kind: Kind,
        owner: Owner,
        target_id: str,
        source: str,
        target: str,
        *,
        found: Record | None = None,
        fields: tuple[str, ...] = (),
        next_: str | None = None,
    ) -> None:
        places = dict.fromkeys([owner.place, *([place_of(found)] if isinstance(found, Bill) else [])])
        self.report(
            Difference(
                kind=kind,
                weight=Weight.MISMATCH,
                record=owner.record,
                target_id=target_id,
                number=owner.number,
                source=source,
                target=target,
                next=next_ or NEXT[kind],
                places=tuple(places),
                fields=fields,
            )
        )

    def _as_stranger(self, target_id: str, found: Record) -> Stranger:
        bill = found if isinstance(found, Bill) else Bill()
        return Stranger(
            target_id=target_id,
            number=found.number,
            vendor=self._name(ReferenceKind.VENDOR, bill.vendor.internal_id),
            vendor_id=bill.vendor.internal_id,
            total=bill.total,
            issued_on=bill.issued_on,
            marked=self.marked.get(found.marker or ""),
            place=place_of(bill),
        )

    def _stranger(self, stranger: Stranger) -> None:
        """What another flow owns is no stranger; what became ours meanwhile speaks for itself the next time."""
        owned_by = self._owner_by_now(stranger.target_id)
        if owned_by is not None:
            self.moved += 1 if owned_by.flow == self.flow else 0
            return
        row = self.ports.ledger.get(stranger.marked) if stranger.marked else None
        twin = self._twice.get(stranger.target_id)
        in_scope = (stranger.vendor_id, stranger.place.month) in self._ours
        self.report(judged(stranger, row, twin=twin, owner=self.owners.get(twin or ""), in_scope=in_scope))

    def _owner_by_now(self, target_id: str) -> RecordId | None:
        guard = Guard(
            connection=self.flow.target_connection,
            kind=GuardKind.OWNERSHIP,
            record_kind=self.plan.target.kind,
            key=target_id,
            owner="",
        )
        owner = self.ports.ledger.guard_owner(guard)
        try:
            return RecordId.parse(owner) if owner else None
        except BadNameError:
            return None


def place_of(bill: Bill) -> Place:
    currency = bill.total.currency if bill.total else bill.currency
    return Place(month=month_of(bill.issued_on), currency=currency)
