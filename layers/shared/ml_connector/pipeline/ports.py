"""The ports: what the pipeline needs of the world. `aws/` makes them real, tests play them; one suite tests both.

Every port that stores is reached through an id that begins with a tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ml_connector.domain.audit import AuditEntry, AuditEvent, Step
from ml_connector.domain.connection import Connection, FlowSettings, GrantRow, MappingEntry
from ml_connector.domain.crossreference import CrossReference, Guard, State
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.journal import Entry, Subject
from ml_connector.domain.mapping import MappingChange
from ml_connector.domain.money import Money
from ml_connector.domain.notice import Notice
from ml_connector.domain.posting import Limits
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.reference import Cause, ReferenceList
from ml_connector.domain.watermark import PollProgress


class MovedError(Exception):
    """The row is not the one that was read: somebody else wrote it. Read again."""


class GuardTakenError(Exception):
    """Another record holds this key of the target."""

    def __init__(self, guard: Guard, owner: str) -> None:
        super().__init__(f"{guard.kind} {guard.key} is held by {owner}")
        self.guard = guard
        self.owner = owner


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class IdSource(Protocol):
    def new(self) -> str:
        """32 hexadecimal characters nobody had before."""
        ...


class Deadline(Protocol):
    def remaining(self) -> timedelta:
        """How long this invocation may still run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A record that became reference data of its target: the vendor with this number is that vendor there."""

    connection: ConnectionId
    kind: ReferenceKind
    code: str
    target_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step of one record, written whole or not at all.

    `before` is the row as it was read (None: there was none). The adapter raises the row's version, seals and chains
    the events, keeps the cause items, the number look-up items and the indexes in step.
    """

    before: CrossReference | None
    after: CrossReference
    events: tuple[AuditEvent, ...]
    take: tuple[Guard, ...] = ()
    release: tuple[Guard, ...] = ()
    made: tuple[Made, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A record in a list: enough to count, to add up and to show."""

    record: RecordId
    state: State
    number: str | None
    amount: Money | None


class Ledger(Protocol):
    """Cross-references, guards, causes and the audit trail: what must change together."""

    def get(self, record: RecordId) -> CrossReference | None:
        """A consistent read."""
        ...

    def get_many(self, records: Sequence[RecordId]) -> dict[RecordId, CrossReference]: ...

    def commit(self, change: Change) -> CrossReference:
        """Write the change; answers the row as stored. Committing one change twice is harmless.

        Raises: MovedError, GuardTakenError.
        """
        ...

    def open_work(
        self, flow: FlowId, states: Iterable[State], *, due_before: datetime | None = None, limit: int = 1000
    ) -> list[RecordId]:
        """Records of non-final states, longest due first. May lag; decides nothing."""
        ...

    def causes(self, flow: FlowId) -> list[Cause]:
        """What this flow's held records wait for, each once."""
        ...

    def waiting_for(self, flow: FlowId, cause: Cause) -> list[RecordId]: ...

    def guard_owner(self, guard: Guard) -> str | None: ...

    def made(self, connection: ConnectionId, kind: ReferenceKind, codes: Sequence[str]) -> dict[str, str]:
        """Target ids of those codes that a flow of ours made or linked."""
        ...

    def by_number(self, tenant: str, number: str) -> list[RecordId]:
        """Every record of the tenant with this number on either side. One look-up, no scan."""
        ...

    def months(self, flow: FlowId) -> list[str]: ...

    def summaries(self, flow: FlowId, month: str) -> Iterator[Summary]: ...

    def trail(self, record: RecordId) -> list[AuditEntry]:
        """In order. Reading does not judge the chain; verifying does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PayloadKey:
    connection: ConnectionId
    kind: RecordKind
    external_id: str
    version: str


class Payloads(Protocol):
    """Encrypted, compressed versions of records. One key always names one content."""

    def put_many(self, payloads: Mapping[PayloadKey, bytes]) -> None: ...

    def get(self, key: PayloadKey) -> bytes:
        """Raises KeyError where there is none, ValueError where it cannot be opened."""
        ...

    def get_many(self, keys: Sequence[PayloadKey]) -> dict[PayloadKey, bytes]:
        """Those that are there, in few reads."""
        ...


class Notices(Protocol):
    def send(self, notices: Sequence[Notice], *, delay: timedelta = timedelta()) -> None: ...


class Postings(Protocol):
    def send(self, records: Sequence[RecordId], *, delay: timedelta = timedelta()) -> None:
        """Hints that these rows want work. At most 15 minutes of delay; longer waits stand on the row."""
        ...


class References(Protocol):
    """Reference data by generation: a new one shows only when it is complete."""

    def current(self, connection: ConnectionId, kind: ReferenceKind) -> ReferenceList | None: ...

    def replace(self, connection: ConnectionId, items: ReferenceList) -> None: ...


class Mappings(Protocol):
    """The tenant's own choices: a code of the source is that entry of the target, for documents of those days."""

    def get_many(
        self, connection: ConnectionId, wanted: Iterable[tuple[ReferenceKind, str]]
    ) -> dict[tuple[ReferenceKind, str], tuple[MappingEntry, ...]]:
        """The mappings of those codes that have any, each code's in the order of their days. One read for all."""
        ...

    def put(self, entries: Sequence[MappingEntry]) -> None:
        """Each entry is laid over its code's mappings (`domain/mapping.py`), which makes a new version of the code.

        An entry without a target takes its days back. Older versions stay readable.
        """
        ...

    def list(self, connection: ConnectionId, kind: ReferenceKind | None = None) -> Sequence[MappingEntry]:
        """By kind, code and days."""
        ...

    def history(self, connection: ConnectionId, kind: ReferenceKind, code: str) -> Sequence[MappingChange]:
        """Every change of the code, oldest first."""
        ...


class Connections(Protocol):
    def tenants(self) -> Sequence[str]: ...

    def get(self, connection: ConnectionId) -> Connection:
        """Raises KeyError where there is none."""
        ...

    def list(self, tenant: str) -> Sequence[Connection]: ...

    def save(self, connection: Connection) -> None: ...

    def flow(self, flow: FlowId) -> FlowSettings:
        """Raises KeyError where the flow is not set up."""
        ...

    def flows(self, tenant: str) -> Sequence[FlowSettings]: ...

    def save_flow(self, flow: FlowSettings) -> None: ...


class Polls(Protocol):
    """One lease per flow, and how far its poll has read."""

    def begin(self, flow: FlowId, *, holder: str, until: datetime, now: datetime) -> PollProgress | None:
        """Take the lease; None where another runner holds it."""
        ...

    def load(self, flow: FlowId) -> PollProgress: ...

    def save(self, flow: FlowId, progress: PollProgress, *, holder: str, until: datetime) -> bool:
        """Keep the progress and lengthen the lease; False where the lease was lost (nothing is written then)."""
        ...

    def end(self, flow: FlowId, *, holder: str) -> None: ...

    def reset(self, flow: FlowId) -> None:
        """Forget the watermark: the next pass reads everything."""
        ...


class Secrets(Protocol):
    """Named secrets, each a flat mapping of strings, in versions."""

    def read(self, name: str, *, version: str | None = None) -> Mapping[str, str]:
        """Raises KeyError where there is none."""
        ...

    def write(self, name: str, value: Mapping[str, str], *, token: str) -> str:
        """Store a new version and answer its id. One token names one version: writing it again changes nothing."""
        ...

    def delete(self, name: str) -> None: ...


class Grants(Protocol):
    """The lease rows of rotating tokens: which secret version is current, and who may refresh."""

    def load(self, tenant: str, grant: str) -> GrantRow:
        """A consistent read. Raises KeyError where there is none."""
        ...

    def put(self, row: GrantRow, *, expected: GrantRow | None) -> bool:
        """Replace exactly `expected`; False where the row is another by now."""
        ...


class Budgets(Protocol):
    """One token bucket per vendor account."""

    def take(
        self, tenant: str, account: str, limits: Limits, *, wanted: int, now: datetime, holder: str = ""
    ) -> tuple[int, timedelta]:
        """How many of the wanted requests are granted, and the wait where it is none. One update for many requests."""
        ...

    def hold(self, tenant: str, account: str, *, holder: str, until: datetime, now: datetime) -> bool:
        """Nobody else is granted anything until then. False where somebody else holds it, and after too many tries."""
        ...

    def pause(self, tenant: str, account: str, *, until: datetime, now: datetime) -> None:
        """The vendor named a wait: nobody sends before it is over."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """`restored` is set as long as our tables may know less than the targets do: creates look first then."""

    number: int
    restored: bool = False


class Epochs(Protocol):
    def current(self, *, thorough: bool = False) -> Epoch:
        """Finds tables that stand behind the marker outside them (a restore), and raises the epoch then.

        Thorough asks the marker itself, as each poll does; else the tables' own note is believed while it is there.
        """
        ...

    def raise_epoch(self) -> Epoch: ...


class Schedules(Protocol):
    """Schedules are data: one per flow and connection."""

    def put(self, flow: FlowId, cadence: str, *, enabled: bool, time_zone: str = "UTC") -> None: ...

    def remove(self, flow: FlowId) -> None: ...


class Journal(Protocol):
    """What people did to a tenant's connections and flows. Appended, never edited, chained."""

    def append(self, subject: Subject, step: Step, text: str, *, actor: str, at: datetime) -> None:
        """Before it is done: nothing is changed without its entry, though an entry may speak of what then failed."""
        ...

    def entries(self, tenant: str) -> Sequence[Entry]:
        """Oldest first."""
        ...


class Runs(Protocol):
    def start(self, flow: FlowId, *, run_id: str, full: bool = False, actor: str = "ml-connector") -> None:
        """Run the flow's poll now, as its schedule would."""
        ...


class Metrics(Protocol):
    def count(self, name: str, value: float = 1, **dimensions: str) -> None: ...


class Log(Protocol):
    """Structured: the message is a constant, what varies goes into the fields."""

    def info(self, message: str, **fields: Any) -> None: ...
    def warning(self, message: str, **fields: Any) -> None: ...
    def error(self, message: str, **fields: Any) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything together, as the services take it."""

    clock: Clock
    ids: IdSource
    ledger: Ledger
    payloads: Payloads
    notices: Notices
    postings: Postings
    references: References
    mappings: Mappings
    connections: Connections
    polls: Polls
    secrets: Secrets
    grants: Grants
    budgets: Budgets
    epochs: Epochs
    schedules: Schedules
    runs: Runs
    journal: Journal
    metrics: Metrics
    log: Log
