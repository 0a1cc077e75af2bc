"""Time that somebody logged, with the links that say on what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeEntry:
    """`worker_id` is the ledger's id of the person. While a timer is running, its duration says nothing."""

    kind: ClassVar[RecordKind] = RecordKind.TIME_ENTRY
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    worker_id: str | None = None
    client_id: str | None = None
    project_id: str | None = None
    task_id: str | None = None
    service_id: str | None = None
    note: str = ""
    started_at: datetime | None = None
    duration: timedelta = timedelta()
    running: bool = False
    billable: bool = False
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
