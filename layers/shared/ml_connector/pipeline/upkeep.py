"""What nobody else looks after: work that fell due, cured holds, tokens about to expire, seals, the health figures.

Nothing here decides about a record. A hint too many is harmless, and one that was lost is given again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ml_connector.domain.connection import Connection, GrantRow, GrantState
from ml_connector.domain.crossreference import FED_STATES, CrossReference, State
from ml_connector.domain.errors import AuthError, ConnectorError
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.figures import Figures, grants_of
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Deadline, Ports

HINTED_ALREADY = timedelta(minutes=2)
"""A row that is due gets its hint from whoever made it due. Upkeep steps in where it did not help."""

FED_AGAIN_AFTER = timedelta(minutes=15)
RELEASE_EVERY = timedelta(minutes=10)
RENEW_WITHIN = timedelta(minutes=30)
_MARGIN = timedelta(seconds=15)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepReport:
    """What one run did and found. `finished` is False where time was up; the next run goes on."""

    fed: int = 0
    planned_again: int = 0
    released: int = 0
    renewed: int = 0
    registrations: int = 0
    broken_mappings: int = 0
    documents: int = 0
    seals: int = 0
    figures: Figures = field(default_factory=Figures)
    finished: bool = True


class Desk(Protocol):
    """Where partners' documents wait for their records."""

    def attend(self, connection: Connection) -> int: ...

    def old(self, connection: Connection, *, before: datetime) -> int: ...


