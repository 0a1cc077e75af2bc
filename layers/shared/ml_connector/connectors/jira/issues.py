"""Issues to and from Jira. Pure both ways, given the create screen; the vendor's spelling stops here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ml_connector.connectors.jira import adf
from ml_connector.connectors.jira.models import WireIssue
from ml_connector.connectors.jira.screens import TEXT_FIELD, Screen, lacking
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.connectors.jira.values import field_value
from ml_connector.domain.records.issue import Issue

SUMMARY_LENGTH = 255
MARKER, SOURCE, WITHDRAWN = "marker", "source", "withdrawn"


def create_body(issue: Issue, *, marker: str, screen: Screen, settings: JiraSettings) -> dict[str, Any]:
    """Everything in one request, our property with it: an issue without its marker cannot come about.

    Raises: NeedsReviewError where the screen does not take what is meant, or wants what nobody gives.
    """
    fields: dict[str, Any] = {
        "project": {"key": issue.project},
        "issuetype": {"id": screen.type.id},
        "summary": summary_of(issue),
        "description": adf.document(issue.facts),
    }
    fields |= _marked(issue, marker, screen, settings)
    fields |= _people(issue, screen)
    fields |= _epic(issue, screen)
    fields |= custom_fields(issue, screen)
    _check_required(fields, screen)
    return {"fields": fields, "properties": [{"key": settings.property_key, "value": property_of(issue, marker)}]}


def update_body(issue: Issue, *, screen: Screen) -> dict[str, Any]:
    """What we tell of the source. Labels, people, components, type and project are the project's own by then."""
    fields = {"summary": summary_of(issue), "description": adf.document(issue.facts)}
    return {"fields": fields | custom_fields(issue, screen)}


def issue_from_wire(wire: WireIssue, *, property_key: str) -> Issue:
    """Our property is the proof that it is ours; `deleted` also where a rollback withdrew it without deleting it."""
    fields, ours = wire.fields, wire.properties.get(property_key)
    ours = ours if isinstance(ours, Mapping) else {}
    return Issue(
        external_id=wire.id,
        number=wire.key or None,
        project=fields.project.key if fields.project else "",
        type=fields.issuetype.name if fields.issuetype else "",
        summary=fields.summary or "",
        description=adf.plain(fields.description),
        labels=fields.labels,
        source=str(ours.get(SOURCE) or ""),
        status_text=fields.status.name if fields.status else "",
        deleted=ours.get(WITHDRAWN) is True,
        marker=str(ours.get(MARKER)) if ours.get(MARKER) else None,
        modified_at=instant(fields.updated),
    )


def property_of(issue: Issue, marker: str, *, withdrawn: bool = False) -> dict[str, Any]:
    return {MARKER: marker, SOURCE: issue.source} | ({WITHDRAWN: True} if withdrawn else {})


def differences(meant: Issue, found: Issue) -> tuple[str, ...]:
    """Only what we tell of the source: the rest of an issue is there for people to change."""
    pairs = (
        ("summary", summary_of(meant), summary_of(found)),
        ("description", _described(meant), _described(found)),
    )
    return tuple(name for name, ours, theirs in pairs if ours != theirs)


def summary_of(issue: Issue) -> str:
    """One line, as long as Jira takes it."""
    text = " ".join(issue.summary.split())
    return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 3].rstrip() + "..."


def _described(issue: Issue) -> str:
    return adf.plain(adf.document(issue.facts)) if issue.facts else issue.description


def custom_fields(issue: Issue, screen: Screen) -> dict[str, Any]:
    named = [(screen.named(each.name), each.value) for each in issue.fields if each.value]
    return {field.id: field_value(screen, field, value) for field, value in named}


def instant(text: str | None) -> datetime | None:
    """`2021-01-17T12:34:00.000+0000`."""
    try:
        return datetime.fromisoformat(text or "").astimezone(UTC)
    except ValueError:
        return None


def _marked(issue: Issue, marker: str, screen: Screen, settings: JiraSettings) -> dict[str, Any]:
    """Somewhere that a search can find: without it an issue whose answer was lost could not be found again."""
    found: dict[str, Any] = {}
    if settings.marker_field:
        field = screen.named(settings.marker_field)
        if field.form.custom != TEXT_FIELD:
            raise lacking(screen, f"the marker_field {field.name!r} is not a single-line text field")
        found[field.id] = settings.label(marker)
    elif not screen.takes_labels:
        raise lacking(screen, "there are no labels: add them to the screen, or name a text field in marker_field")
    if screen.takes_labels:
        labels = ["-".join(label.split()) for label in issue.labels]
        found["labels"] = [*labels, settings.label(marker)]
    return found


def _people(issue: Issue, screen: Screen) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, person in (("reporter", issue.reporter), ("assignee", issue.assignee)):
        if person and screen.by_id(name) is None:
            raise lacking(screen, f"there is no {name}, which this flow sets")
        if person:
            found[name] = {"accountId": person}
    if issue.components and screen.by_id("components") is None:
        raise lacking(screen, "there are no components, which this flow sets")
    if issue.components:
        found["components"] = [{"id": component} for component in issue.components]
    return found


def _epic(issue: Issue, screen: Screen) -> dict[str, Any]:
    if not issue.parent:
        return {}
    field = screen.epic_field
    if field is None:
        raise lacking(screen, f"there is neither a parent nor an epic link, so the epic {issue.parent} cannot be set")
    return {field.id: {"key": issue.parent} if field.id == "parent" else issue.parent}


def _check_required(fields: Mapping[str, Any], screen: Screen) -> None:
    """The reporter is filled in by Jira where the project does not ask for another."""
    missing = [
        field.name or field.id
        for field in screen.fields
        if field.required and not field.has_default and field.id not in fields and field.id != "reporter"
    ]
    if missing:
        text = f"{', '.join(missing)} must be filled and nothing fills it: add it to `fields`, or make it optional"
        raise lacking(screen, text, code="required_fields")
