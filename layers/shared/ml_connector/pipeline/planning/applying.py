"""Carry out a plan as it was read and agreed to: whatever is not the same any more is refused, and listed.

The plan is made once more and compared, record by record. What still stands goes the ordinary way: the version that was
planned is stored, and a notice names it. So it is planned a third time by the ingest worker, written once, and audited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import batched

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.pipeline.connections.watching import Watch
from ml_connector.pipeline.ingest.poll_pass import RECORDS_PER_NOTICE
from ml_connector.pipeline.planning.dry_run import DryRun, Planning
from ml_connector.pipeline.planning.plan_file import Act, Entry, Plan
from ml_connector.pipeline.planning.shadow import Shadow
from ml_connector.pipeline.ports import PayloadKey, Ports

_PAYLOADS_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    external_id: str
    number: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """`sent` counts records handed to the queues; `settled` those that need nothing, or are under way already."""

    flow: FlowId
    run_id: str
    sent: int
    settled: int
    refused: tuple[Refused, ...]


def apply_plan(ports: Ports, planning: Planning, plan: Plan, *, actor: str) -> Applied:
    """Raises: SettingsError where the plan as a whole cannot be carried out any more, and what planning raises."""
    _check_connections(ports, plan.flow)
    now = planning.dry_run(plan.flow)
    _check_whole(plan, now.plan)
    by_id = {entry.external_id: entry for entry in now.plan.entries}
    refused = [told for entry in plan.entries if (told := _refusal(entry, by_id.get(entry.external_id))) is not None]
    refused += _twins(plan, {one.external_id for one in refused})
    apart = {one.external_id for one in refused}
    going = [by_id[entry.external_id] for entry in plan.entries if entry.is_new and entry.external_id not in apart]
    run_id = ports.ids.new()
    _store(ports, Watch(ports, planning.catalog), now.shadow, plan.flow, going)
    _send(ports, now, going, run_id=run_id, actor=actor)
    return Applied(
        flow=plan.flow,
        run_id=run_id,
        sent=len(going),
        settled=len(plan.entries) - len(going) - len(refused),
        refused=tuple(refused),
    )


def _refusal(planned: Entry, now: Entry | None) -> Refused | None:
    """What needs nothing is not refused for having changed: the flow's next run reads it as ever."""
    if not planned.is_new:
        return None
    why = planned.warning or ("the source does not list it any more" if now is None else planned.differs_from(now))
    return Refused(external_id=planned.external_id, number=planned.number, why=why) if why else None


def _twins(plan: Plan, apart: set[str]) -> list[Refused]:
    """Held only because a refused one has its number: left alone with it, such a one would be created after all."""
    owners = tuple(f" {RecordId(flow=plan.flow, external_id=external_id)}" for external_id in apart)
    why = "it was to be held beside a record that is refused: make a new plan"
    return [
        Refused(external_id=entry.external_id, number=entry.number, why=why)
        for entry in plan.entries
        if (entry.decision, entry.act) == ("post", Act.HOLD) and entry.external_id not in apart
        if any(reason.endswith(owners) for reason in entry.reasons)
    ]


def _check_connections(ports: Ports, flow: FlowId) -> None:
    for side in (flow.source_connection, flow.target_connection):
        connection: Connection = ports.connections.get(side)
        if not connection.is_running:
            text = f"connection {side.name} is {connection.state}: {connection.state_why or 'by a person'}"
            raise SettingsError(text, setting="connection")


def _check_whole(plan: Plan, now: Plan) -> None:
    if plan.epoch != now.epoch:
        raise SettingsError("our tables were restored since it was made: make a new one", setting="plan")
    if plan.look_first != now.look_first:
        raise SettingsError("the flow's setting look_first changed since it was made: make a new one", setting="plan")


def _store(ports: Ports, watch: Watch, shadow: Shadow, flow: FlowId, entries: Iterable[Entry]) -> None:
    """The lists that the plan was made on, their changes followed up as ever, and the versions that it is about."""
    for (connection, kind), fresh in shadow.references.fresh.items():
        current = ports.references.current(connection, kind)
        items = watch.look(connection, kind, before=current.items, now=fresh.items) if current else fresh.items
        ports.references.replace(connection, replace(fresh, items=items))
    planned = {(entry.external_id, entry.source) for entry in entries}
    new: list[PayloadKey] = [
        key
        for key in shadow.payloads.kept
        if key.connection == flow.source_connection and (key.external_id, key.version) in planned
    ]
    for some in batched(new, _PAYLOADS_AT_ONCE, strict=False):
        ports.payloads.put_many({key: shadow.payloads.kept[key] for key in some})


def _send(ports: Ports, now: DryRun, entries: Sequence[Entry], *, run_id: str, actor: str) -> None:
    """A stored version that waited for a cure is planned again; a new one counts as read when the plan was made."""
    for again in (False, True):
        some = [entry for entry in entries if entry.again is again]
        notices = [
            Notice(
                flow=now.plan.flow,
                cause=NoticeCause.RELEASED if again else NoticeCause.POLLED,
                records=tuple(
                    NoticedRecord(external_id=entry.external_id, stamp=entry.stamp, stored=entry.source or None)
                    for entry in chunk
                ),
                run_id=run_id,
                actor=actor,
                read_at=None if again else now.plan.made_at,
            )
            for chunk in batched(some, RECORDS_PER_NOTICE, strict=False)
        ]
        ports.notices.send(notices)
