"""Take back what we wrote: shown first, then asked of the posting worker, which does it as it does every write.

So a rollback is claimed, looked at before it is sent, settled by reading where no answer came, and audited; one that
broke off is finished by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched, groupby
from typing import Any

from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import CrossReference, Planned
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.records.record import Record, load
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.correcting.selection import Selection, rows_of
from ml_connector.pipeline.correcting.undo import BEGUN, Undo, Verdict, begun, is_still_to_write, refused, verdict_of
from ml_connector.pipeline.correcting.writes import Writes, writes_of
from ml_connector.pipeline.planning.known import settings_of
from ml_connector.pipeline.planning.plan_file import Act
from ml_connector.pipeline.planning.planner import target_payload_key
from ml_connector.pipeline.planning.prediction import Predicted, Predictor, Wanted
from ml_connector.pipeline.planning.shadow import ShadowLedger
from ml_connector.pipeline.ports import Change, MovedError, Ports
from ml_connector.pipeline.reporting.list_reading import ListReader, Pause, Progress
from ml_connector.pipeline.system import Reach

_TRIES = 4
_HINTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """One record. `payload` is what would be sent, in the vendor's spelling; empty where the target was not asked."""

    record: RecordId
    number: str | None
    amount: Money | None
    undo: Undo
    target_id: str | None
    why: str = ""
    payload: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPlan:
    chosen: Selection
    entries: tuple[Undoing, ...]

    def of(self, *undos: Undo) -> tuple[Undoing, ...]:
        return tuple(entry for entry in self.entries if entry.undo in undos)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """`entries` as they were begun, or why they were not; `run_id` names this rollback in the trail."""

    run_id: str
    entries: tuple[Undoing, ...]

    def of(self, *undos: Undo) -> tuple[Undoing, ...]:
        return tuple(entry for entry in self.entries if entry.undo in undos)


