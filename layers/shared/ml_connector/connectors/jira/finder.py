"""Look-ups: is it there already? A search finds candidates by our marker; what counts is the property read by key.

The search's index lags, so an absence means little before the settle time, and what is found is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import batched

from ml_connector.connectors.jira.client import SYSTEM, JiraClient
from ml_connector.connectors.jira.issues import MARKER, issue_from_wire
from ml_connector.connectors.jira.models import WireIssue, WireWorklog
from ml_connector.connectors.jira.screens import Screens
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.connectors.jira.worklogs import Place, property_in, worklog_from_wire
from ml_connector.domain.errors import NeedsReviewError, NotFoundError, RejectedError, TransientError
from ml_connector.domain.posting import Absent, Found, FoundBy, Several, Sighting, Sought, Unclear
from ml_connector.domain.records.issue import Issue
from ml_connector.domain.records.worklog import Worklog

_AT_ONCE = 50
_MOST_FOUND = 1000
_AROUND = timedelta(hours=26)
"""Both ways of the start: a person may have moved it within the day, and Jira's bounds may or may not be inclusive."""


class Finder:
    def __init__(self, client: JiraClient, screens: Screens, settings: JiraSettings) -> None:
        self._client = client
        self._screens = screens
        self._settings = settings

    def find(self, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        """One answer each, in order, many from one search. Raises: RateLimitedError, AuthError, RejectedError."""
        for some in batched(wanted, _AT_ONCE, strict=False):
            seen = self._searched([one for one in some if isinstance(one.record, Issue) and one.target_id is None])
            yield from (self._sighting(one, seen) for one in some)

    def worklog_of(self, worklog: Worklog, marker: str) -> Worklog | None:
        """Ours on the worklog's own issue. Raises: the errors of reads."""
        assert worklog.started_at is not None
        at = worklog.started_at
        after, before = (int((at + span).timestamp() * 1000) for span in (-_AROUND, _AROUND))
        for wire in self._client.worklogs(worklog.issue, after=after, before=before):
            if self._marker_of(worklog.issue, wire) == marker:
                return worklog_from_wire(wire, issue=worklog.issue, property_key=self._settings.property_key)
        return None

    def _sighting(self, sought: Sought, seen: dict[str, list[WireIssue] | TransientError]) -> Sighting:
        try:
            match sought.record:
                case Issue() as issue:
                    return self._by_id(sought) if sought.target_id else self._issue(sought, issue, seen)
                case Worklog() as worklog:
                    return self._worklog(sought, worklog)
                case other:
                    raise RejectedError(f"this connector has no {other.kind}", system=SYSTEM, code="not_offered")
        except TransientError as error:
            return Unclear(error.detail)

    def _by_id(self, sought: Sought) -> Sighting:
        try:
            return Found(sought.target_id or "", self._read(sought.target_id or ""), FoundBy.ID)
        except NotFoundError:
            return Absent()

    def _issue(self, sought: Sought, meant: Issue, seen: dict[str, list[WireIssue] | TransientError]) -> Sighting:
        candidates = seen[sought.marker]
        if isinstance(candidates, TransientError):
            raise candidates
        ours = [issue for wire in candidates if (issue := self._if_ours(wire, sought.marker, meant)) is not None]
        ours = [issue for issue in ours if not (issue.deleted and issue.external_id in sought.given_up)]
        alive = [issue for issue in ours if not issue.deleted]
        if len(alive) > 1:
            return Several(f"{len(alive)} issues carry our marker", tuple(issue.external_id for issue in alive))
        chosen = (alive or ours)[:1]
        return Found(chosen[0].external_id, chosen[0], FoundBy.MARKER) if chosen else Absent()

    def _if_ours(self, wire: WireIssue, marker: str, meant: Issue) -> Issue | None:
        """A clone carries our label and not our property. One that the index shows and nobody can read is deleted."""
        try:
            found = self._read(wire.id)
        except NotFoundError:
            return Issue(external_id=wire.id, number=wire.key, project=meant.project, deleted=True, marker=marker)
        return found if found.marker == marker else None

    def _searched(self, wanted: Sequence[Sought]) -> dict[str, list[WireIssue] | TransientError]:
        """Candidates by marker, all in one search; a search that failed is shared as well."""
        if not wanted:
            return {}
        try:
            return self._search({one.marker: one for one in wanted})
        except TransientError as error:
            return dict.fromkeys((one.marker for one in wanted), error)

    def _search(self, wanted: dict[str, Sought]) -> dict[str, list[WireIssue] | TransientError]:
        """By label all at once; by text field one by one, since its index knows words and not values."""
        if self._settings.marker_field:
            return {marker: list(self._by_text(one)) for marker, one in wanted.items()}
        labels = {self._settings.label(marker): marker for marker in wanted}
        listed = ", ".join(f'"{label}"' for label in labels)
        hits = self._client.search(f"labels in ({listed})", fields=("labels",), with_property=False, most=_MOST_FOUND)
        return {marker: [hit for hit in hits if label in hit.fields.labels] for label, marker in labels.items()}

    def _by_text(self, sought: Sought) -> tuple[WireIssue, ...]:
        assert isinstance(sought.record, Issue)
        try:
            screen = self._screens.of(sought.record.project, sought.record.type)
            field = screen.named(self._settings.marker_field)
        except NeedsReviewError as error:
            raise TransientError(error.detail, system=SYSTEM, operation="search issues") from error
        jql = f'cf[{field.id.removeprefix("customfield_")}] ~ "{sought.marker}"'
        return self._client.search(jql, fields=("labels",), with_property=False, most=_MOST_FOUND)

    def _worklog(self, sought: Sought, meant: Worklog) -> Sighting:
        try:
            found = self.worklog_of(meant, sought.marker)
        except NotFoundError as error:
            return Unclear(f"the issue of the worklog cannot be read: {error.detail}")
        return Found(found.external_id, found, FoundBy.MARKER) if found else Absent()

    def _marker_of(self, issue: str, wire: WireWorklog) -> str | None:
        if wire.properties is not None:
            value = property_in(wire.properties, self._settings.property_key)
        else:
            value = self._property_read(Place(issue=issue, worklog=wire.id))
        return str(value[MARKER]) if value.get(MARKER) else None

    def _property_read(self, place: Place) -> dict[str, object]:
        try:
            found = self._client.worklog_property(place.issue, place.worklog)
        except NotFoundError:
            return {}
        return dict(found) if isinstance(found, dict) else {}

    def _read(self, issue_id: str) -> Issue:
        return issue_from_wire(self._client.issue(issue_id), property_key=self._settings.property_key)
