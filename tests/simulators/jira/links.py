"""Remote links: an address elsewhere on an issue. With a global id a second call changes the first link."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import Call, Route, issue_of, require, route
from tests.simulators.jira.site import Issue, Site
from tests.simulators.serving import Response

GLOBAL_ID_LENGTH = 255


class RemoteLinks:
    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        path = "issue/{issue}/remotelink"
        return [
            route("GET", path, self._list),
            route("POST", path, self._put),
            route("DELETE", path, self._delete_by_global_id),
            route("GET", f"{path}/{{id}}", self._get),
            route("DELETE", f"{path}/{{id}}", self._delete),
        ]

    def _list(self, call: Call) -> Response:
        """All of them as a list; the one of a global id as an object."""
        issue = issue_of(self._site, call)
        asked = call.query.get("globalId")
        if asked is None:
            return answer(200, [self._shown(issue, row) for row in issue.links])
        return answer(200, self._shown(issue, _by_global_id(issue, asked)))

    def _put(self, call: Call) -> Response:
        issue, sent = self._linkable(call), call.sent()
        row = _read(sent)
        known = [each for each in issue.links if row["globalId"] and each["globalId"] == row["globalId"]]
        if not known and len(issue.links) >= self._site.switches.remote_links_per_issue:
            raise Refusal(413, "The issue has reached its limit of remote links.")
        row["id"] = known[0]["id"] if known else self._site.take("link")
        issue.links = [each for each in issue.links if each["id"] != row["id"]] + [row]
        self._site.touch(issue, actor=call.account_id)
        return answer(200 if known else 201, {"id": row["id"], "self": self._url(issue, row)})

    def _get(self, call: Call) -> Response:
        issue = issue_of(self._site, call)
        return answer(200, self._shown(issue, _by_id(issue, call.args["id"])))

    def _delete(self, call: Call) -> Response:
        issue = self._linkable(call)
        return self._removed(call, issue, _by_id(issue, call.args["id"]))

    def _delete_by_global_id(self, call: Call) -> Response:
        issue = self._linkable(call)
        return self._removed(call, issue, _by_global_id(issue, call.query.get("globalId", "")))

    def _removed(self, call: Call, issue: Issue, row: Fields) -> Response:
        issue.links.remove(row)
        self._site.touch(issue, actor=call.account_id)
        return answer(204)

    def _linkable(self, call: Call) -> Issue:
        issue = issue_of(self._site, call)
        message = "You do not have permission to link issues in this project."
        require(self._site, call, "LINK_ISSUES", issue, status=403, message=message)
        return issue

    def _shown(self, issue: Issue, row: Fields) -> Fields:
        kept = {name: value for name, value in row.items() if value is not None}
        return {**kept, "self": self._url(issue, row)}

    def _url(self, issue: Issue, row: Fields) -> str:
        return f"{self._site.base_url}/rest/api/3/issue/{issue.id}/remotelink/{row['id']}"


def _read(sent: Fields) -> Fields:
    target: Any = sent.get("object")
    if not isinstance(target, dict):
        raise Refusal(400, errors={"object": "'object' is required."})
    errors = {name: f"'{name}' is required." for name in ("url", "title") if not target.get(name)}
    if len(str(sent.get("globalId") or "")) > GLOBAL_ID_LENGTH:
        errors["globalId"] = "'globalId' must not exceed 255 characters."
    if errors:
        raise Refusal(400, errors=errors)
    return {name: sent.get(name) for name in ("globalId", "application", "relationship", "object")}


def _by_id(issue: Issue, link_id: str) -> Fields:
    for row in issue.links:
        if str(row["id"]) == link_id:
            return row
    raise Refusal(404, f"The remote issue link with id '{link_id}' does not exist.")


def _by_global_id(issue: Issue, global_id: str) -> Fields:
    for row in issue.links:
        if row["globalId"] == global_id:
            return row
    raise Refusal(404, f"The remote issue link with globalId '{global_id}' does not exist.")
