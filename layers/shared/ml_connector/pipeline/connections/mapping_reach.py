"""Which open documents a change of mappings touches: read from the stored documents themselves, by their own dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.mapping import covers
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import load
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.planning.planner import source_payload_key
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.rows import rows_in

NOT_SENT = (State.HELD, State.PLANNED, State.DEAD)
_MOST, _AT_ONCE = 100_000, 100

type Changed = dict[tuple[ReferenceKind, str], list[MappingEntry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """An open document that names a code of the change. `codes` are those; `waits` says that it is held for one."""

    record: RecordId
    number: str | None
    state: State
    amount: Money | None
    codes: tuple[str, ...]
    waits: bool


def touched_by(ports: Ports, catalog: Catalog, entries: Sequence[MappingEntry]) -> tuple[Touched, ...]:
    by_target: dict[ConnectionId, Changed] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        by_target[entry.connection][entry.kind, entry.code].append(entry)
    found = (
        one
        for target, changes in by_target.items()
        for settings in ports.connections.flows(target.tenant)
        if settings.id.target_connection == target
        for one in _in_flow(ports, catalog, settings.id, changes)
    )
    return tuple(sorted(found, key=lambda one: (one.state, one.number or "", one.record)))


def _in_flow(ports: Ports, catalog: Catalog, flow: FlowId, changes: Changed) -> Iterator[Touched]:
    needs = catalog.flow(flow.flow).needs
    today = ports.clock.now().date()
    for row, stored in _stored(ports, flow):
        asked = {(key.kind, key.code): key.on or today for key in needs(load(stored))}
        codes = [key for key, day in asked.items() if _is_for(changes.get(key, ()), day)]
        if codes:
            yield _touched(row, codes)


def _stored(ports: Ports, flow: FlowId) -> Iterator[tuple[CrossReference, bytes]]:
    """Each open row with its newest version; one that is not stored any more is told by nobody."""
    rows = (row for state in NOT_SENT for row in rows_in(ports, flow, state, limit=_MOST))
    for some in batched(rows, _AT_ONCE, strict=False):
        keyed = {source_payload_key(row, row.wanted.digest): row for row in some if row.wanted}
        for key, stored in ports.payloads.get_many(list(keyed)).items():
            yield keyed[key], stored


def _is_for(entries: Iterable[MappingEntry], day: date) -> bool:
    return any(covers(entry, day) for entry in entries)


def _touched(row: CrossReference, codes: Sequence[tuple[ReferenceKind, str]]) -> Touched:
    waits = any((cause.kind, cause.code) in codes for cause in row.causes)
    return Touched(
        record=row.record,
        number=row.number,
        state=row.state,
        amount=row.amount,
        codes=tuple(sorted(f"{kind} {code}" for kind, code in codes)),
        waits=waits,
    )
