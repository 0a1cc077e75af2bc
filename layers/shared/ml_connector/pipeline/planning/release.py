"""Lift holds by level, not by edge: each cycle asks of every open cause whether it is cured by now.

A cure cannot be missed, because nothing has to be noticed at the moment it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import batched

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.mapping import has_period
from ml_connector.domain.matching import Matched
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.planning.known import Knowledge
from ml_connector.pipeline.ports import Ports

_PER_NOTICE = 100


class Releaser:
    def __init__(self, ports: Ports, knowledge: Knowledge) -> None:
        self._ports = ports
        self._knowledge = knowledge

    def release(self, flow: FlowId, *, run_id: str, causes: Iterable[Cause] | None = None) -> int:
        """Send every held record whose cause is cured back to its plan; answers how many."""
        open_causes = list(self._ports.ledger.causes(flow) if causes is None else causes)
        if not open_causes:
            return 0
        dated = self._dated(flow, open_causes)
        matches = self._knowledge.resolve(flow.target_connection, [one.key for one in open_causes if one not in dated])
        cured = [one for one in open_causes if one not in dated and isinstance(matches[one.key], Matched)]
        waiting = {record for cause in cured for record in self._ports.ledger.waiting_for(flow, cause)}
        waiting |= {record for cause in dated for record in self._cured_by_date(flow, cause)}
        return self.plan_again(sorted(waiting), cause=NoticeCause.RELEASED, run_id=run_id)

    def release_code(
        self,
        target: ConnectionId,
        kind: ReferenceKind,
        code: str,
        *,
        run_id: str,
        of_day: Callable[[date], bool] | None = None,
    ) -> int:
        """A code has just been made or chosen: plan what waits for it, in every flow into that target.

        Cured or not: a choice that cannot be used becomes the reason that a person sees. `of_day` leaves out the
        documents of days that the choice is not for.
        """
        cause = Cause(kind=kind, code=code)
        waiting = [
            record
            for settings in self._ports.connections.flows(target.tenant)
            if settings.id.target_connection == target
            for record in self._ports.ledger.waiting_for(settings.id, cause)
        ]
        if of_day is not None:
            waiting = [record for record, own in self._own_causes(waiting, cause) if of_day(self._day_of(own))]
        return self.plan_again(sorted(set(waiting)), cause=NoticeCause.RELEASED, run_id=run_id)

    def _dated(self, flow: FlowId, causes: Iterable[Cause]) -> frozenset[Cause]:
        """Those whose code has mappings for some days only: which documents they cure depends on each one's date."""
        mapped = self._ports.mappings.get_many(flow.target_connection, {(cause.kind, cause.code) for cause in causes})
        return frozenset(cause for cause in causes if any(map(has_period, mapped.get((cause.kind, cause.code), ()))))

    def _cured_by_date(self, flow: FlowId, cause: Cause) -> Iterator[RecordId]:
        own = list(self._own_causes(self._ports.ledger.waiting_for(flow, cause), cause))
        matches = self._knowledge.resolve(flow.target_connection, [found.key for _, found in own])
        return (record for record, found in own if isinstance(matches[found.key], Matched))

    def _own_causes(self, records: Sequence[RecordId], cause: Cause) -> Iterator[tuple[RecordId, Cause]]:
        """The cause as each of the records has it, with its own date."""
        for record, row in self._ports.ledger.get_many(records).items():
            yield from ((record, own) for own in row.causes if own.slug == cause.slug)

    def _day_of(self, cause: Cause) -> date:
        return cause.on or self._ports.clock.now().date()

    def plan_again(
        self, records: Sequence[RecordId], *, cause: NoticeCause, run_id: str, actor: str = "ml-connector"
    ) -> int:
        """Plan stored versions again; a record whose payload was never stored is fetched."""
        rows = self._ports.ledger.get_many(records)
        notices = []
        for flow in sorted({record.flow for record in records}):
            noticed = [
                NoticedRecord(
                    external_id=row.record.external_id,
                    stamp=row.stamp,
                    stored=row.wanted.digest if row.wanted else None,
                )
                for row in rows.values()
                if row.record.flow == flow
                and (cause is not NoticeCause.RELEASED or row.state in (State.HELD, State.PLANNED))
            ]
            notices += [
                Notice(flow=flow, cause=cause, records=chunk, run_id=run_id, actor=actor)
                for chunk in batched(noticed, _PER_NOTICE, strict=False)
            ]
        self._ports.notices.send(notices)
        return sum(len(notice.records) for notice in notices)
