"""A tenant with a procurement and a ledger system in memory, the real pair's flows between them, and the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ml_connector.domain.connection import Connection, FlowSettings, GrantRow
from ml_connector.domain.crossreference import CrossReference, Planned, State
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.posting import Action, Limits
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pairs.freshbooks_jaggaer import FLOWS
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.planning.known import Knowledge
from ml_connector.pipeline.planning.planner import Planner
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Change
from ml_connector.pipeline.system import Connector, Grant, Opening, Reach, System
from tests.fakes.system import FakeSystem
from tests.fakes.world import FakeWorld

TENANT = "acme"
BUYING = ConnectionId(tenant=TENANT, name="jaggaer")
BOOKS = ConnectionId(tenant=TENANT, name="freshbooks")
BILLS = FlowId(tenant=TENANT, flow="jaggaer_invoice_to_freshbooks_bill", source="jaggaer", target="freshbooks")
VENDORS = FlowId(tenant=TENANT, flow="jaggaer_supplier_to_freshbooks_vendor", source="jaggaer", target="freshbooks")
HOLD_AGE = timedelta(days=5)

ACCOUNTS = [
    ReferenceItem(id="10", name="Office supplies", external_id="600100"),
    ReferenceItem(id="11", name="Travel"),
    ReferenceItem(id="12", name="Travel"),
    ReferenceItem(id="13", name="Loans", usable="it is a liability account"),
]


def check_settings(settings: Mapping[str, Any], *, local: bool = False) -> Mapping[str, Any]:
    """As a connector's: knows its own settings and says how to mend a wrong one."""
    if not settings.get("site"):
        raise SettingsError("must name the site", setting="site")
    return {"page_size": 50, **settings}


def a_connector(system: str, grant: Grant, *, backlog: int, open_system: Any) -> Connector:
    return Connector(
        system=system,
        title=system.title(),
        reach=Reach.CALLED,
        grant=grant,
        reads=frozenset(RecordKind),
        writes=frozenset(RecordKind),
        references=frozenset({ReferenceKind.VENDOR, ReferenceKind.ACCOUNT}),
        secret_fields=("client_id", "client_secret"),
        check_settings=check_settings,
        oauth=None,
        open=open_system,
        account_of=lambda settings: f"{system}-{settings['site']}",
        limits=lambda settings: Limits(backlog=backlog),
    )


@dataclass
class Office:
    world: FakeWorld = field(default_factory=FakeWorld)
    backlog: int = 3
    opened: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ports = self.world.ports
        self.buying = FakeSystem(clock=self.world.clock, prefix="J")
        self.books = FakeSystem(clock=self.world.clock, prefix="F")
        self.books.references = {ReferenceKind.ACCOUNT: list(ACCOUNTS), ReferenceKind.VENDOR: []}
        self.catalog = Catalog(flows={flow.name: flow for flow in FLOWS}, connectors=self._connectors())
        self.knowledge = Knowledge(self.ports)
        self.releaser = Releaser(self.ports, self.knowledge)
        self.planner = Planner(self.ports, self.catalog, self.knowledge)

    def open(self, connection: Connection) -> Any:
        self.opened.append(connection)
        return {"jaggaer": self.buying, "freshbooks": self.books}[connection.system]

    def set_up(self, **flow: Any) -> Office:
        """Both connections and both flows."""
        now = self.world.clock.now()
        for connection in (BUYING, BOOKS):
            self.world.connections.save(
                Connection(id=connection, system=connection.name, settings={"site": "x"}, created_at=now)
            )
        for flow_id in (VENDORS, BILLS):
            self.world.connections.save_flow(FlowSettings(id=flow_id, **{"cadence": "rate(15 minutes)", **flow}))
        return self

    def share_a_grant(self, **changes: Any) -> GrantRow:
        row = GrantRow(tenant=TENANT, grant="books", secret="grants/acme/books", secret_version="v1", **changes)
        self.world.grants.rows[(TENANT, "books")] = row
        connection = self.world.connections.connections[BOOKS]
        self.world.connections.save(replace(connection, grant="books"))
        return row

    def row(self, external_id: str, state: State = State.PLANNED, *, flow: FlowId = BILLS, **changes: Any) -> RecordId:
        """A row in that state since now, with a plan unless told otherwise."""
        record = RecordId(flow=flow, external_id=external_id)
        now: datetime = self.world.clock.now()
        plan = Planned(action=Action.CREATE, digest="d", source_digest="s")
        row = CrossReference(record=record, kind=RecordKind.BILL, source_kind=RecordKind.BILL, state=state)
        self.world.ledger.commit(
            Change(before=None, after=replace(row, **{"state_since": now, "planned": plan, **changes}), events=())
        )
        return record

    def found(self, record: RecordId) -> CrossReference:
        row = self.world.ledger.get(record)
        assert row is not None
        return row

    def _connectors(self) -> dict[str, Connector]:
        def opening(system: FakeSystem) -> Any:
            def opened(_: Opening) -> System:
                return system

            return opened

        return {
            "jaggaer": a_connector(
                "jaggaer", Grant.CLIENT_CREDENTIALS, backlog=self.backlog, open_system=opening(self.buying)
            ),
            "freshbooks": a_connector(
                "freshbooks", Grant.AUTHORIZATION_CODE, backlog=self.backlog, open_system=opening(self.books)
            ),
        }
