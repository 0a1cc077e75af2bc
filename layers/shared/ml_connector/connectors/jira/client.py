"""Jira's REST API v3 for one site: one method a call. No retries, no business words.

Ids and keys in paths are quoted: they come from outside. A 2xx counts only with what was asked for in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any
from urllib.parse import quote

from ml_connector.connectors.jira.models import (
    WireConfiguration,
    WireField,
    WireFields,
    WireIssue,
    WireIssueType,
    WireIssueTypes,
    WireMade,
    WireNamed,
    WirePermissions,
    WireProperty,
    WireSearch,
    WireSite,
    WireTransition,
    WireUser,
    WireWebhook,
    WireWorklog,
    WireWorklogs,
)
from ml_connector.connectors.jira.reading import SYSTEM, created_webhook, garbled, read, read_many
from ml_connector.transport.client import ApiClient, Params

__all__ = ["SYSTEM", "JiraClient", "sites_of"]

API = "/rest/api/3"
ISSUE_FIELDS = ("summary", "description", "project", "issuetype", "status", "labels", "updated")
_PAGE = 200
_USERS_PAGE = 1000
_MOST_PAGES = 200


class JiraClient:
    def __init__(self, api: ApiClient, *, property_key: str, notify: bool) -> None:
        self._api = api
        self._property = property_key
        self._quiet = (("notifyUsers", str(notify).lower()), ("adjustEstimate", "leave"))

    def patient(self) -> JiraClient:
        """The same for one long read, which waits in its middle."""
        made = copy(self)
        made._api = self._api.patient()
        return made

    # who and what

    def myself(self) -> WireUser:
        return read(WireUser, self._get("/myself", "get own user"), "get own user")

    def permissions(self, project: str, names: Sequence[str]) -> WirePermissions:
        operation, params = "get own permissions", (("projectKey", project), ("permissions", ",".join(names)))
        return read(WirePermissions, self._get("/mypermissions", operation, params), operation)

    def configuration(self) -> WireConfiguration:
        return read(WireConfiguration, self._get("/configuration", "get configuration"), "get configuration")

    def issue_types(self, project: str) -> tuple[WireIssueType, ...]:
        path = f"/issue/createmeta/{_part(project)}/issuetypes"
        return tuple(self._pages(WireIssueTypes, path, "list issue types"))

    def create_fields(self, project: str, type_id: str) -> tuple[WireField, ...]:
        path = f"/issue/createmeta/{_part(project)}/issuetypes/{_part(type_id)}"
        return tuple(self._pages(WireFields, path, "list fields of a create"))

    def components(self, project: str) -> tuple[WireNamed, ...]:
        operation = "list components"
        return read_many(WireNamed, self._get(f"/project/{_part(project)}/components", operation), operation)

    def assignable(self, project: str) -> Iterator[WireUser]:
        """Who may be given an issue of the project."""
        operation = "list assignable users"
        for start in range(0, _MOST_PAGES * _USERS_PAGE, _USERS_PAGE):
            params = (("project", project), ("startAt", str(start)), ("maxResults", str(_USERS_PAGE)))
            users = read_many(WireUser, self._get("/user/assignable/search", operation, params), operation)
            yield from users
            if not users:  # a page may be shorter than asked and not be the last
                return

    # issues

    def create_issue(self, body: Mapping[str, Any]) -> WireMade:
        answer = self._api.send("POST", f"{API}/issue", operation="create issue", json=body)
        return read(WireMade, answer, "create issue", is_write=True)

    def issue(self, issue_id: str) -> WireIssue:
        """Always current, unlike a search."""
        params = (("fields", ",".join(ISSUE_FIELDS)), ("properties", self._property))
        return read(WireIssue, self._get(f"/issue/{_part(issue_id)}", "get issue", params), "get issue")

    def update_issue(self, issue_id: str, body: Mapping[str, Any]) -> None:
        self._api.send("PUT", f"{API}/issue/{_part(issue_id)}", operation="update issue", json=body)

    def delete_issue(self, issue_id: str) -> None:
        self._api.send("DELETE", f"{API}/issue/{_part(issue_id)}", operation="delete issue")

    def issue_property(self, issue_id: str) -> Any:
        """Raises NotFoundError where it has none of ours."""
        operation, path = "get issue property", f"/issue/{_part(issue_id)}/properties/{_part(self._property)}"
        return read(WireProperty, self._get(path, operation), operation).value

    def set_issue_property(self, issue_id: str, value: Mapping[str, Any]) -> None:
        """The one write here that may be repeated: it says what is, not what is added."""
        path = f"{API}/issue/{_part(issue_id)}/properties/{_part(self._property)}"
        self._api.send("PUT", path, operation="set issue property", json=value)

    def comment(self, issue_id: str, document: Mapping[str, Any]) -> None:
        path = f"{API}/issue/{_part(issue_id)}/comment"
        self._api.send("POST", path, operation="comment on issue", json={"body": document})

    def transitions(self, issue_id: str) -> tuple[WireTransition, ...]:
        operation = "list transitions"
        body = self._get(f"/issue/{_part(issue_id)}/transitions", operation)
        return read_many(WireTransition, body.get("transitions") if isinstance(body, Mapping) else None, operation)

    def transition(self, issue_id: str, transition_id: str) -> None:
        path = f"{API}/issue/{_part(issue_id)}/transitions"
        self._api.send("POST", path, operation="transition issue", json={"transition": {"id": transition_id}})

    def search(self, jql: str, *, fields: Sequence[str], with_property: bool, most: int) -> tuple[WireIssue, ...]:
        """Every issue that the index shows by now. Raises: TransientError where there are more than `most`."""
        asked: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": min(most, 5000)}
        if with_property:
            asked["properties"] = [self._property]
        found: list[WireIssue] = []
        token: str | None = None
        while True:
            body = asked | ({"nextPageToken": token} if token else {})
            answer = self._api.ask(f"{API}/search/jql", operation="search issues", json=body)
            page = read(WireSearch, answer, "search issues")
            found += page.issues
            token = page.next_page_token
            if token is None:
                return tuple(found)
            if len(found) > most:
                raise garbled(f"the search shows more than {most} issues", "search issues", is_write=False)

    # worklogs

    def worklogs(self, issue_id: str, *, after: int, before: int) -> tuple[WireWorklog, ...]:
        """Those that start between the two instants (milliseconds). Not served by the search's index."""
        params = (("startedAfter", str(after)), ("startedBefore", str(before)), ("expand", "properties"))
        path = f"/issue/{_part(issue_id)}/worklog"
        found: list[WireWorklog] = []
        for _ in range(_MOST_PAGES):
            paged = (*params, ("startAt", str(len(found))), ("maxResults", "1000"))
            page = read(WireWorklogs, self._get(path, "list worklogs", paged), "list worklogs")
            found += page.worklogs
            if len(found) >= page.total or not page.worklogs:
                break
        return tuple(found)

    def worklog(self, issue_id: str, worklog_id: str) -> WireWorklog:
        path = f"/issue/{_part(issue_id)}/worklog/{_part(worklog_id)}"
        params = (("expand", "properties"),)
        return read(WireWorklog, self._get(path, "get worklog", params), "get worklog")

    def worklog_property(self, issue_id: str, worklog_id: str) -> Any:
        operation = "get worklog property"
        place = f"/issue/{_part(issue_id)}/worklog/{_part(worklog_id)}/properties/{_part(self._property)}"
        return read(WireProperty, self._get(place, operation), operation).value

    def add_worklog(self, issue_id: str, body: Mapping[str, Any]) -> WireWorklog:
        return self._write_worklog("POST", f"{API}/issue/{_part(issue_id)}/worklog", "add worklog", body)

    def update_worklog(self, issue_id: str, worklog_id: str, body: Mapping[str, Any]) -> WireWorklog:
        path = f"{API}/issue/{_part(issue_id)}/worklog/{_part(worklog_id)}"
        return self._write_worklog("PUT", path, "update worklog", body)

    def delete_worklog(self, issue_id: str, worklog_id: str) -> None:
        path = f"{API}/issue/{_part(issue_id)}/worklog/{_part(worklog_id)}"
        self._api.send("DELETE", path, operation="delete worklog", params=self._quiet)

    # dynamic webhooks

    def webhooks(self) -> tuple[WireWebhook, ...]:
        operation, found = "list webhooks", list[WireWebhook]()
        for _ in range(_MOST_PAGES):
            page = self._get("/webhook", operation, (("startAt", str(len(found))), ("maxResults", "100")))
            values = read_many(WireWebhook, page.get("values") if isinstance(page, Mapping) else None, operation)
            found += values
            if not values or (isinstance(page, Mapping) and page.get("isLast", True)):
                break
        return tuple(found)

    def register_webhook(self, url: str, *, events: Sequence[str], jql: str) -> str:
        """Its id. Jira answers 200 even where the one entry failed."""
        operation, body = "register webhook", {"url": url, "webhooks": [{"events": list(events), "jqlFilter": jql}]}
        answer = self._api.send("POST", f"{API}/webhook", operation=operation, json=body)
        return created_webhook(answer, operation)

    def refresh_webhook(self, webhook_id: str) -> str | int | None:
        """Its new end. An id that Jira does not know is ignored, and answered all the same."""
        body = {"webhookIds": [_number(webhook_id)]}
        answer = self._api.send("PUT", f"{API}/webhook/refresh", operation="refresh webhook", json=body)
        return answer.get("expirationDate") if isinstance(answer, Mapping) else None

    def remove_webhook(self, webhook_id: str) -> None:
        body = {"webhookIds": [_number(webhook_id)]}
        self._api.send("DELETE", f"{API}/webhook", operation="remove webhook", json=body)

    def _get(self, path: str, operation: str, params: Params = ()) -> Any:
        return self._api.get(API + path, operation=operation, params=params)

    def _pages(self, model: type[WireIssueTypes] | type[WireFields], path: str, operation: str) -> Iterator[Any]:
        start = 0
        for _ in range(_MOST_PAGES):
            params = (("startAt", str(start)), ("maxResults", str(_PAGE)))
            page = read(model, self._get(path, operation, params), operation)
            yield from page.items
            start += len(page.items)
            if not page.items or start >= page.total:
                return

    def _write_worklog(self, method: str, path: str, operation: str, body: Mapping[str, Any]) -> WireWorklog:
        answer = self._api.send(method, path, operation=operation, json=body, params=self._quiet)
        return read(WireWorklog, answer, operation, is_write=True)


def sites_of(api: ApiClient) -> tuple[WireSite, ...]:
    """What the token's consent opens. The gateway answers this without a site."""
    return read_many(WireSite, api.get("/oauth/token/accessible-resources", operation="list sites"), "list sites")


def _part(text: str) -> str:
    return quote(text, safe="")


def _number(webhook_id: str) -> int | str:
    return int(webhook_id) if webhook_id.isascii() and webhook_id.isdecimal() else webhook_id
