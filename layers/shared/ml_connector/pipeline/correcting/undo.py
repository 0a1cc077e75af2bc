"""What rolling a record back comes to, and the row that asks for it. Pure; the target has its own say afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import Confirmed, CrossReference, Origin, Planned, State
from ml_connector.domain.posting import Action
from ml_connector.pipeline.correcting.writes import Writes
from ml_connector.pipeline.planning.holding import in_state
from ml_connector.pipeline.planning.standing import is_rolled_back


class Undo(StrEnum):
    """VOID: what we made is taken out. RESTORE: it gets back the values that we last gave it before.

    UNDER_WAY: it is being rolled back already. NONE: there is nothing of ours, or not any more.
    """

    VOID = "void"
    RESTORE = "restore"
    REFUSE = "refuse"
    UNDER_WAY = "under_way"
    NONE = "none"


_OVER_PERSON = (
    "before this run wrote it, a person had changed it in the target, so our former values are not what stood there: "
    "both are in its history (`ml-connector record`); set it right in the target by hand, or roll back the whole record"
)

BEGUN = frozenset({Undo.VOID, Undo.RESTORE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`planned` is the write that does it, where one does."""

    undo: Undo
    why: str = ""
    planned: Planned | None = None


def verdict_of(row: CrossReference, writes: Writes, *, run: str | None) -> Verdict:
    """What undoes what `run` wrote; without a run, everything that we wrote."""
    in_the_way = _under_way(row, writes, run=run)
    if in_the_way is not None:
        return in_the_way
    sure = row.confirmed
    if sure is None or row.state is State.REVERSED:
        return _nothing(row, writes, run=run)
    if sure.origin is Origin.ADOPTED:
        return _refused("a person made it in the target: what is not ours is not rolled back")
    if sure.kept or not sure.digest:
        return _refused("a person chose what stands in the target: take it out there by hand")
    return _of_all(row, sure) if run is None else _of_run(row, sure, writes, run)


def is_still_to_write(row: CrossReference, run: str) -> bool:
    """Whether this run asked for a write that goes out by itself, or may have gone out and is not confirmed yet."""
    asked = (row.in_flight, row.unsettled, row.planned if row.state is State.PLANNED else None)
    if any(write is not None and write.run == run and not write.undo for write in asked):
        return True
    is_planned_next = row.is_busy or (row.state is State.PLANNED and row.planned is None)
    return is_planned_next and row.wanted_by == run


def begun(
    row: CrossReference, planned: Planned, *, now: datetime, actor: str, reason: str, run: str | None
) -> tuple[CrossReference, AuditEvent]:
    """The row that asks for it, and the trail's entry of who did, and why."""
    what = "take out of the target" if planned.action is Action.VOID else "restore the former values of"
    event = AuditEvent(
        step=Step.PLANNED,
        at=now,
        actor=actor,
        text=f"rollback, to {what} what {f'run {run}' if run else 'we'} wrote: {reason}",
        detail={"run": planned.run, "undoes": run, "digest": planned.digest, "action": planned.action.value},
    )
    anew = replace(row, planned=planned, n=row.n + 1, attempts=0)
    return in_state(anew, State.PLANNED, now, reasons=(), due_at=now), event


def refused(why: str, *, now: datetime, actor: str, reason: str, run: str | None) -> AuditEvent:
    """The trail's entry of a rollback that somebody asked for and did not get."""
    text = f"rollback of what {f'run {run}' if run else 'we'} wrote refused, {why}; it was asked for: {reason}"
    return AuditEvent(step=Step.REFUSED, at=now, actor=actor, text=text, detail={"undoes": run, "why": why})


def _under_way(row: CrossReference, writes: Writes, *, run: str | None) -> Verdict | None:
    if row.is_being_undone and row.state in (State.PLANNED, State.POSTING, State.IN_DOUBT, State.HANDED_OVER):
        return Verdict(undo=Undo.UNDER_WAY, why="it is being rolled back already")
    if row.is_busy and row.state in (State.HELD, State.DEAD):
        return _refused(
            "a write of it is in doubt and waits for a person: release it, and roll it back when it is settled"
        )
    if row.is_busy:
        return _refused("a write of it is under way or in doubt: try again once that has settled")
    if run is not None and run not in writes.runs and is_still_to_write(row, run):
        return _refused(
            "this run planned a write of it that is not sent yet, and will be: roll the run back again then"
        )
    return None


def _of_all(row: CrossReference, sure: Confirmed) -> Verdict:
    planned = Planned(action=Action.VOID, digest=sure.digest, source_digest=sure.source_digest, undo=True)
    return Verdict(undo=Undo.VOID, planned=planned)


def _of_run(row: CrossReference, sure: Confirmed, writes: Writes, run: str) -> Verdict:
    """Only what was written last can be undone: else a later run's values would be lost unsaid."""
    position = next((n for n, wrote in enumerate(writes.standing) if wrote.run == run), None)
    if position is None:
        return Verdict(undo=Undo.NONE, why="nothing that this run wrote stands there any more")
    own = writes.standing[position:]
    if any(wrote.run != run for wrote in own):
        later = next(wrote.run for wrote in reversed(own) if wrote.run != run) or "of an earlier release"
        return _refused(f"it was written again since, by run {later}: roll that one back first, or the whole record")
    if position == 0:
        return _of_all(row, sure)
    if any(wrote.over_person for wrote in own):
        return _refused(_OVER_PERSON)
    former = writes.standing[position - 1]
    if not former.source_digest:
        return _refused("the trail does not tell which version it held before")
    planned = Planned(action=Action.UPDATE, digest=former.digest, source_digest=former.source_digest, undo=True)
    return Verdict(undo=Undo.RESTORE, planned=planned)


def _nothing(row: CrossReference, writes: Writes, *, run: str | None) -> Verdict:
    if is_rolled_back(row):
        return Verdict(undo=Undo.NONE, why="it is rolled back already")
    if run is not None and writes.voided_by == run:
        return _refused("this run took it out of the target, which cannot be undone: replay the record to make it anew")
    return Verdict(undo=Undo.NONE, why="nothing of ours stands in the target")


def _refused(why: str) -> Verdict:
    return Verdict(undo=Undo.REFUSE, why=why)
