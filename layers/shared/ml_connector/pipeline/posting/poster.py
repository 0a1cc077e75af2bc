"""PostingQueue: take the rows that are due, connection by connection, and carry them to their targets."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.connection import FlowSettings
from ml_connector.domain.crossreference import FED_STATES, CrossReference, State
from ml_connector.domain.errors import AuthError, SettingsError
from ml_connector.domain.identity import ConnectionId, FlowId, PostingId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.posting import Action, Outcome
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.planning.caution import looks_first
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Change, Deadline, Epoch, MovedError, Ports
from ml_connector.pipeline.posting.batch import Batch
from ml_connector.pipeline.posting.claims import is_due
from ml_connector.pipeline.posting.desk import LONGEST_DELAY, Desk
from ml_connector.pipeline.posting.results import ACTOR, in_state
from ml_connector.pipeline.posting.shift import Shift

CRASHED = "crashed"
_EARLY = timedelta(seconds=5)


class Poster:
    def __init__(
        self, ports: Ports, catalog: Catalog, systems: Systems, releaser: Releaser, chance: random.Random
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._releaser = releaser
        self._chance = chance
        self._desk = Desk(ports, catalog, releaser)

    def handle(self, records: Sequence[RecordId], deadline: Deadline) -> None:
        """Carry the rows that these hints name. A hint for a row that is not due, or not ours to move, does nothing.

        Nor does one for a flow that is paused, switched off or in a blackout: upkeep feeds its rows when it goes on.
        """
        found = self._ports.ledger.get_many(list(dict.fromkeys(records))).values()
        rows = self._doubted([self._revived(row) for row in found])
        now = self._ports.clock.now()
        shares: dict[ConnectionId, list[CrossReference]] = defaultdict(list)
        flows = {flow: self._ports.connections.flow(flow) for flow in {row.record.flow for row in rows}}
        for row in rows:
            if is_due(row, now) and flows[row.record.flow].may_write(now):
                shares[row.record.flow.target_connection].append(row)
            else:
                self._not_due(row)
        for connection, share in shares.items():
            self._carry(connection, share, deadline, flows)

    def settle_handed_over(self, record: RecordId, posted: PostingId, outcome: Outcome, deadline: Deadline) -> bool:
        """A visited system answered for a write that it was given; False where that write is not the one in flight."""
        row = self._ports.ledger.get(record)
        if row is None or row.in_flight is None or row.in_flight.posting_id != posted:
            return False
        batch = Batch(shift=self._shift(record.flow.target_connection, deadline))
        meant = self._desk.payload(row, row.in_flight.digest)
        claim = row.in_flight.claim
        done = self._desk.end(row, lambda fresh: batch.ending_of(fresh, meant, None, outcome), claim=claim, meant=meant)
        return done is not None

    def _carry(
        self,
        connection_id: ConnectionId,
        rows: list[CrossReference],
        deadline: Deadline,
        flows: Mapping[FlowId, FlowSettings],
    ) -> None:
        connection = self._ports.connections.get(connection_id)
        if not connection.is_running:
            return
        try:
            shift = self._shift(connection_id, deadline, flows)
        except (AuthError, SettingsError) as error:
            stop_connection(self._ports, connection, error)
            return
        left = Batch(shift=shift).run(rows)
        if left and shift.wait <= LONGEST_DELAY and self._ports.connections.get(connection_id).is_running:
            self._ports.postings.send([row.record for row in left], delay=shift.wait)

    def _shift(
        self, connection_id: ConnectionId, deadline: Deadline, flows: Mapping[FlowId, FlowSettings] | None = None
    ) -> Shift:
        connection = self._ports.connections.get(connection_id)
        return Shift(
            ports=self._ports,
            catalog=self._catalog,
            desk=self._desk,
            chance=self._chance,
            connection=connection,
            system=self._systems.open(connection),
            deadline=deadline,
            flows=flows or {},
        )

    def _not_due(self, row: CrossReference) -> None:
        """Waiting stands on the row, and upkeep feeds it; a hint that came early is not multiplied."""
        if row.state is State.PLANNED and row.planned is None:
            run_id = row.wanted_by or self._ports.ids.new()
            self._releaser.plan_again([row.record], cause=NoticeCause.RELEASED, run_id=run_id)
            return
        if row.state not in FED_STATES or row.due_at is None:
            return
        wait = row.due_at - self._ports.clock.now()
        if timedelta() < wait <= _EARLY:
            self._ports.postings.send([row.record], delay=wait)

    def _revived(self, row: CrossReference) -> CrossReference:
        """A hint for a row whose worker crashed too often can only come from a redrive, ours or the console's."""
        if row.state is not State.DEAD or not any(reason.code == CRASHED for reason in row.reasons):
            return row
        now = self._ports.clock.now()
        alive = in_state(replace(row, attempts=0, in_flight=None), State.PLANNED, now, due_at=now)
        event = AuditEvent(step=Step.REDRIVEN, at=now, actor=ACTOR, text="came back from the dead-letter queue")
        try:
            return self._ports.ledger.commit(Change(before=row, after=alive, events=(event,)))
        except MovedError:
            return self._ports.ledger.get(row.record) or row

    def _doubted(self, rows: list[CrossReference]) -> list[CrossReference]:
        """A create that was planned before our tables were restored may have been sent since: it looks first."""
        if not any(_is_fresh_create(row) for row in rows):
            return rows
        epoch = self._ports.epochs.current()
        return [self._doubt(row, epoch) if _is_fresh_create(row) and row.epoch < epoch.number else row for row in rows]

    def _doubt(self, row: CrossReference, epoch: Epoch) -> CrossReference:
        now = self._ports.clock.now()
        doubtful = replace(looks_first(row, now=now), epoch=epoch.number)
        try:
            return self._ports.ledger.commit(Change(before=row, after=doubtful, events=()))
        except MovedError:
            return self._ports.ledger.get(row.record) or row


def _is_fresh_create(row: CrossReference) -> bool:
    planned = row.state is State.PLANNED and row.planned is not None and row.planned.action is Action.CREATE
    return planned and row.unsettled is None
