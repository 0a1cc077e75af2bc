"""Comments: an Atlassian document each, written by whoever calls."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira import adf, shown
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import Call, Route, cut, issue_of, require, route
from tests.simulators.jira.screens import properties_in
from tests.simulators.jira.site import Issue, Site, stamp
from tests.simulators.serving import Response


class Comments:
    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        path = "issue/{issue}/comment"
        return [
            route("GET", path, self._list),
            route("POST", path, self._add),
            route("GET", f"{path}/{{id}}", self._get),
            route("PUT", f"{path}/{{id}}", self._edit),
            route("DELETE", f"{path}/{{id}}", self._delete),
        ]

    def _list(self, call: Call) -> Response:
        start, size = call.start_and_size(most=5_000)
        issue = issue_of(self._site, call)
        page, numbers = cut([self._shown(issue, row, call) for row in issue.comments], start, size)
        return answer(200, {**numbers, "comments": page})

    def _add(self, call: Call) -> Response:
        issue, sent = issue_of(self._site, call), call.sent()
        message = f"You do not have the permission to comment on this issue {issue.key}."
        require(self._site, call, "ADD_COMMENTS", issue, status=400, message=message)
        if len(issue.comments) >= self._site.switches.comments_per_issue:
            raise Refusal(413, "The issue has reached its limit of comments.")
        now, who = self._site.moment(), call.account_id
        row = {
            "id": str(self._site.take("comment")),
            "body": document(sent.get("body"), "comment"),
            "author": who,
            "update_author": who,
            "created": now,
            "updated": now,
            "properties": properties_in(sent),
        }
        issue.comments.append(row)
        return answer(201, self._told(call, issue, row, "comment_created"))

    def _get(self, call: Call) -> Response:
        issue, row = self._row(call)
        return answer(200, self._shown(issue, row, call))

    def _edit(self, call: Call) -> Response:
        issue, row = self._row(call)
        row["body"] = document(call.sent().get("body"), "comment")
        row["updated"], row["update_author"] = self._site.moment(), call.account_id
        return answer(200, self._told(call, issue, row, "comment_updated"))

    def _delete(self, call: Call) -> Response:
        issue, row = self._row(call)
        issue.comments.remove(row)
        self._told(call, issue, row, "comment_deleted")
        return answer(204)

    def _told(self, call: Call, issue: Issue, row: Fields, event: str) -> Fields:
        found = self._shown(issue, row, call)
        self._site.touch(issue, actor=call.account_id)
        self._site.record(event, issue, actor=call.account_id, comment=found)
        return found

    def _row(self, call: Call) -> tuple[Issue, Fields]:
        issue = issue_of(self._site, call)
        for row in issue.comments:
            if row["id"] == call.args["id"]:
                return issue, row
        raise Refusal(404, f"Can not find a comment for the id: {call.args['id']}.")

    def _shown(self, issue: Issue, row: Fields, call: Call) -> Fields:
        found = {
            "self": f"{self._site.base_url}/rest/api/3/issue/{issue.id}/comment/{row['id']}",
            "id": row["id"],
            "author": shown.detail(self._site, row["author"]),
            "body": row["body"],
            "updateAuthor": shown.detail(self._site, row["update_author"]),
            "created": stamp(row["created"]),
            "updated": stamp(row["updated"]),
            "jsdPublic": True,
        }
        if "properties" in call.several("expand"):
            found["properties"] = [{"key": key, "value": value} for key, value in row["properties"].items()]
        return found


def document(value: Any, field: str) -> Fields:
    """A text where a document is due is the field's mistake; a crooked document is nobody's in particular."""
    if not adf.is_document(value):
        wrong = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        raise Refusal(400, errors={field: wrong})
    if not adf.sound(value) or not adf.text_of(value).strip():
        raise Refusal(400, "INVALID_INPUT")
    return dict(value)
