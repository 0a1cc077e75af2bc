"""What a family of calls is given, and how it names the calls that it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulators.jira.answers import Fields, Refusal, no_issue
from tests.simulators.jira.people import Caller
from tests.simulators.jira.site import Issue, Project, Site
from tests.simulators.serving import Request, Response

READ, WRITE, PEOPLE, HOOKS = "read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook"
CONFIGURATION = "manage:jira-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of somebody who is signed in; `args` are the parts of its path that its route names."""

    caller: Caller
    args: Mapping[str, str]
    request: Request

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query)

    @property
    def account_id(self) -> str:
        return self.caller.user.account_id

    def sent(self) -> Fields:
        """The body, which must be a JSON object."""
        found = self.json()
        if not isinstance(found, dict):
            raise Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        return found

    def json(self) -> Any:
        try:
            return self.request.json()
        except ValueError as error:
            message = "There was an error parsing JSON. Check that your request body is valid."
            raise Refusal(400, message) from error

    def several(self, name: str) -> list[str]:
        """A query parameter that may come again, or hold several values between commas."""
        given = [value for key, value in self.request.query if key == name]
        return [part.strip() for value in given for part in value.split(",") if part.strip()]

    def number(self, name: str, default: int) -> int:
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not re.fullmatch(r"-?\d+", text):
            raise Refusal(400, f"The value of '{name}' must be a number.")
        return int(text)

    def start_and_size(self, *, most: int, default: int = 50) -> tuple[int, int]:
        start, size = self.number("startAt", 0), self.number("maxResults", default)
        if start < 0 or size < 0:
            raise Refusal(400, "startAt and maxResults must not be negative.")
        return start, min(size, most)


type Work = Callable[[Call], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`path` as in the published description: `/rest/api/3/issue/{issue}`. `scopes` are what an OAuth app needs."""

    method: str
    path: str
    work: Work
    scopes: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


def route(method: str, path: str, work: Work, *scopes: str) -> Route:
    default = READ if method == "GET" else WRITE
    return Route(method=method, path=f"/rest/api/3/{path}", work=work, scopes=scopes or (default,))


def issue_of(site: Site, call: Call) -> Issue:
    """The issue of the path, if the caller may see it."""
    issue = site.issue(call.args["issue"])
    if issue is None or not site.may(call.caller.user, "BROWSE_PROJECTS", site.project_of(issue)):
        raise no_issue()
    return issue


def project_of(site: Site, call: Call, id_or_key: str) -> Project:
    project = site.project(id_or_key)
    if project is None or not site.may(call.caller.user, "BROWSE_PROJECTS", project):
        raise Refusal(404, f"No project could be found with key '{id_or_key}'.")
    return project


def require(site: Site, call: Call, permission: str, issue: Issue, *, status: int, message: str) -> None:
    if not site.may(call.caller.user, permission, site.project_of(issue)):
        raise Refusal(status, message)


def cut(rows: Sequence[Fields], start: int, size: int) -> tuple[list[Fields], Fields]:
    """A part of the rows, and the numbers that go with it."""
    return list(rows[start : start + size]), {"startAt": start, "maxResults": size, "total": len(rows)}


def bean(rows: Sequence[Fields], start: int, size: int) -> Fields:
    """The form of page that says `values` and `isLast`."""
    values, numbers = cut(rows, start, size)
    return {**numbers, "isLast": start + size >= len(rows), "values": values}
