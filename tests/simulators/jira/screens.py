"""What a caller may put on an issue: its project, its type, and the fields of the screen, all problems at once."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira.answers import Fields, Refusal
from tests.simulators.jira.people import User
from tests.simulators.jira.properties import checked_key, checked_value
from tests.simulators.jira.site import Issue, Project, Site
from tests.simulators.jira.values import Values, Wrong

OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
PLACED = ("project", "issuetype")
DEFAULTS = {"priority": "3"}


class Screens:
    def __init__(self, site: Site) -> None:
        self._site = site

    def for_create(self, sent: Fields, caller: User) -> Fields:
        """The fields of a new issue, in our keeping. Raises Refusal."""
        fields = sent.get("fields")
        if not isinstance(fields, dict):
            raise Refusal(400, "The request body must have 'fields'.")
        project = self._project(fields, caller)
        type_id = self._type(project, fields)
        given = {name: value for name, value in fields.items() if name not in PLACED}
        kept, errors = self._read(project, type_id, given, caller)
        messages = self._missing(project, type_id, fields, errors)
        if self._site.types[type_id].subtask and not kept.get("parent") and "parent" not in errors:
            errors["issuetype"] = "Issue type is a sub-task but parent issue key or id not specified."
        if errors or messages:
            raise Refusal(400, *messages, errors=errors)
        return {**DEFAULTS, "reporter": caller.account_id, **kept, "project": project.id, "issuetype": type_id}

    def for_edit(self, issue: Issue, sent: Fields, caller: User) -> Fields:
        """The fields that change; lists may be changed by `update` operations too."""
        fields = dict(sent.get("fields") or {})
        for name, operations in (sent.get("update") or {}).items():
            if name in fields:
                raise Refusal(400, errors={name: f"Field '{name}' cannot appear in both 'fields' and 'update'"})
            fields[name] = _operated(issue.fields.get(name), operations, name)
        project = self._site.project_of(issue)
        kept, errors = self._read(project, issue.fields["issuetype"], fields, caller)
        for name, required in project.screens[issue.fields["issuetype"]].items():
            if required and name in kept and _empty(kept[name]):
                errors[name] = f"{self._site.fields[name].name} is required."
        if errors:
            raise Refusal(400, errors=errors)
        return kept

    def _project(self, fields: Fields, caller: User) -> Project:
        asked = fields.get("project")
        named = asked.get("id") or asked.get("key") if isinstance(asked, dict) else None
        project = self._site.project(str(named)) if named else None
        if project is None or not self._site.may(caller, "BROWSE_PROJECTS", project):
            raise Refusal(400, errors={"project": "Specify a valid project ID or key"})
        if not self._site.may(caller, "CREATE_ISSUES", project):
            raise Refusal(400, errors={"project": "You cannot create issues in this project."})
        return project

    def _type(self, project: Project, fields: Fields) -> str:
        asked = fields.get("issuetype")
        if not isinstance(asked, dict):
            raise Refusal(400, errors={"issuetype": "Specify an issue type"})
        for type_id in project.types:
            if type_id == str(asked.get("id")) or self._site.types[type_id].name == asked.get("name"):
                return type_id
        raise Refusal(400, errors={"issuetype": "The issue type selected is invalid."})

    def _read(self, project: Project, type_id: str, sent: Fields, caller: User) -> tuple[Fields, dict[str, str]]:
        screen, values = project.screens[type_id], Values(self._site, project, caller)
        kept: Fields = {}
        errors: dict[str, str] = {}
        for name, value in sent.items():
            if name not in screen or name in PLACED:
                errors[name] = OFF_SCREEN.format(name)
                continue
            try:
                kept[name] = values.read(self._site.fields[name], value)
            except Wrong as wrong:
                errors[name] = str(wrong)
        return kept, errors

    def _missing(self, project: Project, type_id: str, sent: Fields, errors: dict[str, str]) -> list[str]:
        """Adds to `errors`; what Jira says of components is a general message instead."""
        messages = []
        for name, required in project.screens[type_id].items():
            if not required or name in (*PLACED, *DEFAULTS, "reporter") or not _empty(sent.get(name)):
                continue
            if name == "components":
                messages.append("Please provide Component")
            elif name == "summary":
                errors[name] = "You must specify a summary of the issue."
            else:
                errors.setdefault(name, f"{self._site.fields[name].name} is required.")
        return messages


def properties_in(sent: Fields) -> Fields:
    """Properties that come with an issue, a comment or a worklog."""
    given = sent.get("properties") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) and "value" in each for each in given):
        raise Refusal(400, "Properties must be a list of objects with a key and a value.")
    return {checked_key(str(each.get("key", ""))): checked_value(each["value"]) for each in given}


def _operated(kept: Any, operations: Any, name: str) -> Any:
    found = kept
    for operation in operations if isinstance(operations, list) else [{}]:
        match operation:
            case {"set": value}:
                found = value
            case {"add": value} if name == "labels":
                found = [*(found or []), value]
            case {"remove": value} if name == "labels":
                found = [each for each in found or [] if each != value]
            case _:
                raise Refusal(400, errors={name: "Unsupported operation for the field."})
    return found


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == []
