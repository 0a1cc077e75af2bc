"""The fields of an instance: those that every Jira has, and custom ones whose ids differ from site to site."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulators.jira.answers import Fields

CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"
TYPES = {
    "textfield": "string",
    "textarea": "string",
    "url": "string",
    "float": "number",
    "datepicker": "date",
    "datetime": "datetime",
    "select": "option",
    "multiselect": "array",
}
"""The custom field types that are played, and the type that their schema names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`kind` is the custom type, or the field's own id for one that every Jira has."""

    id: str
    name: str
    kind: str
    type: str
    items: str | None = None
    clauses: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()  # (id, value)

    @property
    def custom(self) -> bool:
        return self.id.startswith("customfield_")

    @property
    def rich(self) -> bool:
        """Whether its text is an Atlassian document."""
        return self.kind in ("description", "environment", "textarea")

    @property
    def schema(self) -> Fields:
        said: Fields = {"type": self.type}
        if self.items is not None:
            said["items"] = self.items
        if not self.custom:
            return {**said, "system": self.id}
        return {**said, "custom": f"{CUSTOM}:{self.kind}", "customId": int(self.id.removeprefix("customfield_"))}


def _system(field: str, name: str, kind: str, items: str | None = None, *clauses: str) -> Field:
    return Field(id=field, name=name, kind=field, type=kind, items=items, clauses=clauses or (field,))


SYSTEM = (
    _system("summary", "Summary", "string"),
    _system("issuetype", "Issue Type", "issuetype", None, "issuetype", "type"),
    _system("project", "Project", "project"),
    _system("description", "Description", "string"),
    _system("environment", "Environment", "string"),
    _system("labels", "Labels", "array", "string"),
    _system("components", "Components", "array", "component", "component"),
    _system("priority", "Priority", "priority"),
    _system("assignee", "Assignee", "user"),
    _system("reporter", "Reporter", "user"),
    _system("parent", "Parent", "issuelink"),
    _system("duedate", "Due date", "date", None, "due", "duedate"),
    _system("timetracking", "Time tracking", "timetracking"),
)
READ_ONLY = (
    _system("status", "Status", "status"),
    _system("resolution", "Resolution", "resolution"),
    _system("created", "Created", "datetime", None, "created", "createdDate"),
    _system("updated", "Updated", "datetime", None, "updated", "updatedDate"),
    _system("creator", "Creator", "user"),
)
STANDARD_SCREEN = ("summary", "issuetype", "project", "description", "labels", "components", "priority", "assignee")
STANDARD_SCREEN_TOO = ("reporter", "parent", "duedate")
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}


def a_custom_field(number: int, name: str, kind: str, options: tuple[str, ...] = ()) -> Field:
    named = tuple((str(number * 10 + place), value) for place, value in enumerate(options))
    return Field(
        id=f"customfield_{number}",
        name=name,
        kind=kind,
        type=TYPES[kind],
        items="option" if kind == "multiselect" else None,
        clauses=(f"cf[{number}]", name),
        options=named,
    )


def detail(field: Field) -> Fields:
    """A row of `GET /field`."""
    return {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "custom": field.custom,
        "orderable": field not in READ_ONLY,
        "navigable": True,
        "searchable": True,
        "clauseNames": list(field.clauses),
        "schema": field.schema,
    }
