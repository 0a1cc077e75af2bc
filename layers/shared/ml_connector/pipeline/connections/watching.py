"""The reconciling read of what we write: a target's list, read in full, against the one read before.

Whatever carries another change stamp than before, or is gone, and belongs to a record of a flow that watches, is
checked, unless the stamp is the one that our own write left. So an event that never came is made up for. Two changes
within one tick of the target's clock look like one; the event tells of the second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import batched

from ml_connector.domain.crossreference import CrossReference, Guard, GuardKind
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.ports import Ports

MOST_AT_ONCE = 500
"""Changes that are followed up in one reading; the others keep their former stamp, and so their turn."""

NEW = ""
"""The former stamp of what was not there before."""

_PER_NOTICE = 10


class Watch:
    def __init__(self, ports: Ports, catalog: Catalog) -> None:
        self._ports = ports
        self._catalog = catalog

    def look(
        self,
        connection: ConnectionId,
        kind: ReferenceKind,
        *,
        before: Sequence[ReferenceItem],
        now: Sequence[ReferenceItem],
    ) -> tuple[ReferenceItem, ...]:
        """Queues the checks; answers the list to store. Done before it is stored, so that a crash repeats it."""
        flows = self._watching(connection, kind)
        if not flows:
            return tuple(now)
        stamps = {item.id: item.stamp for item in before}
        there = {item.id for item in now}
        gone = [item_id for item_id in stamps if item_id not in there]
        changed = [item for item in now if item.stamp is not None and _moved(item, stamps)]
        turn, left = changed[:MOST_AT_ONCE], {item.id for item in changed[MOST_AT_ONCE:]}
        self._check(connection, RecordKind(kind.value), [(item.id, item.stamp) for item in turn], flows)
        self._check(connection, RecordKind(kind.value), [(item_id, None) for item_id in gone], flows)
        return tuple(replace(item, stamp=stamps.get(item.id, NEW)) if item.id in left else item for item in now)

    def _watching(self, connection: ConnectionId, kind: ReferenceKind) -> set[FlowId]:
        """Paused ones too: what is noticed is planned, and written when they go on."""
        names = {name for name, flow in self._catalog.flows.items() if flow.watches and flow.makes is kind}
        if not names:
            return set()
        settings = self._ports.connections.flows(connection.tenant)
        return {
            each.id
            for each in settings
            if each.enabled and each.id.flow in names and each.id.target_connection == connection
        }

    def _check(
        self,
        connection: ConnectionId,
        kind: RecordKind,
        changed: Sequence[tuple[str, str | None]],
        flows: set[FlowId],
    ) -> None:
        owners = {target_id: self._owner(connection, kind, target_id) for target_id, _ in changed}
        rows = self._ports.ledger.get_many([owner for owner in owners.values() if owner and owner.flow in flows])
        named: dict[FlowId, list[NoticedRecord]] = defaultdict(list)
        for target_id, stamp in changed:
            owner = owners[target_id]
            if owner is not None and owner in rows and not _is_our_own(rows[owner], stamp):
                named[owner.flow].append(NoticedRecord(external_id=owner.external_id))
        run_id = self._ports.ids.new()
        self._ports.notices.send(
            [
                Notice(flow=flow, cause=NoticeCause.CHECKED, records=chunk, run_id=run_id)
                for flow, some in sorted(named.items())
                for chunk in batched(some, _PER_NOTICE, strict=False)
            ]
        )

    def _owner(self, connection: ConnectionId, kind: RecordKind, target_id: str) -> RecordId | None:
        guard = Guard(connection=connection, kind=GuardKind.OWNERSHIP, record_kind=kind, key=target_id, owner="")
        owner = self._ports.ledger.guard_owner(guard)
        return RecordId.parse(owner) if owner else None


def _moved(item: ReferenceItem, stamps: dict[str, str | None]) -> bool:
    """New, or with another stamp. One that had none is from a time when stamps were not kept."""
    return item.id not in stamps or (stamps[item.id] is not None and stamps[item.id] != item.stamp)


def _is_our_own(row: CrossReference, stamp: str | None) -> bool:
    return row.confirmed is not None and stamp is not None and row.confirmed.stamp == stamp
