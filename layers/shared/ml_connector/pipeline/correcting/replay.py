"""Plan stored versions anew on a person's word: shown first, then sent the ordinary way.

What stands as it should is left alone, however often; what was rolled back or put aside is taken up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched, groupby
from typing import Protocol

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.correcting.selection import Selection, rows_of
from ml_connector.pipeline.planning.known import Knowledge, settings_of
from ml_connector.pipeline.planning.plan_file import Entry
from ml_connector.pipeline.planning.planner import Planner
from ml_connector.pipeline.planning.prediction import Predictor
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.planning.rehearsal import Rehearsal, stored_version
from ml_connector.pipeline.planning.shadow import Shadow, shadow_of
from ml_connector.pipeline.planning.standing import is_kept, is_set_aside
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.list_reading import ListReader, Pause, Progress
from ml_connector.pipeline.system import Row

_AT_ONCE = 100


class PlansAgain(Protocol):
    """The releaser, as far as a replay needs it."""

    def plan_again(
        self, records: Sequence[RecordId], *, cause: NoticeCause, run_id: str, actor: str = "ml-connector"
    ) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What replaying one flow's records would do. `not_stored` have no version to plan: a run reads them anew.

    `set_aside`, and `kept` with the values that a person chose in the target, are left out unless they are named.
    """

    flow: FlowId
    entries: tuple[Entry, ...]
    not_stored: tuple[RecordId, ...] = ()
    set_aside: tuple[RecordId, ...] = ()
    kept: tuple[RecordId, ...] = ()

    @property
    def going(self) -> list[RecordId]:
        return [RecordId(flow=self.flow, external_id=entry.external_id) for entry in self.entries if entry.is_new]


class Replay:
    """`systems` is None where the target cannot be asked: the plan tells then what would be sent, not how it ends."""

    def __init__(
        self,
        ports: Ports,
        catalog: Catalog,
        systems: Systems | None,
        *,
        pause: Pause = lambda wait: None,
        progress: Progress = lambda text: None,
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._pause = pause
        self._progress = progress

    def plan(self, chosen: Selection) -> list[Replayed]:
        """Nothing changes. Against a person's word on a record, it is taken up only where it is named itself.

        Raises: what looking at the target raises, ReferenceNotReadError.
        """
        rows = rows_of(self._ports, chosen)
        flows = groupby(rows, key=lambda row: row.record.flow)
        return [self._plan_flow(flow, list(some), named=frozenset(chosen.records)) for flow, some in flows]

    def carry_out(self, plan: Sequence[Replayed], releaser: PlansAgain, *, actor: str) -> tuple[str, int]:
        """The run's id, and how many records were sent to be planned: those to which something is done."""
        run_id, sent = self._ports.ids.new(), 0
        for some in batched((record for each in plan for record in each.going), _AT_ONCE, strict=False):
            sent += releaser.plan_again(some, cause=NoticeCause.REPLAYED, run_id=run_id, actor=actor)
        return run_id, sent

    def _plan_flow(self, flow: FlowId, rows: list[CrossReference], *, named: frozenset[RecordId]) -> Replayed:
        others = [row for row in rows if row.record not in named]
        aside = [row.record for row in others if is_set_aside(row)]
        kept = [row.record for row in others if is_kept(row) and not is_set_aside(row)]
        left_out = {*aside, *kept}
        meant = [row for row in rows if row.record not in left_out]
        shadow = shadow_of(self._ports)
        versions = _Stored(shadow=shadow)
        rehearsal = Rehearsal(
            shadow=shadow,
            flow=flow,
            planner=Planner(shadow.ports, self._catalog, Knowledge(shadow.ports)),
            predictor=self._predictor(flow, shadow),
            version=versions.version,
        )
        entries = rehearsal.entries(_listed(meant))
        return Replayed(
            flow=flow,
            entries=tuple(entries),
            not_stored=tuple(versions.missing),
            set_aside=tuple(aside),
            kept=tuple(kept),
        )

    def _predictor(self, flow_id: FlowId, shadow: Shadow) -> Predictor | None:
        if self._systems is None:
            return None
        flow, target = self._catalog.flow(flow_id.flow), self._ports.connections.get(flow_id.target_connection)
        reader = ListReader(
            system=self._systems.open(target),
            kind=flow.target.kind,
            what=f"{target.id.name} {flow.target.kind}s",
            pause=self._pause,
            progress=self._progress,
        )
        settings = settings_of(flow, self._ports.connections.flow(flow_id).settings)
        now = shadow.ports.clock.now()
        return Predictor(flow=flow, ledger=shadow.ledger, reader=reader, settings=settings, now=now)


@dataclass(kw_only=True)
class _Stored:
    shadow: Shadow
    missing: list[RecordId] = field(default_factory=list)

    def version(self, row: Row, kept: CrossReference | None) -> Received | None:
        if kept is None:
            return None
        record = stored_version(self.shadow, kept)
        if record is None:
            self.missing.append(kept.record)
            return None
        return Received(
            id=kept.record,
            record=record,
            stamp=kept.stamp,
            fetched_at=self.shadow.ports.clock.now(),
            cause=NoticeCause.REPLAYED,
            run_id="replay",
            again=True,
        )


def _listed(rows: Sequence[CrossReference]) -> Iterator[Sequence[Row]]:
    yield [Row(external_id=row.record.external_id, stamp=row.stamp) for row in rows]
