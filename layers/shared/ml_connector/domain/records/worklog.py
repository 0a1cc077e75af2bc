"""Time spent on an issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklog:
    """`issue` is the issue's id, which stays when its key changes. `duration` is whole seconds.

    It has no number of its own: read from the target, it answers to its issue's id, by which it is found.
    """

    kind: ClassVar[RecordKind] = RecordKind.WORKLOG
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    issue: str = ""
    started_at: datetime | None = None
    duration: timedelta = timedelta()
    comment: str = ""
    source: str = ""
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
