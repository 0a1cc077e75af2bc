"""One intended write to one target, and how it can end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.records.record import Record


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What a system is asked to do: the record in the target's terms, the target's id for an update or a void."""

    posting_id: PostingId
    action: Action
    record: Record
    marker: str
    target_id: str | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Done and confirmed by the target. `record` is what the target says it now holds, None where it says nothing."""

    target_id: str
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Left with a system that is visited, not called; its answer comes as a Notice."""

    request_id: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It never left us: no attempt is counted and no look-up is due. `retry_at` where a wait is known."""

    why: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WriteError:
    error: ConnectorError


type Outcome = Written | HandedOver | NotSent | WriteError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a look-up is given: the record as we would have written it.

    `given_up` are objects that were this record's before and are known to be deleted: as such they are no answer.
    `everywhere`: our marker is looked for wherever such a record can stand, though it takes a read of all there is.
    """

    posting_id: PostingId
    marker: str
    record: Record
    target_id: str | None = None
    given_up: tuple[str, ...] = ()
    everywhere: bool = False


class FoundBy(StrEnum):
    MARKER = "marker"
    NUMBER = "number"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Found:
    """It is there. By our own marker it is ours; by number a person may have keyed it."""

    target_id: str
    record: Record
    by: FoundBy


@dataclass(frozen=True, slots=True)
class Absent:
    """A complete read shows that it is not there."""


@dataclass(frozen=True, slots=True)
class Several:
    """More than one could be it, or one that differs where it must not: only a person may choose."""

    why: str
    target_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """The read was not complete or not stable: nothing may be written on it."""

    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The question is queued with a visited system; the answer comes as a Notice."""

    request_id: str


type Sighting = Found | Absent | Several | Unclear | Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a system bears, and how long its uncertainty lasts.

    `settle` is how long after the last moment a send can have left us an absence is not believed: the longest the
    vendor may still be working, plus the lag of its search.
    """

    parallel: int = 4
    backlog: int = 2000
    requests_per_minute: int = 60
    settle: timedelta = timedelta(seconds=150)
    request_timeout: timedelta = timedelta(seconds=30)
