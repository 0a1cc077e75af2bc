"""One write to Jira, ended one way or another. Nothing escapes: a neighbour's write is not spoilt.

What goes wrong before the write itself is sent (a read of the screens) is told as such: nothing was done then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ml_connector.connectors.jira import issues, worklogs
from ml_connector.connectors.jira.client import SYSTEM, JiraClient
from ml_connector.connectors.jira.finder import Finder
from ml_connector.connectors.jira.screens import Screens
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.connectors.jira.voiding import Voider
from ml_connector.connectors.jira.worklogs import Place
from ml_connector.domain.errors import BudgetSpentError, ConnectorError, NotFoundError, RejectedError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Action, NotSent, Outcome, Write, WriteError, Written
from ml_connector.domain.records.issue import Issue
from ml_connector.domain.records.worklog import Worklog


class Writer:
    def __init__(
        self,
        client: JiraClient,
        screens: Screens,
        finder: Finder,
        *,
        settings: JiraSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._screens = screens
        self._finder = finder
        self._settings = settings
        self._now = now
        self._voider = Voider(client, settings)

    def write(self, write: Write) -> tuple[PostingId, Outcome]:
        try:
            return write.posting_id, self._done(write)
        except BudgetSpentError as error:
            retry_at = self._now() + error.retry_after if error.retry_after is not None else None
            return write.posting_id, NotSent(error.detail, retry_at)
        except ConnectorError as error:
            if isinstance(error, RejectedError):
                self._screens.forget()
            return write.posting_id, WriteError(error)

    def preview(self, write: Write) -> Mapping[str, Any]:
        """The body of the request, with this site's own ids in it."""
        match write.record:
            case Issue() as issue if write.action is Action.VOID:
                return {"on_void": self._settings.on_void, "issue": write.target_id or issue.external_id}
            case Issue() as issue:
                return self._issue_body(write, issue)
            case Worklog() if write.action is Action.VOID:
                return {"delete": write.target_id}
            case Worklog() as worklog:
                return self._worklog_body(write, worklog)
            case other:
                raise _unsendable(f"no {other.kind} goes there")

    def _done(self, write: Write) -> Outcome:
        if write.action is not Action.CREATE and not write.target_id:
            raise _unsendable("no Jira id is known for it")
        match write.record:
            case Issue() as issue:
                return self._issue(write, issue, write.target_id or "")
            case Worklog() as worklog:
                return self._worklog(write, worklog, write.target_id or "")
            case other:
                raise _unsendable(f"no {other.kind} goes there")

    def _issue(self, write: Write, issue: Issue, target_id: str) -> Outcome:
        match write.action:
            case Action.CREATE:
                made = self._client.create_issue(self._issue_body(write, issue))
                return Written(made.id, replace(issue, external_id=made.id, number=made.key or None))
            case Action.UPDATE:
                self._client.update_issue(target_id, self._issue_body(write, issue))
                return Written(target_id)
            case Action.VOID:
                return self._voider.void(target_id, issue, write.marker)

    def _issue_body(self, write: Write, issue: Issue) -> dict[str, Any]:
        if issue.project not in self._settings.projects:
            listed = ", ".join(self._settings.projects)
            raise _unsendable(f"{issue.project} is none of the connection's `projects` ({listed})")
        screen = self._screens.of(issue.project, issue.type)
        if write.action is Action.UPDATE:
            return issues.update_body(issue, screen=screen)
        return issues.create_body(issue, marker=write.marker, screen=screen, settings=self._settings)

    def _worklog(self, write: Write, worklog: Worklog, target_id: str) -> Outcome:
        match write.action:
            case Action.CREATE:
                return self._added(write, worklog)
            case Action.UPDATE:
                place = Place.of(target_id)
                if place.issue != worklog.issue:
                    return self._moved(write, worklog, place)
                wire = self._client.update_worklog(place.issue, place.worklog, self._worklog_body(write, worklog))
                found = worklogs.worklog_from_wire(wire, issue=place.issue, property_key=self._settings.property_key)
                return Written(target_id, found)
            case Action.VOID:
                self._deleted(Place.of(target_id))
                return Written(target_id)

    def _added(self, write: Write, worklog: Worklog) -> Outcome:
        wire = self._client.add_worklog(worklog.issue, self._worklog_body(write, worklog, creates=True))
        found = worklogs.worklog_from_wire(wire, issue=worklog.issue, property_key=self._settings.property_key)
        return Written(found.external_id, found)

    def _moved(self, write: Write, worklog: Worklog, place: Place) -> Outcome:
        """Jira moves no worklog to another issue: the new one first, unless an earlier go has made it; then the old."""
        already = self._finder.worklog_of(worklog, write.marker)
        outcome = Written(already.external_id, already) if already else self._added(write, worklog)
        self._deleted(place)
        return outcome

    def _deleted(self, place: Place) -> None:
        try:
            self._client.delete_worklog(place.issue, place.worklog)
        except NotFoundError:
            return

    def _worklog_body(self, write: Write, worklog: Worklog, *, creates: bool = False) -> dict[str, Any]:
        if creates or write.action is Action.CREATE:
            return worklogs.create_body(worklog, marker=write.marker, property_key=self._settings.property_key)
        return worklogs.update_body(worklog)


def _unsendable(detail: str) -> RejectedError:
    return RejectedError(f"not sent: {detail}", system=SYSTEM, code="unsendable")
