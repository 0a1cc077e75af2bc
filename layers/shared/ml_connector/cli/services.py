"""What the commands use of the runtime's services, and no more: a test passes fakes, importing builds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from ml_connector.domain.connection import Connection
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.registration import Registration
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_consent import Consents
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue

if TYPE_CHECKING:
    from ml_connector.pipeline.connections.consent import Invitation
    from ml_connector.pipeline.connections.mapping_book import MappingSet
    from ml_connector.pipeline.connections.onboarding import Onboarded
    from ml_connector.pipeline.connections.registrations import Tended, Wanted
    from ml_connector.pipeline.connections.switches import Switched
    from ml_connector.pipeline.redrive import Chosen, Redriven


class Onboards(Protocol):
    def onboard(self, file: Mapping[str, Any], *, actor: str) -> Onboarded: ...


class Switches(Protocol):
    def pause(self, what: ConnectionId | FlowId, *, actor: str, why: str | None = None) -> Switched: ...

    def resume(self, what: ConnectionId | FlowId, *, actor: str) -> Switched: ...

    def replace_secret(
        self, connection: ConnectionId, secret: Mapping[str, str], *, actor: str, expires_on: date | None = None
    ) -> Switched: ...


class Consent(Protocol):
    def invite(self, connection: Connection, *, actor: str) -> Invitation: ...

    def withdraw(self, connection: Connection, *, actor: str) -> Sequence[Connection]: ...


class MappingBook(Protocol):
    def set_mapping(
        self, connection: ConnectionId, kind: ReferenceKind, code: str, target: str, *, actor: str
    ) -> MappingSet: ...

    def remove_mapping(self, connection: ConnectionId, kind: ReferenceKind, code: str, *, actor: str) -> bool: ...

    def import_mappings(self, connection: ConnectionId, text: str, *, actor: str) -> list[MappingSet]: ...


class Releases(Protocol):
    def plan_again(
        self, records: Sequence[RecordId], *, cause: NoticeCause, run_id: str, actor: str = "ml-connector"
    ) -> int: ...


class Redrives(Protocol):
    def look(self, queue: DeadQueue, chosen: Chosen | None = None, *, limit: int = 100) -> Sequence[DeadLetter]: ...

    def run(
        self, queue: DeadQueue, chosen: Chosen | None = None, *, actor: str, limit: int = 100
    ) -> Sequence[Redriven]: ...


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
    def registrar(self) -> Registrar: ...
    @property
    def mapping_book(self) -> MappingBook: ...
    @property
    def redrive(self) -> Redrives: ...
