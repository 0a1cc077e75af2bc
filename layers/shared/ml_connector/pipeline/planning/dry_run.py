"""Plan a flow and do nothing: the whole source list, the real planner on shadow ports, and a look at the target.

What comes out is what a run at this moment would do to each record, with the exact payload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched

from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import ConnectorError, NotFoundError, RejectedError
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.posting import Action
from ml_connector.domain.records.record import Record, load
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.ingest.unread import unread_reason
from ml_connector.pipeline.planning.known import Knowledge, settings_of
from ml_connector.pipeline.planning.plan_file import Act, Entry, Plan
from ml_connector.pipeline.planning.planner import Delivery, Planner, source_payload_key, target_payload_key
from ml_connector.pipeline.planning.prediction import Predicted, Predictor, Wanted
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.planning.settle import LOOK_FIRST
from ml_connector.pipeline.planning.shadow import Shadow, shadow_of
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.list_reading import ListReader, Pause, Progress
from ml_connector.pipeline.reporting.source_list import is_newest
from ml_connector.pipeline.system import Row

_AT_ONCE = 100
_STATES = {
    State.HELD: Act.HOLD,
    State.SKIPPED: Act.SKIP,
    State.LINKED: Act.LINK,
    State.REJECTED: Act.REJECT,
}
_DECISIONS = {State.PLANNED: "post", State.HELD: "hold", State.SKIPPED: "skip", State.LINKED: "link"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """A plan, with what it was made on: `shadow` holds the payloads and lists that carrying it out needs."""

    plan: Plan
    shadow: Shadow


class Planning:
    def __init__(
        self, ports: Ports, catalog: Catalog, systems: Systems, *, pause: Pause, progress: Progress = lambda text: None
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._pause = pause
        self._progress = progress

    def dry_run(self, flow_id: FlowId) -> DryRun:
        """Raises: AuthError, RejectedError, SettingsError."""
        flow, shadow = self._catalog.flow(flow_id.flow), shadow_of(self._ports)
        settings = settings_of(flow, self._ports.connections.flow(flow_id).settings)
        source = self._ports.connections.get(flow_id.source_connection)
        target = self._ports.connections.get(flow_id.target_connection)
        references = ReferenceData(shadow.ports, self._catalog, self._systems)
        fresh = frozenset({flow.makes} if flow.makes else ())
        references.refresh(target, flow.references - fresh)
        references.refresh(target, flow.references & fresh, older_than=timedelta())
        references.refresh(source, flow.source_references)
        there = ListReader(
            system=self._systems.open(target),
            kind=flow.target.kind,
            what=f"{target.id.name} {flow.target.kind}s",
            pause=self._pause,
            progress=self._progress,
        )
        one = _Run(
            shadow=shadow,
            flow=flow_id,
            planner=Planner(shadow.ports, self._catalog, Knowledge(shadow.ports)),
            reader=ListReader(
                system=self._systems.open(source),
                kind=flow.source.kind,
                what=f"{source.id.name} {flow.source.kind}s",
                pause=self._pause,
                progress=self._progress,
            ),
            predictor=Predictor(
                flow=flow, ledger=shadow.ledger, reader=there, settings=settings, now=shadow.ports.clock.now()
            ),
        )
        entries = one.entries()
        plan = Plan(
            flow=flow_id,
            made_at=shadow.ports.clock.now(),
            epoch=shadow.epoch.number,
            look_first=settings.get(LOOK_FIRST) is True,
            entries=tuple(entries),
        )
        return DryRun(plan=plan, shadow=shadow)


@dataclass(kw_only=True)
class _Run:
    shadow: Shadow
    flow: FlowId
    planner: Planner
    reader: ListReader
    predictor: Predictor
    _before: dict[RecordId, CrossReference] = field(default_factory=dict)
    _rows: dict[RecordId, CrossReference] = field(default_factory=dict)
    _stamps: dict[RecordId, str | None] = field(default_factory=dict)

    def entries(self) -> list[Entry]:
        for page in self.reader.pages():
            once = {row.external_id: row for row in page.rows if self._id(row) not in self._stamps}
            for some in batched(once.values(), _AT_ONCE, strict=False):
                self._plan(some)
        predicted = self._predicted()
        return [self._entry(row, predicted.get(record)) for record, row in self._rows.items()]

    def _plan(self, rows: Sequence[Row]) -> None:
        """As a poll and its ingest: what differs from what is stored is planned, and so is what waits for a cure."""
        ids = [self._id(row) for row in rows]
        self._stamps |= {record: row.stamp for record, row in zip(ids, rows, strict=True)}
        known = self.shadow.ports.ledger.get_many(ids)
        self._before |= known
        received = [one for row in rows if (one := self._received(row, known.get(self._id(row)))) is not None]
        planned = {row.record: row for row in self.planner.plan(Delivery(flow=self.flow, received=tuple(received)))}
        for record in ids:
            row = planned.get(record) or self.shadow.ports.ledger.get(record)
            if row is not None:
                self._rows[record] = row

    def _received(self, row: Row, kept: CrossReference | None) -> Received | None:
        """None where nothing would be planned: what is stored is newest, or the source does not give it."""
        if kept is not None and is_newest(kept, row):
            waits = kept.state is State.HELD and kept.causes
            stored = self._stored(kept) if waits else None
            return None if stored is None else self._as_received(row, stored, again=True)
        try:
            record = row.record or self.reader.fetch(row.external_id)
            if record is None:
                raise NotFoundError(f"no {row.external_id}")
        except RejectedError as error:
            self._unreadable(row, error)
            return None
        return self._as_received(row, record, again=False)

    def _as_received(self, row: Row, record: Record, *, again: bool) -> Received:
        stamp = row.stamp
        if stamp is None and record.modified_at is not None:
            stamp = record.modified_at.isoformat()
        return Received(
            id=self._id(row),
            record=record,
            stamp=stamp,
            fetched_at=self.shadow.ports.clock.now(),
            cause=NoticeCause.RELEASED if again else NoticeCause.POLLED,
            run_id="plan",
            again=again,
        )

    def _unreadable(self, row: Row, error: ConnectorError) -> None:
        gone, reason = isinstance(error, NotFoundError), unread_reason(error)
        self.planner.unreadable(self.flow, row.external_id, reason, gone=gone, actor="plan")

    def _stored(self, row: CrossReference) -> Record | None:
        if row.wanted is None:
            return None
        try:
            return load(self.shadow.ports.payloads.get(source_payload_key(row, row.wanted.digest)))
        except KeyError:
            return None

    def _predicted(self) -> dict[RecordId, Predicted]:
        wanted = list(self._wanted())
        found = self.predictor.predict(wanted)
        return {one.row.record: predicted for one, predicted in zip(wanted, found, strict=True)}

    def _wanted(self) -> Iterator[Wanted]:
        """Rows that this plan has just planned; one that was planned before goes on by itself."""
        for record, row in self._rows.items():
            if row.state is State.PLANNED and row.planned is not None and not self._goes_on(record, row):
                last = row.confirmed.digest if row.confirmed else None
                yield Wanted(
                    row=row,
                    meant=self._target(row, row.planned.digest),
                    last=self._target(row, last) if last else None,
                )

    def _target(self, row: CrossReference, version: str) -> Record:
        return load(self.shadow.ports.payloads.get(target_payload_key(row, version)))

    def _goes_on(self, record: RecordId, row: CrossReference) -> bool:
        before = self._before.get(record)
        return before is not None and before.planned == row.planned and before.state is State.PLANNED

    def _entry(self, row: CrossReference, predicted: Predicted | None) -> Entry:
        before = self._before.get(row.record)
        told = predicted or Predicted(act=self._act(row, before), reasons=_texts(row.reasons))
        planned = row.planned if predicted is not None else None
        decision = "void" if planned and planned.action is Action.VOID else _DECISIONS.get(row.state, "none")
        return Entry(
            external_id=row.record.external_id,
            number=row.number,
            amount=str(row.amount) if row.amount else None,
            source=row.wanted.digest if row.wanted else "",
            stamp=self._stamps[row.record],
            again=before is not None and before.wanted == row.wanted,
            decision=decision,
            act=told.act,
            digest=planned.digest if planned else None,
            target_id=told.target_id or (row.confirmed.target_id if row.confirmed else None),
            found=told.found,
            reasons=told.reasons,
            warning=told.warning,
            payload=encode(told.payload or {}),
        )

    def _act(self, row: CrossReference, before: CrossReference | None) -> Act:
        if row.is_busy or row.state in (State.PLANNED, State.POSTING, State.HANDED_OVER, State.IN_DOUBT):
            return Act.UNDER_WAY
        unchanged = before is not None and before.state is row.state and before.reasons == row.reasons
        if unchanged and before is not None and before.wanted == row.wanted:
            return Act.NONE
        return _STATES.get(row.state, Act.NONE)

    def _id(self, row: Row) -> RecordId:
        return RecordId(flow=self.flow, external_id=row.external_id)


def _texts(reasons: Sequence[Reason]) -> tuple[str, ...]:
    return tuple(reason.text for reason in reasons)
