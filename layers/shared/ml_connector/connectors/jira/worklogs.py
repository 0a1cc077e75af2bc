"""Worklogs to and from Jira. The author is always the calling user: who worked stands in the comment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ml_connector.connectors.jira import adf
from ml_connector.connectors.jira.client import SYSTEM
from ml_connector.connectors.jira.issues import MARKER, SOURCE, instant
from ml_connector.connectors.jira.models import WireProperty, WireWorklog
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.records.worklog import Worklog

SHORTEST = timedelta(minutes=1)
_BETWEEN = ":"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A worklog is found by its issue and its own id: together they are its id on our side."""

    issue: str
    worklog: str

    def __str__(self) -> str:
        return f"{self.issue}{_BETWEEN}{self.worklog}"

    @classmethod
    def of(cls, target_id: str) -> Place:
        """Raises: RejectedError."""
        issue, between, worklog = target_id.partition(_BETWEEN)
        if not between or not issue or not worklog:
            raise _unsendable(f"{target_id!r} is not the id of a worklog")
        return cls(issue=issue, worklog=worklog)


def create_body(worklog: Worklog, *, marker: str, property_key: str) -> dict[str, Any]:
    value = {MARKER: marker, SOURCE: worklog.source}
    return {**update_body(worklog), "properties": [{"key": property_key, "value": value}]}


def update_body(worklog: Worklog) -> dict[str, Any]:
    """Raises: RejectedError for what Jira would refuse."""
    if worklog.started_at is None or not worklog.issue:
        raise _unsendable("it has no start or no issue")
    if worklog.duration < SHORTEST:
        raise _unsendable("Jira takes no worklog under a minute")
    body: dict[str, Any] = {
        "started": started(worklog.started_at),
        "timeSpentSeconds": int(worklog.duration.total_seconds()),
    }
    return body | ({"comment": adf.text_document(worklog.comment)} if worklog.comment.strip() else {})


def worklog_from_wire(wire: WireWorklog, *, issue: str, property_key: str) -> Worklog:
    issue = wire.issue_id or issue
    ours = property_in(wire.properties or (), property_key)
    return Worklog(
        external_id=str(Place(issue=issue, worklog=wire.id)),
        number=issue,
        issue=issue,
        started_at=instant(wire.started),
        duration=timedelta(seconds=wire.seconds),
        comment=adf.plain(wire.comment),
        source=str(ours.get(SOURCE) or ""),
        marker=str(ours[MARKER]) if ours.get(MARKER) else None,
        modified_at=instant(wire.updated),
    )


def differences(meant: Worklog, found: Worklog) -> tuple[str, ...]:
    ours = (meant.issue, _whole(meant.started_at), meant.duration, adf.plain(adf.text_document(meant.comment)))
    theirs = (found.issue, _whole(found.started_at), found.duration, adf.plain(found.comment))
    names = ("issue", "started_at", "duration", "comment")
    return tuple(name for name, one, other in zip(names, ours, theirs, strict=True) if one != other)


def started(at: datetime) -> str:
    """Milliseconds and an offset without a colon: Jira takes nothing else."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def property_in(properties: Iterable[WireProperty], key: str) -> dict[str, Any]:
    found = next((one.value for one in properties if one.key == key), None)
    return dict(found) if isinstance(found, dict) else {}


def _whole(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None


def _unsendable(detail: str) -> RejectedError:
    return RejectedError(f"not sent: {detail}", system=SYSTEM, code="unsendable")
