"""Jira as the pipeline sees it: issues and worklogs to write, people, components and issues as reference data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ml_connector.connectors.jira import issues, references, worklogs
from ml_connector.connectors.jira.auth import basic
from ml_connector.connectors.jira.callbacks import callbacks_of
from ml_connector.connectors.jira.client import SYSTEM, JiraClient
from ml_connector.connectors.jira.errors import refine
from ml_connector.connectors.jira.finder import Finder
from ml_connector.connectors.jira.probe import probe
from ml_connector.connectors.jira.screens import Screens
from ml_connector.connectors.jira.settings import JiraSettings, read_settings
from ml_connector.connectors.jira.worklogs import Place
from ml_connector.connectors.jira.writer import Writer
from ml_connector.domain.errors import RejectedError, SettingsError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Limits, Outcome, Sighting, Sought, Write
from ml_connector.domain.records.issue import Issue
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.worklog import Worklog
from ml_connector.domain.reference import ReferenceItem
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.probe import Rounds
from ml_connector.pipeline.system import Opening, Page
from ml_connector.transport.client import ApiClient

REQUEST_TIMEOUT = timedelta(seconds=30)
WAIT_UNSAID = timedelta(seconds=30)
"""After a 429 that names no wait."""


def limits_of(settings: JiraSettings) -> Limits:
    return Limits(
        parallel=settings.parallel,
        requests_per_minute=settings.requests_per_minute,
        settle=timedelta(seconds=settings.settle_seconds),
        request_timeout=REQUEST_TIMEOUT,
    )


def open_system(opening: Opening) -> JiraSystem:
    settings = read_settings(opening.settings, local=opening.local)
    if settings.is_oauth and not settings.cloud_id:
        raise SettingsError("is not chosen yet: authorise the connection, which asks for it", setting="cloud_id")
    secret = opening.secret
    api = ApiClient(
        http=opening.http,
        system=SYSTEM,
        base_url=settings.base_url,
        tokens=opening.tokens if settings.is_oauth else None,
        headers={} if settings.is_oauth else basic(secret["email"], secret["api_token"]),
        budget=opening.budget,
        refine=refine,
        timeout=REQUEST_TIMEOUT,
        default_wait=WAIT_UNSAID,
        now=opening.now,
        request_id_headers=("atl-traceid", "x-arequestid"),
    )
    client = JiraClient(api, property_key=settings.property_key, notify=settings.notify)
    return JiraSystem(client, settings=settings, opening=opening)


class JiraSystem:
    """One connection to one site."""

    def __init__(self, client: JiraClient, *, settings: JiraSettings, opening: Opening) -> None:
        self.limits = limits_of(settings)
        self.callbacks = callbacks_of(client, settings, opening)
        self._client = client
        self._settings = settings
        self._parallel = opening.parallel
        self._screens = Screens(client)
        self._finder = Finder(client, self._screens, settings)
        self._writer = Writer(client, self._screens, self._finder, settings=settings, now=opening.now)

    def changed_since(self, kind: RecordKind, mark: Watermark, *, resume: str | None = None) -> Iterator[Page]:
        """Jira is never a source: nothing of it goes anywhere."""
        raise _not_offered(kind)

    def fetch(self, kind: RecordKind, external_id: str) -> Record:
        """Raises: NotFoundError where it was deleted, or this user may not see it: Jira does not say which."""
        if kind is RecordKind.ISSUE:
            return issues.issue_from_wire(self._client.issue(external_id), property_key=self._settings.property_key)
        if kind is RecordKind.WORKLOG:
            place = Place.of(external_id)
            wire = self._client.worklog(place.issue, place.worklog)
            return worklogs.worklog_from_wire(wire, issue=place.issue, property_key=self._settings.property_key)
        raise _not_offered(kind)

    def find(self, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        return self._finder.find(wanted)

    def write(self, writes: Iterable[Write]) -> Iterator[tuple[PostingId, Outcome]]:
        return self._parallel.run(self._writer.write, writes, width=self.limits.parallel)

    def preview(self, write: Write) -> Mapping[str, Any]:
        return self._writer.preview(write)

    def reference(self, kind: ReferenceKind) -> Iterator[ReferenceItem]:
        """Raises: TransientError, RejectedError for another kind, and the errors of reads."""
        client = self._client.patient()
        match kind:
            case ReferenceKind.PERSON:
                return references.people(client, self._settings)
            case ReferenceKind.COMPONENT:
                return references.components(client, self._settings)
            case ReferenceKind.ISSUE:
                return references.issues(client, self._settings)
            case _:
                raise _not_offered(kind)

    def differs(self, meant: Record, found: Record) -> tuple[str, ...]:
        if isinstance(meant, Issue) and isinstance(found, Issue):
            return issues.differences(meant, found)
        if isinstance(meant, Worklog) and isinstance(found, Worklog):
            return worklogs.differences(meant, found)
        return ("kind",)

    def probe(self) -> Rounds:
        return probe(self._client, self._screens, self._settings)


def _not_offered(kind: RecordKind | ReferenceKind) -> RejectedError:
    return RejectedError(f"this connector has no {kind}", system=SYSTEM, code="not_offered")
