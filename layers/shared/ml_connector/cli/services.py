"""What the commands use of the runtime's services, and no more: a test passes fakes, importing builds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.registration import Registration
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_audit import AuditPorts
from ml_connector.pipeline.ports_consent import Consents
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from ml_connector.pipeline.ports_documents import Documents

if TYPE_CHECKING:
    from ml_connector.pipeline.connections.consent import Invitation
    from ml_connector.pipeline.connections.mapping_book import Changes
    from ml_connector.pipeline.connections.mapping_check import Broken
    from ml_connector.pipeline.connections.onboarding import Onboarded
    from ml_connector.pipeline.connections.ping import Pinged
    from ml_connector.pipeline.connections.registrations import Tended, Wanted
    from ml_connector.pipeline.connections.switches import Switched
    from ml_connector.pipeline.redrive import Chosen, Redriven


class Onboards(Protocol):
    def onboard(self, file: Mapping[str, Any], *, actor: str) -> Onboarded: ...


class Switches(Protocol):
    def pause(self, what: ConnectionId | FlowId, *, actor: str, why: str | None = None) -> Switched: ...

    def resume(self, what: ConnectionId | FlowId, *, actor: str) -> Switched: ...

    def reschedule(self, flow: FlowId, *, actor: str, **changes: Any) -> FlowSettings: ...

    def read_anew(self, flow: FlowId, *, actor: str) -> None: ...

    def replace_secret(
        self, connection: ConnectionId, secret: Mapping[str, str], *, actor: str, expires_on: date | None = None
    ) -> Switched: ...


class Consent(Protocol):
    def invite(self, connection: Connection, *, actor: str) -> Invitation: ...

    def withdraw(self, connection: Connection, *, actor: str) -> Sequence[Connection]: ...


class MappingBook(Protocol):
    def set_mapping(
        self,
        connection: ConnectionId,
        kind: ReferenceKind,
        code: str,
        target: str,
        *,
        actor: str,
        valid_from: date | None = None,
        valid_to: date | None = None,
        dry_run: bool = False,
    ) -> Changes: ...

    def remove_mapping(
        self,
        connection: ConnectionId,
        kind: ReferenceKind,
        code: str,
        *,
        actor: str,
        valid_from: date | None = None,
        valid_to: date | None = None,
        dry_run: bool = False,
    ) -> Changes: ...

    def import_mappings(self, connection: ConnectionId, text: str, *, actor: str, dry_run: bool = False) -> Changes: ...


class MappingCheck(Protocol):
    def broken(self, connection: Connection, *, older_than: timedelta) -> Sequence[Broken]: ...


class Releases(Protocol):
    def plan_again(
        self, records: Sequence[RecordId], *, cause: NoticeCause, run_id: str, actor: str = "ml-connector"
    ) -> int: ...


class Redrives(Protocol):
    def look(self, queue: DeadQueue, chosen: Chosen | None = None, *, limit: int = 100) -> Sequence[DeadLetter]: ...

    def run(
        self, queue: DeadQueue, chosen: Chosen | None = None, *, actor: str, limit: int = 100
    ) -> Sequence[Redriven]: ...

    def unreadable(self, *, limit: int = 1000) -> Sequence[DeadLetter]: ...

    def put_aside(self, message_id: str, *, actor: str, reason: str) -> str: ...

    def resend(self, message_id: str, *, actor: str, reason: str) -> str: ...


class Pings(Protocol):
    def run(self, connections: Sequence[Connection]) -> Sequence[Pinged]: ...


class Registrar(Protocol):
    def wanted(self, connection: Connection) -> Wanted: ...

    def stored(self, connection: Connection) -> Sequence[Registration]: ...

    def tend(self, connection: Connection, *, thorough: bool = False) -> Tended: ...


class Services(Protocol):
    @property
    def ports(self) -> Ports: ...
    @property
    def catalog(self) -> Catalog: ...
    @property
    def systems(self) -> Systems: ...
    @property
    def releaser(self) -> Releases: ...
    @property
    def onboarding(self) -> Onboards: ...
    @property
    def switches(self) -> Switches: ...
    @property
    def consent(self) -> Consent: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def ping(self) -> Pings: ...
    @property
    def registrar(self) -> Registrar: ...
    @property
    def documents(self) -> Documents: ...
    @property
    def mapping_book(self) -> MappingBook: ...
    @property
    def mapping_check(self) -> MappingCheck: ...
    @property
    def audit_ports(self) -> AuditPorts: ...
    @property
    def redrive(self) -> Redrives: ...
