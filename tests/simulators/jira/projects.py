"""What can be made where: projects, issue types, screens as createmeta tells of them, and the instance's fields."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira import people, shown
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import Call, Route, bean, cut, project_of, route
from tests.simulators.jira.fields import PRIORITIES, detail
from tests.simulators.jira.site import Project, Site
from tests.simulators.serving import Response

MOST_TYPES = 200


class Projects:
    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        meta = "issue/createmeta/{project}/issuetypes"
        return [
            route("GET", meta, self._types),
            route("GET", f"{meta}/{{type}}", self._fields_of_type),
            route("GET", "project/search", self._search),
            route("GET", "project/{project}", self._project),
            route("GET", "project/{project}/components", self._components),
            route("GET", "field", self._fields),
            route("GET", "field/search", self._field_search),
            route("GET", "priority", self._priorities),
        ]

    def _types(self, call: Call) -> Response:
        project = self._creatable(call)
        start, size = _meta_page(call)
        rows = [shown.issue_type(self._site, self._site.types[each]) for each in project.types]
        page, numbers = cut(rows, start, size)
        return answer(200, {**numbers, "issueTypes": page})

    def _fields_of_type(self, call: Call) -> Response:
        project = self._creatable(call)
        if call.args["type"] not in project.types:
            raise Refusal(400, "The issue type is not found, or does not belong to the project.")
        start, size = _meta_page(call)
        screen = project.screens[call.args["type"]]
        rows = [self._meta(project, call.args["type"], field, required) for field, required in screen.items()]
        page, numbers = cut(rows, start, size)
        return answer(200, {**numbers, "fields": page})

    def _creatable(self, call: Call) -> Project:
        """The published description knows no 404 here."""
        project, may = self._site.project(call.args["project"]), self._site.may
        needed = ("BROWSE_PROJECTS", "CREATE_ISSUES")
        if project is None or not all(may(call.caller.user, each, project) for each in needed):
            raise Refusal(400, f"No project could be found with key '{call.args['project']}'.")
        return project

    def _meta(self, project: Project, type_id: str, field_id: str, required: bool) -> Fields:
        field = self._site.fields[field_id]
        several = field.type == "array"
        found: Fields = {
            "fieldId": field.id,
            "key": field.id,
            "name": field.name,
            "required": required,
            "hasDefaultValue": field.id in ("reporter", "priority"),
            "operations": ["add", "set", "remove"] if several else ["set"],
            "schema": field.schema,
        }
        allowed = self._allowed(project, type_id, field_id)
        return found if allowed is None else {**found, "allowedValues": allowed}

    def _allowed(self, project: Project, type_id: str, field_id: str) -> list[Fields] | None:
        site = self._site
        match field_id:
            case "project":
                return [shown.project(site, project)]
            case "issuetype":
                return [shown.issue_type(site, site.types[type_id])]
            case "components":
                return [shown.component(site, key, name) for key, name in project.components.items()]
            case "priority":
                return [{"id": key, "name": name} for key, name in PRIORITIES.items()]
        return shown.options(site, field_id) if site.fields[field_id].options else None

    def _search(self, call: Call) -> Response:
        """By permission, by keys, by a part of the name or key."""
        may = self._site.may
        found = [each for each in self._site.projects.values() if may(call.caller.user, "BROWSE_PROJECTS", each)]
        if keys := call.several("keys"):
            found = [each for each in found if each.key in keys]
        asked = call.query.get("query", "").lower()
        found = [each for each in found if asked in each.name.lower() or asked in each.key.lower()]
        if call.query.get("action") == "create":
            found = [each for each in found if may(call.caller.user, "CREATE_ISSUES", each)]
        start, size = call.start_and_size(most=50)
        rows = [shown.project(self._site, each) for each in sorted(found, key=lambda each: each.key)]
        url = f"{self._site.base_url}/rest/api/3/project/search"
        return answer(200, {"self": url, **bean(rows, start, size)})

    def _project(self, call: Call) -> Response:
        site, project = self._site, project_of(self._site, call, call.args["project"])
        whole: Fields = {
            **shown.project(site, project),
            "description": "",
            "lead": people.shown(site.users[project.lead], site.base_url),
            "assigneeType": "UNASSIGNED",
            "components": [shown.component(site, key, name) for key, name in project.components.items()],
            "issueTypes": [shown.issue_type(site, site.types[each]) for each in project.types],
            "versions": [],
            "roles": {},
        }
        return answer(200, whole)

    def _components(self, call: Call) -> Response:
        project = project_of(self._site, call, call.args["project"])
        rows = [shown.component(self._site, key, name) for key, name in project.components.items()]
        return answer(200, [{**row, "project": project.key, "projectId": int(project.id)} for row in rows])

    def _fields(self, call: Call) -> Response:
        return answer(200, [detail(field) for field in self._site.fields.values()])

    def _field_search(self, call: Call) -> Response:
        """For administrators alone."""
        if not call.caller.user.administrator:
            raise Refusal(403, "Only Jira administrators can view field search.")
        start, size = call.start_and_size(most=50)
        asked = call.query.get("query", "").lower()
        named = [each for each in self._site.fields.values() if asked in each.name.lower()]
        rows = [{"id": each.id, "key": each.id, "name": each.name, "schema": each.schema} for each in named]
        return answer(200, bean(rows, start, size))

    def _priorities(self, call: Call) -> Response:
        rows: list[dict[str, Any]] = [
            {"self": f"{self._site.base_url}/rest/api/3/priority/{key}", "id": key, "name": name, "description": ""}
            for key, name in PRIORITIES.items()
        ]
        return answer(200, rows)


def _meta_page(call: Call) -> tuple[int, int]:
    """Too large a page is refused here, not cut."""
    if call.number("maxResults", 50) > MOST_TYPES:
        raise Refusal(400, f"Parameter 'maxResults' must not exceed the limit '{MOST_TYPES}'")
    return call.start_and_size(most=MOST_TYPES)
