"""Ping Jira step by step, in plain words: signed in, each project, its permissions, its issue types, time tracking."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ml_connector.connectors.jira.client import JiraClient
from ml_connector.connectors.jira.screens import Screens
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.domain.errors import AuthError, ConnectorError, RateLimitedError
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.probe import Check, ProbeStep, Rounds

_PERMISSIONS = {
    "BROWSE_PROJECTS": ("Browse projects", None),
    "CREATE_ISSUES": ("Create issues", RecordKind.ISSUE),
    "EDIT_ISSUES": ("Edit issues", RecordKind.ISSUE),
    "WORK_ON_ISSUES": ("Work on issues", RecordKind.WORKLOG),
}
_DELETE = "DELETE_ISSUES"
_TIME = "time tracking"


def probe(client: JiraClient, screens: Screens, settings: JiraSettings) -> Rounds:
    """The sign-in first: without one, nothing else can work."""
    yield (Check(name="sign in", run=lambda: _sign_in(client, settings)),)
    yield (
        *(check for project in settings.projects for check in _of_project(client, screens, project, settings)),
        Check(name=_TIME, run=lambda: _time_tracking(client, settings), needed_by=(RecordKind.WORKLOG.value,)),
    )


def _sign_in(client: JiraClient, settings: JiraSettings) -> ProbeStep:
    try:
        me = client.myself()
    except ConnectorError as error:
        return _failed("sign in", error, settings)
    return ProbeStep(
        name="sign in", ok=True, text=f"Jira is reached, and the credentials speak for {me.name or me.id}."
    )


def _of_project(client: JiraClient, screens: Screens, project: str, settings: JiraSettings) -> Iterator[Check]:
    for permission, (title, kind) in _PERMISSIONS.items():
        needed = (kind.value,) if kind else ()
        name = f"{title.lower()} in {project}"
        run = partial(_permission, client, project, settings, permission, title, needed)
        yield Check(name=name, run=run, needed_by=needed)
    yield Check(name=f"delete issues in {project}", run=lambda: _delete(client, project, settings))
    yield Check(name=f"issue types of {project}", run=lambda: _types(screens, project, settings))


def _permission(
    client: JiraClient, project: str, settings: JiraSettings, permission: str, title: str, needed: tuple[str, ...]
) -> ProbeStep:
    name = f"{title.lower()} in {project}"
    try:
        ok = _has(client, project, permission)
    except ConnectorError as error:
        return _failed(name, error, settings, needed)
    text = f"{title}: {'granted' if ok else 'missing'}."
    fix = None if ok else f'Grant "{title}" to this user in the permission scheme of {project}.'
    return ProbeStep(name=name, ok=ok, text=text, fix=fix, needed_by=needed)


def _delete(client: JiraClient, project: str, settings: JiraSettings) -> ProbeStep:
    """Not needed: without it, what is taken back is told on the issue."""
    name = f"delete issues in {project}"
    try:
        ok = _has(client, project, _DELETE)
    except ConnectorError as error:
        return _failed(name, error, settings)
    instead = settings.void_fallback if settings.on_void == "delete" else settings.on_void
    text = "Delete issues: granted." if ok else f"Delete issues: missing; taking an issue back is a {instead} then."
    return ProbeStep(name=name, ok=True, text=text)


def _has(client: JiraClient, project: str, permission: str) -> bool:
    have = client.permissions(project, (permission,)).permissions
    return permission in have and have[permission].have


def _types(screens: Screens, project: str, settings: JiraSettings) -> ProbeStep:
    name = f"issue types of {project}"
    try:
        names = ", ".join(found.name for found in screens.types(project))
    except ConnectorError as error:
        return _failed(name, error, settings)
    text = f"{project} offers: {names}." if names else f"{project} offers no issue type to this user."
    return ProbeStep(name=name, ok=True, text=text)


def _time_tracking(client: JiraClient, settings: JiraSettings) -> ProbeStep:
    needed = (RecordKind.WORKLOG.value,)
    try:
        on = client.configuration().time_tracking
    except ConnectorError as error:
        return _failed(_TIME, error, settings, needed)
    if on:
        return ProbeStep(name=_TIME, ok=True, text="Time tracking is switched on.", needed_by=needed)
    fix = "Switch it on: Jira settings, Issues, Time tracking."
    return ProbeStep(name=_TIME, ok=False, text="Time tracking is switched off.", fix=fix, needed_by=needed)


def _failed(name: str, error: ConnectorError, settings: JiraSettings, needed: tuple[str, ...] = ()) -> ProbeStep:
    return ProbeStep(name=name, ok=False, text=error.detail, fix=_fix(error, settings), needed_by=needed)


def _fix(error: ConnectorError, settings: JiraSettings) -> str:
    if isinstance(error, AuthError) and settings.is_oauth:
        return "Authorise the connection again."
    if isinstance(error, AuthError):
        return (
            "Check e-mail address and API token: tokens end after a year at most. A token with scopes needs cloud_id."
        )
    if isinstance(error, RateLimitedError):
        return "Wait, then try again; if it stays, lower requests_per_minute."
    if error.code == "scope":
        return "Authorise the connection again, so that it asks for the scope."
    return (
        "Check site_url or cloud_id and the keys in projects, and that this user may browse them: "
        "Jira answers 404 for what it does not show."
    )
