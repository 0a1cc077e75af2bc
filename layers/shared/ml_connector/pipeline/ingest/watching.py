"""What the target says of an object of ours: deleted, or called by another name. Kept on the record that owns it.

Nothing is written to the target here, and nothing that somebody deleted is made again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import batched

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.connection import Connection
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import NotFoundError
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.posting import Asked
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.planning.guards import reservation
from ml_connector.pipeline.ports import Change, MovedError, Ports
from ml_connector.pipeline.posting.lookup import is_deleted

ACTOR = "ml-connector"
_PER_NOTICE = 10
_STANDING = frozenset({State.POSTED, State.LINKED, State.HELD})
_TRIES = 4


class TargetWatch:
    def __init__(self, ports: Ports, catalog: Catalog, systems: Systems) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems

    def look(self, record: RecordId) -> None:
        """Compare one record's row with what stands in the target. Raises: the errors of a read."""
        row = self._ports.ledger.get(record)
        if row is None or not _is_to_be_watched(row) or row.confirmed is None:
            return
        connection = self._ports.connections.get(record.flow.target_connection)
        try:
            found = self._systems.open(connection).fetch(row.kind, row.confirmed.target_id)
        except NotFoundError:
            self._commit(record, row.confirmed.target_id, None)
            return
        if not isinstance(found, Asked):
            self._commit(record, row.confirmed.target_id, found)

    def look_at_all(self, connection: Connection) -> int:
        """Ask for a look at everything of ours there: something may have been missed. Answers how many."""
        run_id, asked = self._ports.ids.new(), 0
        for settings in self._ports.connections.flows(connection.id.tenant):
            if settings.id.target_connection == connection.id and self._catalog.flow(settings.id.flow).follows_target:
                for records in batched(self._standing(settings.id), _PER_NOTICE, strict=False):
                    self._ports.notices.send([watched(settings.id, records, run_id=run_id)])
                    asked += len(records)
        return asked

    def _standing(self, flow: FlowId) -> Iterator[RecordId]:
        for month in self._ports.ledger.months(flow):
            for summary in self._ports.ledger.summaries(flow, month):
                if summary.state in _STANDING:
                    yield summary.record

    def _commit(self, record: RecordId, target_id: str, found: Record | None) -> None:
        """A row that moved meanwhile is judged anew, as long as it is about the same object."""
        for _ in range(_TRIES):
            row = self._ports.ledger.get(record)
            if row is None or not _is_to_be_watched(row) or row.confirmed is None:
                return
            if row.confirmed.target_id != target_id or (change := self._change(row, found)) is None:
                return
            try:
                self._ports.ledger.commit(change)
            except MovedError:
                continue
            self._ports.metrics.count("TargetsMoved", flow=record.flow.flow)
            return

    def _change(self, row: CrossReference, found: Record | None) -> Change | None:
        if found is None or is_deleted(found):
            return self._gone(row)
        if not found.number or found.number in (row.other_number, row.number):
            return None
        text = f"it is called {found.number} in the target now" + (f", not {row.other_number}" * bool(row.other_number))
        event = self._event(row, Step.MATCHED, text)
        return Change(before=row, after=replace(row, other_number=found.number), events=(event,))

    def _gone(self, row: CrossReference) -> Change:
        """As after a void: nothing of it is left there, and only a person has it made again."""
        text = "somebody deleted it in the target, or took away our sight of it: it is not made again by itself"
        gone = replace(
            row,
            state=State.REVERSED,
            state_since=self._ports.clock.now(),
            planned=None,
            reservation=None,
            due_at=None,
            reasons=(Reason(code="target_gone", text=text),),
        )
        free = (reservation(row, row.reservation),) if row.reservation else ()
        return Change(before=row, after=gone, events=(self._event(row, Step.VOIDED, text),), release=free)

    def _event(self, row: CrossReference, step: Step, text: str) -> AuditEvent:
        detail = {"target_id": row.confirmed.target_id if row.confirmed else None}
        return AuditEvent(step=step, at=self._ports.clock.now(), actor=ACTOR, text=text, detail=detail)


def watched(flow: FlowId, records: tuple[RecordId, ...], *, run_id: str) -> Notice:
    noticed = tuple(NoticedRecord(external_id=record.external_id) for record in records)
    return Notice(flow=flow, cause=NoticeCause.WATCHED, records=noticed, run_id=run_id, actor="webhook")


def _is_to_be_watched(row: CrossReference) -> bool:
    """What is being written is looked at by who writes it."""
    return row.state in _STANDING and not row.is_busy
