"""What the commands use of the runtime's services, and no more: a test passes fakes, importing builds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue

if TYPE_CHECKING:
    from ml_connector.pipeline.redrive import Chosen, Redriven


class Onboarding(Protocol):
    def onboard(self, document: Mapping[str, Any], *, actor: str) -> Any: ...

    def pause(self, what: ConnectionId | FlowId, *, actor: str, why: str) -> Any: ...

    def resume(self, what: ConnectionId | FlowId, *, actor: str) -> Any: ...

    def set_mapping(
        self, connection: ConnectionId, kind: ReferenceKind, code: str, target_id: str, *, actor: str
    ) -> Any: ...


class Releases(Protocol):
    def plan_again(
        self, records: Sequence[RecordId], *, cause: NoticeCause, run_id: str, actor: str = "ml-connector"
    ) -> int: ...


class Redrives(Protocol):
    def look(self, queue: DeadQueue, chosen: Chosen | None = None, *, limit: int = 100) -> Sequence[DeadLetter]: ...

    def run(
        self, queue: DeadQueue, chosen: Chosen | None = None, *, actor: str, limit: int = 100
    ) -> Sequence[Redriven]: ...


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
    def onboarding(self) -> Onboarding: ...
    @property
    def redrive(self) -> Redrives: ...