class Rollback:
    """`systems` is None where the target cannot be asked: the posting worker asks it before it writes, in any case."""

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

    def plan(self, chosen: Selection) -> RollbackPlan:
        """Nothing changes. Raises: what reading the target raises, but for brief failures, which are waited out."""
        judged = list(self._judged(chosen))
        entries: list[Undoing] = []
        for flow, some in groupby(judged, key=lambda pair: pair[0].record.flow):
            entries += self._looked_at(flow, list(some))
        return RollbackPlan(chosen=chosen, entries=tuple(entries))

    def carry_out(self, plan: RollbackPlan, *, actor: str, reason: str) -> RolledBack:
        """Every record that the plan did not refuse, as it is by now. Done twice it does nothing the second time."""
        run_id = self._ports.ids.new()
        done: list[Undoing] = []
        for some in batched(plan.entries, _HINTS_AT_ONCE, strict=False):
            entries = [self._begin(entry, plan.chosen.run, run_id, actor, reason) for entry in some]
            hinted = [entry.record for entry in entries if entry.undo in BEGUN or entry.undo is Undo.UNDER_WAY]
            self._ports.postings.send(hinted)
            for entry in entries:
                if entry.undo is Undo.REFUSE:
                    self._audit_refusal(entry, plan.chosen.run, actor, reason)
            done += entries
        return RolledBack(run_id=run_id, entries=tuple(done))

    def _judged(self, chosen: Selection) -> Iterator[tuple[CrossReference, Verdict]]:
        """Of a run, only the records that it wrote, or is still to write."""
        for row in rows_of(self._ports, chosen):
            writes, run = self._writes(row, chosen.run), chosen.run
            if run is None or run in writes.runs or is_still_to_write(row, run):
                yield row, verdict_of(row, writes, run=run)

    def _writes(self, row: CrossReference, run: str | None) -> Writes:
        """The trail is read only where a run is meant and may have been there: most rows tell by themselves."""
        sure = row.confirmed
        if run is None or sure is None or (sure.run != run and row.n <= 1):
            return Writes()
        return writes_of(self._ports.ledger.trail(row.record))

    def _begin(self, entry: Undoing, run: str | None, run_id: str, actor: str, reason: str) -> Undoing:
        if entry.undo not in BEGUN:
            return entry
        for _ in range(_TRIES):
            row = self._ports.ledger.get(entry.record)
            if row is None:
                break
            verdict = verdict_of(row, self._writes(row, run), run=run)
            if verdict.planned is None:
                return replace(entry, undo=verdict.undo, why=verdict.why)
            planned = replace(verdict.planned, run=run_id)
            now = self._ports.clock.now()
            after, event = begun(row, planned, now=now, actor=actor, reason=reason, run=run)
            try:
                self._ports.ledger.commit(Change(before=row, after=after, events=(event,)))
            except MovedError:
                continue
            return replace(entry, undo=verdict.undo)
        return replace(entry, undo=Undo.REFUSE, why="it moved while it was being rolled back: do it again")

    def _audit_refusal(self, entry: Undoing, run: str | None, actor: str, reason: str) -> None:
        """Into the record's trail, unless this refusal is the last thing that it tells."""
        for _ in range(_TRIES):
            row = self._ports.ledger.get(entry.record)
            if row is None:
                return
            event = refused(entry.why, now=self._ports.clock.now(), actor=actor, reason=reason, run=run)
            *_, last = [None, *self._ports.ledger.trail(entry.record)]
            if last is not None and (last.event.actor, last.event.text) == (event.actor, event.text):
                return
            try:
                self._ports.ledger.commit(Change(before=row, after=row, events=(event,)))
            except MovedError:
                continue
            return

    def _looked_at(self, flow_id: FlowId, judged: Sequence[tuple[CrossReference, Verdict]]) -> Iterable[Undoing]:
        """The target's own word on each: paid, closed, changed by a person, still used, not there any more."""
        going = [(row, verdict.planned) for row, verdict in judged if verdict.planned is not None]
        wanted = {row.record: self._wanted(row, planned) for row, planned in going}
        asked = [one for one in wanted.values() if one is not None]
        predictor = self._predictor(flow_id) if asked else None
        found = predictor.predict(asked) if predictor else []
        told = {one.row.record: predicted for one, predicted in zip(asked, found, strict=bool(predictor))}
        for row, verdict in judged:
            entry = _entry(row, verdict)
            if row.record in wanted and wanted[row.record] is None:
                yield replace(entry, undo=Undo.REFUSE, why="what was sent is not stored any more: undo it by hand")
            else:
                yield _as_predicted(entry, told.get(row.record))

    def _wanted(self, row: CrossReference, planned: Planned) -> Wanted | None:
        assert row.confirmed is not None
        meant, last = self._payload(row, planned.digest), self._payload(row, row.confirmed.digest)
        return (
            None if meant is None or last is None else Wanted(row=replace(row, planned=planned), meant=meant, last=last)
        )

    def _payload(self, row: CrossReference, digest: str) -> Record | None:
        try:
            return load(self._ports.payloads.get(target_payload_key(row, digest)))
        except KeyError:
            return None

    def _predictor(self, flow_id: FlowId) -> Predictor | None:
        flow, target = self._catalog.flow(flow_id.flow), self._ports.connections.get(flow_id.target_connection)
        if self._systems is None or self._catalog.connector(target.system).reach is Reach.VISITED:
            return None
        reader = ListReader(
            system=self._systems.open(target),
            kind=flow.target.kind,
            what=f"{target.id.name} {flow.target.kind}s",
            pause=self._pause,
            progress=self._progress,
        )
        return Predictor(
            flow=flow,
            ledger=ShadowLedger(real=self._ports.ledger),
            reader=reader,
            settings=settings_of(flow, self._ports.connections.flow(flow_id).settings),
            now=self._ports.clock.now(),
        )


def _entry(row: CrossReference, verdict: Verdict) -> Undoing:
    return Undoing(
        record=row.record,
        number=row.number,
        amount=row.amount,
        undo=verdict.undo,
        target_id=row.confirmed.target_id if row.confirmed else None,
        why=verdict.why,
    )


def _as_predicted(entry: Undoing, told: Predicted | None) -> Undoing:
    """What is gone already need not be taken out; what is gone cannot get former values back."""
    if told is None:
        return entry
    why = "; ".join(told.reasons)
    if told.act is Act.HOLD or (told.act is Act.REJECT and entry.undo is Undo.RESTORE):
        return replace(entry, undo=Undo.REFUSE, why=why)
    return replace(entry, why=why, payload=encode(told.payload or {}))
