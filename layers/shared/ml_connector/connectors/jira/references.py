"""What a flow may name in Jira: people who can be given issues, components, and the issues that time is logged on."""

from __future__ import annotations

from collections.abc import Iterator

from ml_connector.connectors.jira.client import JiraClient
from ml_connector.connectors.jira.models import WireUser
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.reference import ReferenceItem

_MOST_ISSUES = 50_000


def people(client: JiraClient, settings: JiraSettings) -> Iterator[ReferenceItem]:
    """By account id. E-mail addresses are usually hidden: where one is shown, it can be mapped by too.

    Nobody where this user may not ask: only who maps people needs them, and is told then.
    """
    found: dict[str, WireUser] = {}
    for project in settings.projects:
        try:
            found |= {user.id: user for user in client.assignable(project)}
        except RejectedError as error:
            if error.code not in ("permission", "not_found"):
                raise
    for user in found.values():
        usable = None if user.active else "deactivated in Jira"
        yield ReferenceItem(id=user.id, name=user.name or user.id, external_id=user.email or None, usable=usable)


def components(client: JiraClient, settings: JiraSettings) -> Iterator[ReferenceItem]:
    """Of all the connection's projects. `type` is the project's key: a component is good for its own project alone."""
    for project in settings.projects:
        for found in client.components(project):
            yield ReferenceItem(id=found.id, name=found.name, type=project)


def issues(client: JiraClient, settings: JiraSettings) -> Iterator[ReferenceItem]:
    """By id; the key is the external id, which changes when an issue moves. As fresh as the search's index."""
    found = client.search(settings.loggable_jql, fields=("summary",), with_property=False, most=_MOST_ISSUES)
    for issue in found:
        yield ReferenceItem(id=issue.id, name=issue.fields.summary or issue.key, external_id=issue.key)