class Upkeep:
    """`renew` refreshes a connection's grant where it is due, and says whether it did; None where there is none.
    `tend` puts right what a connection's system pushes to us, and says how much it changed. `desk` attaches what
    partners sent to the records that it is about. `broken_mappings` counts those into a connection.

    What was fed when is remembered in this process only: after a restart a row may get one hint too many.
    """

    def __init__(
        self,
        ports: Ports,
        catalog: Catalog,
        releaser: Releaser,
        *,
        hold_age: timedelta,
        renew: Callable[[Connection], bool] | None = None,
        tend: Callable[[Connection], int] | None = None,
        desk: Desk | None = None,
        broken_mappings: Callable[[Connection], int] | None = None,
        sealer: Sealer | None = None,
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._releaser = releaser
        self._hold_age = hold_age
        self._renew = renew
        self._tend = tend
        self._desk = desk
        self._broken_mappings = broken_mappings
        self._sealer = sealer
        self._fed: dict[RecordId, datetime] = {}
        self._released: dict[FlowId, datetime] = {}

    def run(self, deadline: Deadline) -> UpkeepReport:
        """Tokens first, since everything else needs them; then figures, due rows and cured holds, tenant by tenant."""
        done: Counter[str] = Counter()
        figures = Figures()
        for tenant in self._ports.connections.tenants():
            if deadline.remaining() < _MARGIN:
                break
            done["renewed"] += self._renew_grants(tenant)
            figures += Figures.of_tenant(self._ports, tenant, hold_age=self._hold_age)
            done += self._work_on(tenant, deadline)
            seals, late = self._seal(tenant, deadline)
            done["seals"] += seals
            figures += Figures(seals_late=int(late))
        figures.emit(self._ports.metrics)
        self._ports.metrics.count("MappingsBroken", done["broken_mappings"])
        if self._desk is not None:
            self._ports.metrics.count("OldDocuments", done["old_documents"])
        report = UpkeepReport(
            fed=done["fed"],
            planned_again=done["planned_again"],
            released=done["released"],
            renewed=done["renewed"],
            registrations=done["registrations"],
            broken_mappings=done["broken_mappings"],
            documents=done["documents"],
            seals=done["seals"],
            figures=figures,
            finished=deadline.remaining() >= _MARGIN,
        )
        self._ports.log.info("upkeep", fed=report.fed, released=report.released, finished=report.finished)
        return report

    def feed(self, connection: ConnectionId) -> int:
        """Hints for what is due at this target now, after it was resumed; answers how many.

        What was fed before does not count: those hints found the connection standing still, and are gone.
        """
        self._fed = {record: at for record, at in self._fed.items() if record.flow.target_connection != connection}
        held = self._ports.connections.get(connection)
        now, flows = self._ports.clock.now(), self._ports.connections.flows(connection.tenant)
        into = [one.id for one in flows if one.may_write(now) and one.id.target_connection == connection]
        return sum(self._feed(held, into, due_before=now).values())

    def _work_on(self, tenant: str, deadline: Deadline) -> Counter[str]:
        done: Counter[str] = Counter()
        connections = {one.id: one for one in self._ports.connections.list(tenant)}
        now = self._ports.clock.now()
        flows = [settings for settings in self._ports.connections.flows(tenant) if settings.is_running]
        for connection in connections.values():
            if not connection.is_running or deadline.remaining() < _MARGIN:
                continue
            into = [settings for settings in flows if settings.id.target_connection == connection.id]
            fed = [settings.id for settings in into if settings.may_write(now)]
            done += self._feed(connection, fed, due_before=now - HINTED_ALREADY)
            done["released"] += sum(self._release(settings.id) for settings in into)
            done["registrations"] += self._counted(self._tend, connection, "registrations not tended")
            done["broken_mappings"] += self._counted(self._broken_mappings, connection, "mappings not checked")
        return done + self._attend(connections.values(), deadline)

    def _attend(self, connections: Iterable[Connection], deadline: Deadline) -> Counter[str]:
        """Of a connection that stands still too: what was sent to it is about what it read before."""
        done: Counter[str] = Counter()
        for connection in connections:
            if self._desk is not None and deadline.remaining() >= _MARGIN:
                done["documents"] += self._desk.attend(connection)
                done["old_documents"] += self._desk.old(connection, before=self._ports.clock.now() - self._hold_age)
        return done

    def _feed(self, connection: Connection, flows: Iterable[FlowId], *, due_before: datetime) -> Counter[str]:
        """At most `backlog` hints of a connection are out at a time, so that no tenant crowds out another."""
        if not connection.is_running:
            return Counter()
        backlog = self._catalog.connector(connection.system).limits(connection.settings).backlog
        due = [
            record
            for flow in flows
            for record in self._ports.ledger.open_work(flow, FED_STATES, due_before=due_before, limit=backlog)
        ]
        now = self._ports.clock.now()
        out = {record for record in due if self._fed.get(record, _LONG_AGO) > now - FED_AGAIN_AFTER}
        chosen = [record for record in due if record not in out][: max(backlog - len(out), 0)]
        self._fed = {record: at for record, at in self._fed.items() if at > now - FED_AGAIN_AFTER}
        self._fed |= dict.fromkeys(chosen, now)
        return self._hint(chosen)

    def _hint(self, records: list[RecordId]) -> Counter[str]:
        rows = self._ports.ledger.get_many(records)
        planless = [record for record, row in rows.items() if _lacks_plan(row)]
        hinted = [record for record in records if record in rows and record not in set(planless)]
        self._ports.postings.send(hinted)
        again = self._releaser.plan_again(planless, cause=NoticeCause.RELEASED, run_id=self._ports.ids.new())
        return Counter(fed=len(hinted), planned_again=again)

    def _release(self, flow: FlowId) -> int:
        now = self._ports.clock.now()
        if self._released.get(flow, _LONG_AGO) > now - RELEASE_EVERY:
            return 0
        self._released[flow] = now
        return self._releaser.release(flow, run_id=self._ports.ids.new())

    def _counted(self, work: Callable[[Connection], int] | None, connection: Connection, failed: str) -> int:
        """Most runs call no system here; see `connections/registrations.py` and `connections/mapping_check.py`."""
        if work is None:
            return 0
        try:
            return work(connection)
        except AuthError as error:
            stop_connection(self._ports, connection, error)
        except ConnectorError as error:
            self._ports.log.warning(failed, connection=str(connection.id), why=error.detail)
        return 0

    def _seal(self, tenant: str, deadline: Deadline) -> tuple[int, bool]:
        """How many seals were made, and whether the newest is older than it should be."""
        if self._sealer is None:
            return 0, False
        made = 0
        try:
            made = self._sealer.seal(tenant, deadline)
        except ConnectorError as error:
            self._ports.log.error("not sealed", tenant=tenant, at=error.operation, why=error.detail)
        return made, self._sealer.is_late(tenant)

    def _renew_grants(self, tenant: str) -> int:
        """Each grant once, through one of its connections. A dead one stops all that share it."""
        if self._renew is None:
            return 0
        renewed = 0
        for row, sharing in grants_of(self._ports, tenant):
            if not self._may_be_due(row):
                continue
            try:
                renewed += self._renew(sharing[0])
            except AuthError as error:
                for connection in sharing:
                    stop_connection(self._ports, connection, error)
            except ConnectorError as error:
                self._ports.log.warning("token not refreshed", connection=str(sharing[0].id), why=error.detail)
        return renewed

    def _may_be_due(self, row: GrantRow) -> bool:
        """By the row alone: most runs read no secret. A suspect is followed up; a dead one waits for a person."""
        soon = self._ports.clock.now() + RENEW_WITHIN
        return row.state is GrantState.SUSPECT or (
            row.state is GrantState.LIVE and (row.expires_at is None or row.expires_at <= soon)
        )


def _lacks_plan(row: CrossReference) -> bool:
    return row.state is State.PLANNED and row.planned is None
