"""Properties of issues and of worklogs: any JSON under a key, which is the one write here that may be repeated."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import Call, Route, issue_of, require, route
from tests.simulators.jira.site import Issue, Site
from tests.simulators.serving import Response

KEY_LENGTH, VALUE_BYTES = 255, 32_768


def checked_key(key: str) -> str:
    if not key or len(key) > KEY_LENGTH:
        raise Refusal(400, "The property key must be between 1 and 255 characters long.")
    return key


def checked_value(value: Any) -> Any:
    if len(json.dumps(value).encode()) > VALUE_BYTES:
        raise Refusal(400, "The property value must not exceed 32768 bytes.")
    return value


class Properties:
    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        of_issue = "issue/{issue}/properties"
        of_worklog = "issue/{issue}/worklog/{worklog}/properties"
        return [
            route("GET", of_issue, self._keys),
            route("GET", f"{of_issue}/{{key}}", self._get),
            route("PUT", f"{of_issue}/{{key}}", self._put),
            route("DELETE", f"{of_issue}/{{key}}", self._delete),
            route("GET", of_worklog, self._keys),
            route("GET", f"{of_worklog}/{{key}}", self._get),
            route("PUT", f"{of_worklog}/{{key}}", self._put),
            route("DELETE", f"{of_worklog}/{{key}}", self._delete),
        ]

    def _keys(self, call: Call) -> Response:
        base = f"{self._site.base_url}{call.request.path}"
        rows = [{"self": f"{base}/{quote(key, safe='')}", "key": key} for key in self._kept(call)]
        return answer(200, {"keys": rows})

    def _get(self, call: Call) -> Response:
        key = call.args["key"]
        kept = self._kept(call)
        if key not in kept:
            raise _no_property(key)
        return answer(200, {"key": key, "value": kept[key]})

    def _put(self, call: Call) -> Response:
        """201 for a new key, 200 for one that was there."""
        issue = self._editable(call)
        kept, key = self._kept(call), checked_key(call.args["key"])
        status = 200 if key in kept else 201
        kept[key] = checked_value(call.json())
        self._changed(call, issue, "issue_property_set", {"key": key, "value": kept[key]})
        return answer(status, {})

    def _delete(self, call: Call) -> Response:
        issue = self._editable(call)
        kept, key = self._kept(call), call.args["key"]
        if key not in kept:
            raise _no_property(key)
        gone = kept.pop(key)
        self._changed(call, issue, "issue_property_deleted", {"key": key, "value": gone})
        return answer(204)

    def _changed(self, call: Call, issue: Issue, event: str, told: Fields) -> None:
        """Nobody is told of a worklog's property."""
        self._site.touch(issue, actor=call.account_id)
        if "worklog" not in call.args:
            self._site.record(event, issue, actor=call.account_id, property=told)

    def _editable(self, call: Call) -> Issue:
        issue = issue_of(self._site, call)
        permission = "WORK_ON_ISSUES" if "worklog" in call.args else "EDIT_ISSUES"
        message = "You do not have permission to edit this issue."
        require(self._site, call, permission, issue, status=403, message=message)
        return issue

    def _kept(self, call: Call) -> Fields:
        issue = issue_of(self._site, call)
        if "worklog" not in call.args:
            return issue.properties
        if not call.args["worklog"].isdecimal():
            raise Refusal(400, "The worklog ID is invalid.")
        for worklog in issue.worklogs:
            if worklog["id"] == call.args["worklog"]:
                properties: Fields = worklog["properties"]
                return properties
        raise Refusal(404, f"Cannot find worklog with id: '{call.args['worklog']}'.")


def _no_property(key: str) -> Refusal:
    return Refusal(404, f"The property '{key}' does not exist.")
