"""Issues: create, one or several, get, edit, delete. Nothing is idempotent; a deleted issue is gone at once."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira import shown
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import Call, Route, issue_of, require, route
from tests.simulators.jira.people import User
from tests.simulators.jira.screens import Screens, properties_in
from tests.simulators.jira.site import Issue, Site
from tests.simulators.serving import Response

MOST_AT_ONCE = 50
FIRST_STATUS = "10000"


class Issues:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._screens = Screens(site)

    def routes(self) -> list[Route]:
        return [
            route("POST", "issue", self._create),
            route("POST", "issue/bulk", self._create_several),
            route("GET", "issue/{issue}", self._get),
            route("PUT", "issue/{issue}", self._edit),
            route("DELETE", "issue/{issue}", self._delete),
        ]

    def create(self, sent: Fields, caller: User) -> Issue:
        """Stores a new issue and tells of it. Raises Refusal."""
        site = self._site
        fields, properties = self._screens.for_create(sent, caller), properties_in(sent)
        project = site.projects[fields["project"]]
        project.last_number += 1
        now = site.moment()
        marks = {"status": FIRST_STATUS, "created": now, "updated": now, "creator": caller.account_id}
        issue = Issue(
            id=str(site.take("issue")),
            key=f"{project.key}-{project.last_number}",
            fields={**fields, **marks},
            properties=properties,
        )
        site.put(issue)
        site.touch(issue, actor=caller.account_id)
        site.record("jira:issue_created", issue, actor=caller.account_id, issue_event_type_name="issue_created")
        return issue

    def edit(self, issue: Issue, sent: Fields, caller: User) -> None:
        changes, properties = self._screens.for_edit(issue, sent, caller), properties_in(sent)
        items = [self._item(issue, name, value) for name, value in changes.items() if issue.fields.get(name) != value]
        issue.fields.update(changes)
        issue.properties.update(properties)
        self.changed(issue, items, caller.account_id, kind="issue_updated")

    def changed(self, issue: Issue, items: list[Fields], actor: str, *, kind: str) -> None:
        """Its change is known to search in time, and told with a list of what changed."""
        self._site.touch(issue, actor=actor)
        log = {"id": str(len(issue.versions)), "items": items}
        self._site.record("jira:issue_updated", issue, actor=actor, issue_event_type_name=kind, changelog=log)

    def delete(self, issue: Issue, actor: str) -> None:
        """Its worklogs go with it."""
        site = self._site
        site.gone_worklogs += [(int(site.moment() * 1000), each["id"]) for each in issue.worklogs]
        site.record("jira:issue_deleted", issue, actor=actor, issue_event_type_name="issue_deleted")
        issue.versions.append((site.moment(), None))

    def _create(self, call: Call) -> Response:
        return answer(201, self._made(self.create(call.sent(), call.caller.user)))

    def _create_several(self, call: Call) -> Response:
        """201 where any was made; a failure is named by its place in the request."""
        updates = call.sent().get("issueUpdates")
        if not isinstance(updates, list) or not 0 < len(updates) <= MOST_AT_ONCE:
            raise Refusal(400, "issueUpdates must hold 1 to 50 issues.")
        made: list[Fields] = []
        errors: list[Fields] = []
        for place, sent in enumerate(updates):
            try:
                made.append(self._made(self.create(sent if isinstance(sent, dict) else {}, call.caller.user)))
            except Refusal as refusal:
                wrong = {"status": refusal.status, "elementErrors": refusal.body, "failedElementNumber": place}
                errors.append(wrong)
        return answer(201 if made else 400, {"issues": made, "errors": errors})

    def _made(self, issue: Issue) -> Fields:
        return {"id": issue.id, "key": issue.key, "self": f"{self._site.base_url}/rest/api/3/issue/{issue.id}"}

    def _get(self, call: Call) -> Response:
        issue = issue_of(self._site, call)
        kept = {"id": issue.id, "key": issue.key, "fields": issue.fields, "properties": issue.properties}
        wanted = chosen(self._site, call.several("fields") or ["*all"])
        properties = call.several("properties")
        if "*all" in properties:
            properties = list(issue.properties)
        found = shown.issue(self._site, kept, wanted, properties=properties)
        if "names" in call.several("expand"):
            found["names"] = {name: self._site.fields[name].name for name in found["fields"]}
        return answer(200, found)

    def _edit(self, call: Call) -> Response:
        issue = issue_of(self._site, call)
        message = "You do not have permission to edit issues in this project."
        require(self._site, call, "EDIT_ISSUES", issue, status=400, message=message)
        overrides = {"overrideScreenSecurity", "overrideEditableFlag"} & set(call.query)
        if any(call.query[name] == "true" for name in overrides) and not call.caller.user.administrator:
            raise Refusal(403, "Only administrators of the site may override the screen's security.")
        self.edit(issue, call.sent(), call.caller.user)
        if call.query.get("returnIssue") == "true":
            return self._get(call)
        return answer(204)

    def _delete(self, call: Call) -> Response:
        site, issue = self._site, issue_of(self._site, call)
        message = "You do not have permission to delete issues in this project."
        require(site, call, "DELETE_ISSUES", issue, status=403, message=message)
        subtasks = [each for each in site.live_issues() if each.fields.get("parent") == issue.id and self._sub(each)]
        if subtasks and call.query.get("deleteSubtasks") != "true":
            raise Refusal(
                400, f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter."
            )
        for each in (*subtasks, issue):
            self.delete(each, call.account_id)
        return answer(204)

    def _sub(self, issue: Issue) -> bool:
        return self._site.types[issue.fields["issuetype"]].subtask

    def _item(self, issue: Issue, name: str, value: Any) -> Fields:
        field = self._site.fields[name]
        was = issue.fields.get(name)
        return {
            "field": field.name if field.custom else field.id,
            "fieldtype": "custom" if field.custom else "jira",
            "fieldId": field.id,
            "from": None,
            "fromString": None if was is None else str(was),
            "to": None,
            "toString": None if value is None else str(value),
        }


def chosen(site: Site, asked: list[str]) -> list[str]:
    """`*all`, `*navigable`, names, and `-name` for all but that; unknown names are let through and found nowhere."""
    left_out = {name.removeprefix("-") for name in asked if name.startswith("-")}
    named = [name for name in asked if not name.startswith("-")]
    if "*all" in named or "*navigable" in named or not named:
        named = list(site.fields)
    return [name for name in named if name not in left_out]
