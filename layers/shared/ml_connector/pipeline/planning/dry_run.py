"""Plan a flow and do nothing: the whole source list, the real planner on shadow ports, and a look at the target.

What comes out is what a run at this moment would do to each record, with the exact payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.errors import ConnectorError, NotFoundError, RejectedError
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.ingest.unread import unread_reason
from ml_connector.pipeline.planning.caution import LOOK_FIRST
from ml_connector.pipeline.planning.known import Knowledge, settings_of
from ml_connector.pipeline.planning.plan_file import Plan
from ml_connector.pipeline.planning.planner import Planner
from ml_connector.pipeline.planning.prediction import Predictor
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.planning.rehearsal import Rehearsal, stored_version
from ml_connector.pipeline.planning.shadow import Shadow, shadow_of
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.list_reading import ListReader, Pause, Progress
from ml_connector.pipeline.reporting.source_list import is_newest
from ml_connector.pipeline.system import Row


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

    @property
    def catalog(self) -> Catalog:
        return self._catalog

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
        here = ListReader(
            system=self._systems.open(source),
            kind=flow.source.kind,
            what=f"{source.id.name} {flow.source.kind}s",
            pause=self._pause,
            progress=self._progress,
        )
        planner = Planner(shadow.ports, self._catalog, Knowledge(shadow.ports))
        rehearsal = Rehearsal(
            shadow=shadow,
            flow=flow_id,
            planner=planner,
            version=_Polled(shadow=shadow, flow=flow_id, planner=planner, reader=here).version,
            predictor=Predictor(
                flow=flow, ledger=shadow.ledger, reader=there, settings=settings, now=shadow.ports.clock.now()
            ),
        )
        entries = rehearsal.entries(page.rows for page in here.pages())
        plan = Plan(
            flow=flow_id,
            made_at=shadow.ports.clock.now(),
            epoch=shadow.epoch.number,
            look_first=settings.get(LOOK_FIRST) is True,
            entries=tuple(entries),
        )
        return DryRun(plan=plan, shadow=shadow)


@dataclass(frozen=True, kw_only=True)
class _Polled:
    """As a poll and its ingest: what differs from what is stored is planned, and so is what waits for a cure."""

    shadow: Shadow
    flow: FlowId
    planner: Planner
    reader: ListReader

    def version(self, row: Row, kept: CrossReference | None) -> Received | None:
        """None where nothing would be planned: what is stored is newest, or the source does not give it."""
        if kept is not None and is_newest(kept, row):
            waits = kept.state is State.HELD and kept.causes
            stored = stored_version(self.shadow, kept) if waits else None
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
            id=RecordId(flow=self.flow, external_id=row.external_id),
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
