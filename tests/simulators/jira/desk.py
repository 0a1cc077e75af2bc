"""What people do in Jira's own screens: an administrator sets the site up, others move, edit and delete issues."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira import shown
from tests.simulators.jira.answers import Fields
from tests.simulators.jira.fields import STANDARD_SCREEN, STANDARD_SCREEN_TOO, Field
from tests.simulators.jira.issues import Issues
from tests.simulators.jira.office import GLOBAL, PERMISSIONS
from tests.simulators.jira.people import User
from tests.simulators.jira.site import Issue, IssueType, Project, Site

ALWAYS_REQUIRED = ("summary", "issuetype", "project")
TYPES = (("Task", 0), ("Bill", 0), ("Story", 0), ("Epic", 1), ("Sub-task", -1))


class Desk:
    def __init__(self, site: Site, issues: Issues) -> None:
        self._site = site
        self._issues = issues

    def open_site(self) -> None:
        """What a finance team would find: two projects, custom fields of several types, some of them on the screens."""
        for name, level in TYPES:
            self._add_type(name, level)
        for name, kind in (("Amount", "float"), ("Vendor", "textfield"), ("Source record", "textfield")):
            self._site.add_field(name, kind)
        self._site.add_field("Category", "select", ("Supplies", "Hardware", "Rent", "Other"))
        self._site.add_field("Notes", "textarea")
        self.add_project("FIN", "Finance")
        self.add_project("OPS", "Operations")
        self.add_component("FIN", "Payables")
        self.add_component("FIN", "Receivables")

    # setting up

    def add_project(self, key: str, name: str) -> Fields:
        """Every field but the environment and time tracking is on its screens."""
        site = self._site
        assert site.project(key) is None, f"there is a project {key} already"
        shown_fields = [
            *STANDARD_SCREEN,
            *STANDARD_SCREEN_TOO,
            *(each.id for each in site.fields.values() if each.custom),
        ]
        screen = {field: field in ALWAYS_REQUIRED for field in shown_fields}
        project = Project(
            id=str(site.take("project")),
            key=key,
            name=name,
            lead=site.integration.account_id,
            types=list(site.types),
            screens={each: dict(screen) for each in site.types},
        )
        site.projects[project.id] = project
        return shown.project(site, project)

    def add_component(self, project: str, name: str) -> Fields:
        component_id = str(self._site.take("component"))
        self._project(project).components[component_id] = name
        return shown.component(self._site, component_id, name)

    def add_field(self, *, name: str, kind: str, options: tuple[str, ...] = (), on_screens: bool = True) -> Fields:
        field = self._site.add_field(name, kind, tuple(options))
        for project in self._site.projects.values():
            for screen in project.screens.values():
                if on_screens:
                    screen[field.id] = False
        return {"id": field.id, "name": field.name}

    def set_screen(
        self, *, project: str, field: str, issue_type: str | None = None, on: bool = True, required: bool = False
    ) -> None:
        """Puts a field on the screens of a type, or of all types, or takes it off."""
        found, field_id = self._project(project), self._field(field).id
        for type_id in found.types if issue_type is None else [self._type(issue_type).id]:
            found.screens[type_id].pop(field_id, None)
            if on:
                found.screens[type_id][field_id] = required

    def set_types(self, project: str, names: list[str]) -> None:
        """The only types of the project from now on."""
        found = self._project(project)
        found.types = [self._type(name).id for name in names]

    def withhold(self, permission: str, project: str | None = None) -> None:
        """Takes a permission out of a project's scheme, or a global one from all but administrators."""
        assert permission in PERMISSIONS, f"there is no permission {permission}"
        if permission not in GLOBAL:
            places = [self._project(project)] if project else list(self._site.projects.values())
            for place in places:
                place.withheld.append(permission)
        else:
            self._site.withheld.append(permission)

    def permit(self, permission: str) -> None:
        """Gives it back everywhere."""
        for kept in (self._site.withheld, *(project.withheld for project in self._site.projects.values())):
            kept[:] = [each for each in kept if each != permission]

    def add_user(self, *, name: str, email: str, **more: Any) -> Fields:
        user = User(account_id=f"712020:{len(self._site.users):08d}", name=name, email=email, **more)
        self._site.users[user.account_id] = user
        return shown.user(self._site, user.account_id)

    def rekey_project(self, project: str, key: str) -> None:
        """The project and all its issues have other keys; the ones before still lead to them."""
        found = self._project(project)
        before, found.key = found.key, key
        found.old_keys.append(before)
        for issue in self._site.live_issues():
            if issue.fields["project"] == found.id:
                self._rekey(issue, f"{key}-{issue.key.rsplit('-', 1)[1]}", [])

    # working

    def add_issue(
        self, *, project: str = "FIN", issue_type: str = "Task", summary: str = "By hand", **f: Any
    ) -> Fields:
        fields = {"project": {"key": project}, "issuetype": {"name": issue_type}, "summary": summary, **f}
        return self.seen(self._issues.create({"fields": fields}, self._person))

    def edit_issue(self, issue: str, **fields: Any) -> Fields:
        found = self._issue(issue)
        self._issues.edit(found, {"fields": fields}, self._person)
        return self.seen(found)

    def delete_issue(self, issue: str) -> None:
        self._issues.delete(self._issue(issue), self._person.account_id)

    def move_issue(self, issue: str, project: str) -> Fields:
        """To another project, under another key; its id stays."""
        found, target = self._issue(issue), self._project(project)
        source = self._site.project_of(found)
        target.last_number += 1
        found.fields["project"] = target.id
        moved = {"field": "project", "fieldtype": "jira", "fieldId": "project", "from": source.id, "to": target.id}
        names = {"fromString": source.name, "toString": target.name}
        self._rekey(found, f"{target.key}-{target.last_number}", [{**moved, **names}])
        return self.seen(found)

    def seen(self, issue: Issue) -> Fields:
        """Everything of an issue: as the API shows it, with what hangs on it."""
        kept = {"id": issue.id, "key": issue.key, "fields": issue.fields, "properties": issue.properties}
        found = shown.issue(self._site, kept, None)
        worklogs = [{**row, "timeSpentSeconds": row["seconds"]} for row in issue.worklogs]
        hanging = {"comments": issue.comments, "worklogs": worklogs, "links": issue.links, "old_keys": issue.old_keys}
        return {**found, "properties": issue.properties, **hanging}

    def _rekey(self, issue: Issue, key: str, items: list[Fields]) -> None:
        names = {"from": None, "fromString": issue.key, "to": None, "toString": key}
        self._site.rekey(issue, key)
        item = {"field": "Key", "fieldtype": "jira", "fieldId": "issuekey", **names}
        self._issues.changed(issue, [*items, item], self._person.account_id, kind="issue_moved")

    @property
    def _person(self) -> User:
        """Ada, who administers the site."""
        return next(user for user in self._site.users.values() if user.administrator)

    def _add_type(self, name: str, level: int) -> None:
        made = IssueType(id=str(self._site.take("type")), name=name, subtask=level < 0, level=level)
        self._site.types[made.id] = made

    def _project(self, project: str) -> Project:
        found = self._site.project(project)
        assert found is not None, f"there is no project {project}"
        return found

    def _issue(self, issue: str) -> Issue:
        found = self._site.issue(issue)
        assert found is not None, f"there is no issue {issue}"
        return found

    def _field(self, field: str) -> Field:
        found = next((each for each in self._site.fields.values() if field in (each.id, each.name)), None)
        assert found is not None, f"there is no field {field}"
        return found

    def _type(self, name: str) -> IssueType:
        found = next((each for each in self._site.types.values() if name in (each.id, each.name)), None)
        assert found is not None, f"there is no issue type {name}"
        return found
