"""What nobody else looks after: work that fell due, cured holds, tokens about to expire, seals, the health figures.

Nothing here decides about a record. A hint too many is harmless, and one that was lost is given again. Whatever fails
for one connection or one tenant is told, and keeps nothing from the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import FED_STATES, CrossReference, State
from ml_connector.domain.errors import AuthError, ConnectorError
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.pipeline.apart import Apart
from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.figures import Figures
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Deadline, Ports
from ml_connector.pipeline.renewal import Renewal

HINTED_ALREADY = timedelta(minutes=2)
"""A row that is due gets its hint from whoever made it due. Upkeep steps in where it did not help."""

FED_AGAIN_AFTER = timedelta(minutes=15)
RELEASE_EVERY = timedelta(minutes=10)
_MARGIN = timedelta(seconds=15)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_COUNTED = (
    *("fed", "planned_again", "released", "renewed", "registrations"),
    *("broken_mappings", "documents", "seals"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepReport:
    """What one run did and found; `failed` counts what raised, and is in the log piece by piece.

    `finished` is False where time was up; the next run goes on.
    """

    fed: int = 0
    planned_again: int = 0
    released: int = 0
    renewed: int = 0
    registrations: int = 0
    broken_mappings: int = 0
    documents: int = 0
    seals: int = 0
    figures: Figures = field(default_factory=Figures)
    failed: int = 0
    finished: bool = True


class Desk(Protocol):
    """Where partners' documents wait for their records."""

    def attend(self, connection: Connection, deadline: Deadline) -> int: ...

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
        self._renewal = Renewal(ports, renew) if renew is not None else None
        self._tend = tend
        self._desk = desk
        self._broken_mappings = broken_mappings
        self._sealer = sealer
        self._fed: dict[RecordId, datetime] = {}
        self._released: dict[FlowId, datetime] = {}

    def run(self, deadline: Deadline) -> UpkeepReport:
        """Tokens first, since everything else needs them; then figures, due rows and cured holds, tenant by tenant.

        Partners' documents when all of that is done for everybody: a partner's server may take its time.
        """
        done, figures, everybody = Counter[str](), Figures(), list[Connection]()
        apart = Apart(self._ports.log, self._ports.metrics)
        for tenant in self._ports.connections.tenants():
            if deadline.remaining() < _MARGIN:
                break
            done["renewed"] += self._renewal.of(tenant, apart) if self._renewal is not None else 0
            figures += apart(
                "figures", tenant, Figures(), Figures.of_tenant, self._ports, tenant, hold_age=self._hold_age
            )
            connections = apart("connections", tenant, (), self._ports.connections.list, tenant)
            done += apart("tenant", tenant, Counter[str](), self._work_on, tenant, connections, deadline, apart)
            done["seals"] += apart("seals", tenant, 0, self._sealed, tenant, deadline)
            figures += Figures(seals_late=int(apart("seals", tenant, False, self._is_late, tenant)))
            everybody += connections
        self._tell(figures, done)
        done["documents"] = self._attend(everybody, deadline, apart)
        return self._report(done, figures, failed=apart.failed, finished=deadline.remaining() >= _MARGIN)

    def _report(self, done: Counter[str], figures: Figures, *, failed: int, finished: bool) -> UpkeepReport:
        counted = {name: done[name] for name in _COUNTED}
        report = UpkeepReport(**counted, figures=figures, failed=failed, finished=finished)
        self._ports.log.info("upkeep", fed=report.fed, released=report.released, finished=report.finished)
        return report

    def _tell(self, figures: Figures, done: Counter[str]) -> None:
        figures.emit(self._ports.metrics)
        self._ports.metrics.count("MappingsBroken", done["broken_mappings"])
        if self._desk is not None:
            self._ports.metrics.count("OldDocuments", done["old_documents"])

    def feed(self, connection: ConnectionId) -> int:
        """Hints for what is due at this target now, after it was resumed; answers how many.

        What was fed before does not count: those hints found the connection standing still, and are gone.
        """
        self._fed = {record: at for record, at in self._fed.items() if record.flow.target_connection != connection}
        held = self._ports.connections.get(connection)
        now, flows = self._ports.clock.now(), self._ports.connections.flows(connection.tenant)
        into = [one.id for one in flows if one.may_write(now) and one.id.target_connection == connection]
        return sum(self._feed(held, into, due_before=now).values())

    def _work_on(
        self, tenant: str, connections: Iterable[Connection], deadline: Deadline, apart: Apart
    ) -> Counter[str]:
        done: Counter[str] = Counter()
        flows = [settings for settings in self._ports.connections.flows(tenant) if settings.is_running]
        for one in connections:
            if deadline.remaining() < _MARGIN:
                break
            done["old_documents"] += apart("documents", one.id, 0, self._old_documents, one)
            if not one.is_running:
                continue
            into = [settings for settings in flows if settings.id.target_connection == one.id]
            done += apart("connection", one.id, Counter[str](), self._move, one, into)
            done["registrations"] += apart(
                "registrations", one.id, 0, self._counted, self._tend, one, "registrations not tended"
            )
            done["broken_mappings"] += apart(
                "mappings", one.id, 0, self._counted, self._broken_mappings, one, "mappings not checked"
            )
        return done

    def _move(self, connection: Connection, into: Iterable[FlowSettings]) -> Counter[str]:
        """What is due at this target, and what waits for nothing any more."""
        now = self._ports.clock.now()
        fed = [settings.id for settings in into if settings.may_write(now)]
        done = self._feed(connection, fed, due_before=now - HINTED_ALREADY)
        done["released"] += sum(self._release(settings.id) for settings in into)
        return done

    def _old_documents(self, connection: Connection) -> int:
        before = self._ports.clock.now() - self._hold_age
        return self._desk.old(connection, before=before) if self._desk is not None else 0

    def _attend(self, connections: Iterable[Connection], deadline: Deadline, apart: Apart) -> int:
        """Of a connection that stands still too: what was sent to it is about what it read before."""
        attended = 0
        for one in connections:
            if self._desk is not None and deadline.remaining() >= _MARGIN:
                attended += apart("documents", one.id, 0, self._desk.attend, one, deadline)
        return attended

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

    def _sealed(self, tenant: str, deadline: Deadline) -> int:
        if self._sealer is None:
            return 0
        try:
            return self._sealer.seal(tenant, deadline)
        except ConnectorError as error:
            self._ports.log.error("not sealed", tenant=tenant, at=error.operation, why=error.detail)
        return 0

    def _is_late(self, tenant: str) -> bool:
        return self._sealer is not None and self._sealer.is_late(tenant)


def _lacks_plan(row: CrossReference) -> bool:
    return row.state is State.PLANNED and row.planned is None
