"""Plan a delivery: match, map, validate, decide, and write each record's next state in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, GuardKind, State
from ml_connector.domain.decision import Decision, Post, Reason
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.matching import Candidate
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record, digest, dump, load
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.flow import Flow, Named
from ml_connector.pipeline.planning.caution import Caution
from ml_connector.pipeline.planning.conflicts import ON_CONFLICT, TARGET_WINS, with_kept
from ml_connector.pipeline.planning.holding import Settled, held, unread
from ml_connector.pipeline.planning.known import Knowledge, Snapshot, settings_of
from ml_connector.pipeline.planning.mentions import Mentions, with_mentions
from ml_connector.pipeline.planning.receive import Received, is_stale, new_row, with_version
from ml_connector.pipeline.planning.settle import settle
from ml_connector.pipeline.ports import Change, Epoch, GuardTakenError, MovedError, PayloadKey, Ports

_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Versions of one flow's records that were read together."""

    flow: FlowId
    received: tuple[Received, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One delivery's plan: what is asked of each record, and what is known for all of them."""

    flow: Flow
    snapshot: Snapshot
    settings: Mapping[str, Any]
    statuses: Mapping[Named, str]
    former: Mapping[str, Record]
    epoch: Epoch

    def settled(self, row: CrossReference, received: Received, *, now: datetime) -> Settled:
        decision = self._decided(row, received.record)
        caution = Caution.of(self.flow, self.settings)
        return settle(self.flow, row, decision, received, now=now, epoch=self.epoch, caution=caution)

    def _decided(self, row: CrossReference, record: Record) -> Decision:
        """Where the target wins, what a person entered there stands in place of the source's value."""
        posted = row.confirmed is not None and row.state is not State.REVERSED
        known = self.snapshot.known(record, settings=self.settings, posted=posted, statuses=self.statuses)
        decision = self.flow.plan(record, known)
        if isinstance(decision, Post) and self.settings.get(ON_CONFLICT) == TARGET_WINS:
            return replace(decision, record=with_kept(decision.record, row.kept))
        return decision


class Planner:
    def __init__(self, ports: Ports, catalog: Catalog, knowledge: Knowledge) -> None:
        self._ports = ports
        self._catalog = catalog
        self._knowledge = knowledge
        self._mentions = Mentions(ports, catalog)

    def plan(self, delivery: Delivery) -> list[CrossReference]:
        """Every record of the delivery gets its state; those to be posted are hinted to the posting queue."""
        if not delivery.received:
            return []
        flow = self._catalog.flow(delivery.flow.flow)
        epoch = self._ports.epochs.current()
        settings = settings_of(flow, self._ports.connections.flow(delivery.flow).settings)
        records = [received.record for received in delivery.received]
        snapshot = self._knowledge.snapshot(
            flow, delivery.flow.source_connection, delivery.flow.target_connection, records
        )
        rows = self._ports.ledger.get_many([received.id for received in delivery.received])
        statuses = self._mentions.statuses(delivery.flow, records)
        former = self._former(delivery, rows)
        plan = _Plan(flow=flow, snapshot=snapshot, settings=settings, statuses=statuses, former=former, epoch=epoch)
        self._store(delivery, rows)
        planned: list[CrossReference] = []
        hints: list[RecordId] = []
        for received in delivery.received:
            settled = self._plan_one(plan, rows.get(received.id), received)
            rows[received.id] = settled.row
            planned.append(settled.row)
            if settled.wants_posting:
                hints.append(received.id)
        self._ports.postings.send(hints)
        self._mentions.inform(flow, delivery.flow, planned, run_id=delivery.received[0].run_id)
        return planned

    def unreadable(self, flow_id: FlowId, external_id: str, reason: Reason, *, gone: bool, actor: str) -> None:
        """The source refused the record, or shows it no more. One that is not ours yet and is gone is no record."""
        flow = self._catalog.flow(flow_id.flow)
        record = RecordId(flow=flow_id, external_id=external_id)
        for _ in range(_TRIES):
            now = self._ports.clock.now()
            before = self._ports.ledger.get(record)
            if before is None and gone:
                return
            row = before or new_row(flow, record, now=now, epoch=self._ports.epochs.current().number)
            settled = unread(row, reason, gone=gone, now=now, actor=actor)
            if settled.row == before:
                return
            try:
                self._ports.ledger.commit(
                    Change(before=before, after=settled.row, events=settled.events, release=settled.release)
                )
                return
            except MovedError:
                continue
        raise MovedError(f"{record} kept moving")

    def _former(self, delivery: Delivery, rows: Mapping[RecordId, CrossReference]) -> dict[str, Record]:
        """The versions that this delivery replaces, by their digest. One that cannot be read is no reason to stop."""
        keys = [
            source_payload_key(row, row.wanted.digest)
            for received in delivery.received
            if (row := rows.get(received.id)) is not None and row.wanted is not None and not _is_stored(row, received)
        ]
        try:
            stored = self._ports.payloads.get_many(keys) if keys else {}
            return {key.version: load(content) for key, content in stored.items()}
        except (ValueError, KeyError, TypeError):
            self._ports.log.warning("former versions unreadable", flow=str(delivery.flow), records=len(keys))
            return {}

    def _store(self, delivery: Delivery, rows: dict[RecordId, CrossReference]) -> None:
        """Source versions go into storage before any row names them; one that is stored already is not sent again."""
        source = delivery.flow.source_connection
        new = {
            PayloadKey(
                connection=source,
                kind=received.record.kind,
                external_id=received.id.external_id,
                version=digest(received.record),
            ): dump(received.record)
            for received in delivery.received
            if not _is_stored(rows.get(received.id), received)
        }
        if new:
            self._ports.payloads.put_many(new)

    def _plan_one(self, plan: _Plan, row: CrossReference | None, received: Received) -> Settled:
        extra: Reason | None = None
        for _ in range(_TRIES):
            now = self._ports.clock.now()
            before = row
            base = row or new_row(plan.flow, received.id, now=now, epoch=plan.epoch.number)
            if row is not None and is_stale(row, received):
                return Settled(row=row)
            base, events = with_version(base, received, plan.former, now=now)
            base, moved = with_mentions(base, received.record, plan.statuses, now=now, actor=received.actor)
            if extra is not None:
                settled = held(base, (extra,), now=now, actor=received.actor)
            else:
                settled = plan.settled(base, received, now=now)
            if settled.row == before:
                self._ports.metrics.count("RecordsUnchanged", flow=plan.flow.name)
                return settled
            try:
                told = (*_asked_for(received, now), *events, *moved, *settled.events)
                return self._commit(before, settled, told)
            except MovedError:
                row, extra = self._ports.ledger.get(received.id), None
            except GuardTakenError as taken:
                extra = _taken(taken)
        raise MovedError(f"{received.id} kept moving")

    def _commit(self, before: CrossReference | None, settled: Settled, events: tuple[AuditEvent, ...]) -> Settled:
        if settled.target is not None:
            self._ports.payloads.put_many(
                {target_payload_key(settled.row, digest(settled.target)): dump(settled.target)}
            )
        change = Change(
            before=before,
            after=settled.row,
            events=events,
            take=settled.take,
            release=settled.release,
            made=settled.made,
        )
        row = self._ports.ledger.commit(change)
        if before is None or before.state is not row.state:
            self._ports.metrics.count("Records", state=row.state.value, flow=row.record.flow.flow)
        return replace(settled, row=row)


def target_payload_key(row: CrossReference, version: str) -> PayloadKey:
    """Where the payload meant for the target is stored: under the target connection, by the record's own id."""
    return target_key(row.record, row.kind, version)


def target_key(record: RecordId, kind: RecordKind, version: str) -> PayloadKey:
    return PayloadKey(connection=record.flow.target_connection, kind=kind, external_id=str(record), version=version)


def source_payload_key(row: CrossReference, version: str) -> PayloadKey:
    return PayloadKey(
        connection=row.record.flow.source_connection,
        kind=row.source_kind,
        external_id=row.record.external_id,
        version=version,
    )


def _asked_for(received: Received, now: datetime) -> tuple[AuditEvent, ...]:
    """A replay that changes something says who asked for it; one that changes nothing leaves no trace."""
    if received.cause is not NoticeCause.REPLAYED:
        return ()
    text = "planned again on a person's word"
    return (AuditEvent(step=Step.REPLAYED, at=now, actor=received.actor, text=text, detail={"run": received.run_id}),)


def _is_stored(row: CrossReference | None, received: Received) -> bool:
    return row is not None and row.wanted is not None and row.wanted.digest == digest(received.record)


def _taken(taken: GuardTakenError) -> Reason:
    """What a lost guard means to a person, with the record that has it."""
    guard = taken.guard
    if guard.kind is GuardKind.NAME:
        name = guard.key.partition(":")[2]
        text = f"the name {name!r} is already used for vendor number {taken.owner}, not {guard.owner}: map one of them"
        cause = Cause(kind=ReferenceKind.VENDOR, code=guard.owner, name=name)
        return Reason(
            code="vendor_ambiguous", text=text, cause=cause, candidates=(Candidate(id=taken.owner, name=name),)
        )
    return Reason(code="owned", text=f"{guard.record_kind} {guard.key} in the target belongs to {taken.owner}")
