"""Lift holds by level, not by edge: each cycle asks of every open cause whether it is cured by now.

A cure cannot be missed, because nothing has to be noticed at the moment it happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import batched

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.matching import Matched
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.planning.known import Knowledge, ReferenceNotReadError
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
        try:
            matches = self._knowledge.resolve(flow.target_connection, [cause.key for cause in open_causes])
        except ReferenceNotReadError:
            return 0
        cured = [cause for cause in open_causes if isinstance(matches[cause.key], Matched)]
        waiting = {record for cause in cured for record in self._ports.ledger.waiting_for(flow, cause)}
        return self.plan_again(sorted(waiting), cause=NoticeCause.RELEASED, run_id=run_id)

    def release_code(self, target: ConnectionId, kind: ReferenceKind, code: str, *, run_id: str) -> int:
        """A code has just been made or chosen: plan what waits for it, in every flow into that target.

        Cured or not: a choice that cannot be used becomes the reason that a person sees.
        """
        waiting = [
            record
            for settings in self._ports.connections.flows(target.tenant)
            if settings.id.target_connection == target
            for record in self._ports.ledger.waiting_for(settings.id, Cause(kind=kind, code=code))
        ]
        return self.plan_again(sorted(waiting), cause=NoticeCause.RELEASED, run_id=run_id)

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
