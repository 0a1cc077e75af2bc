"""Issues and what hangs on them, as Jira shows them: version 3 of the API, and version 2 for webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.simulators.jira import people
from tests.simulators.jira.answers import Fields
from tests.simulators.jira.fields import PRIORITIES
from tests.simulators.jira.site import IssueType, Project, Site, stamp

STATUSES: dict[str, tuple[str, str, int]] = {
    "10000": ("To Do", "new", 2),
    "10001": ("In Progress", "indeterminate", 4),
    "10002": ("Done", "done", 3),
}
"""id -> name, category key, category id"""


def status(site: Site, status_id: str) -> Fields:
    name, category, category_id = STATUSES[status_id]
    return {
        "self": f"{site.base_url}/rest/api/3/status/{status_id}",
        "id": status_id,
        "name": name,
        "description": "",
        "statusCategory": {
            "self": f"{site.base_url}/rest/api/3/statuscategory/{category_id}",
            "id": category_id,
            "key": category,
            "name": name,
            "colorName": "blue-gray",
        },
    }


def user(site: Site, account_id: str) -> Fields:
    return people.shown(site.users[account_id], site.base_url)


def detail(site: Site, account_id: str) -> Fields:
    """A user as worklogs and comments name them."""
    seen = user(site, account_id)
    return {name: value for name, value in seen.items() if name != "locale"}


def issue_type(site: Site, found: IssueType) -> Fields:
    return {
        "self": f"{site.base_url}/rest/api/3/issuetype/{found.id}",
        "id": found.id,
        "name": found.name,
        "description": "",
        "subtask": found.subtask,
        "hierarchyLevel": found.level,
    }


def project(site: Site, found: Project) -> Fields:
    return {
        "self": f"{site.base_url}/rest/api/3/project/{found.id}",
        "id": found.id,
        "key": found.key,
        "name": found.name,
        "projectTypeKey": "business",
        "simplified": False,
        "style": "classic",
        "isPrivate": False,
        "avatarUrls": {},
    }


def component(site: Site, component_id: str, name: str) -> Fields:
    return {"self": f"{site.base_url}/rest/api/3/component/{component_id}", "id": component_id, "name": name}


def options(site: Site, field_id: str) -> list[Fields]:
    field = site.fields[field_id]
    return [
        {"self": f"{site.base_url}/rest/api/3/customFieldOption/{key}", "id": key, "value": value}
        for key, value in field.options
    ]


def issue(site: Site, kept: Fields, wanted: Iterable[str] | None, *, properties: Sequence[str] = ()) -> Fields:
    """`kept` is an issue's id, key, fields and properties, of now or as search remembers them; None wants all."""
    seen: Fields = {
        "expand": "names,schema,operations,editmeta,changelog,renderedFields",
        "id": kept["id"],
        "self": f"{site.base_url}/rest/api/3/issue/{kept['id']}",
        "key": kept["key"],
        "fields": fields(site, kept["fields"], wanted),
    }
    if properties:
        seen["properties"] = {key: kept["properties"][key] for key in properties if key in kept["properties"]}
    return seen


def fields(site: Site, kept: Fields, wanted: Iterable[str] | None) -> Fields:
    on_screen = set(site.projects[kept["project"]].screens[kept["issuetype"]])
    has = [name for name in site.fields if not name.startswith("customfield_") or name in on_screen | set(kept)]
    if wanted is not None:
        asked = set(wanted)
        has = [name for name in has if name in asked]
    return {name: _value(site, name, kept.get(name)) for name in has}


def _value(site: Site, name: str, value: Any) -> Any:
    if name in ("labels", "components") and value is None:
        return []
    if value is None:
        return None
    if name in site.fields and site.fields[name].options:
        return _chosen(site, name, value)
    return _SHOWN[name](site, value) if name in _SHOWN else value


def _chosen(site: Site, name: str, value: Any) -> Any:
    by_id = {each["id"]: each for each in options(site, name)}
    return [by_id[each] for each in value] if isinstance(value, list) else by_id[value]


def _priority(site: Site, value: str) -> Fields:
    return {"self": f"{site.base_url}/rest/api/3/priority/{value}", "id": value, "name": PRIORITIES[value]}


def _components(site: Site, value: list[str]) -> list[Fields]:
    names = {key: name for each in site.projects.values() for key, name in each.components.items()}
    return [component(site, key, names[key]) for key in value]


def _parent(site: Site, value: str) -> Fields:
    found = site.issues[value]
    seen = {"id": found.id, "key": found.key, "self": f"{site.base_url}/rest/api/3/issue/{found.id}"}
    return {**seen, "fields": {"summary": found.fields["summary"]}}


_SHOWN: dict[str, Callable[[Site, Any], Any]] = {
    "project": lambda site, value: project(site, site.projects[value]),
    "issuetype": lambda site, value: issue_type(site, site.types[value]),
    "status": status,
    "priority": _priority,
    "components": _components,
    "parent": _parent,
    "assignee": user,
    "reporter": user,
    "creator": user,
    "created": lambda site, value: stamp(value),
    "updated": lambda site, value: stamp(value),
}
