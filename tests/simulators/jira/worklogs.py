"""Worklogs: at least a minute each, always by whoever calls, and only while time tracking is on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.simulators.jira import shown
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import Call, Route, cut, issue_of, require, route
from tests.simulators.jira.comments import document
from tests.simulators.jira.screens import properties_in
from tests.simulators.jira.site import Issue, Site, stamp
from tests.simulators.serving import Response

STARTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
SPAN = re.compile(r"(?:(\d+)w)?\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?")
SECONDS = (5 * 8 * 3_600, 8 * 3_600, 3_600, 60)
SHORTEST = 60
FEED_PAGE = 1_000


class Worklogs:
    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        path = "issue/{issue}/worklog"
        return [
            route("GET", path, self._list),
            route("POST", path, self._add),
            route("GET", f"{path}/{{id}}", self._get),
            route("PUT", f"{path}/{{id}}", self._edit),
            route("DELETE", f"{path}/{{id}}", self._delete),
            route("GET", "worklog/updated", self._updated),
            route("GET", "worklog/deleted", self._deleted),
            route("POST", "worklog/list", self._by_ids, "read:jira-work"),
        ]

    def _list(self, call: Call) -> Response:
        """The oldest first; `startedAfter` and `startedBefore` are epoch milliseconds."""
        issue = issue_of(self._site, call)
        after, before = call.number("startedAfter", 0), call.number("startedBefore", 10**15)
        rows = [row for row in issue.worklogs if after <= int(row["moment"] * 1000) < before]
        start, size = call.start_and_size(most=5_000, default=5_000)
        found = [self._shown(issue, row, call) for row in sorted(rows, key=lambda row: float(row["moment"]))]
        page, numbers = cut(found, start, size)
        return answer(200, {**numbers, "worklogs": page})

    def _add(self, call: Call) -> Response:
        issue = self._open(call, status=400)
        sent = call.sent()
        if len(issue.worklogs) >= self._site.switches.worklogs_per_issue:
            raise Refusal(413, "The issue has reached its limit of worklogs.")
        if "started" not in sent:
            raise Refusal(400, errors={"started": "The date and time when the work was started is required."})
        now, who = self._site.moment(), call.account_id
        row = {
            "id": str(self._site.take("worklog")),
            "author": who,
            "created": now,
            "properties": {},
            **self._read(sent, call, needed=True),
        }
        issue.worklogs.append(row)
        return answer(201, self._told(call, issue, row, "worklog_created"))

    def _get(self, call: Call) -> Response:
        issue = issue_of(self._site, call)
        return answer(200, self._shown(issue, _row(issue, call.args["id"]), call))

    def _edit(self, call: Call) -> Response:
        issue = self._open(call, status=404)
        row = _row(issue, call.args["id"])
        self._own(call, issue, row, "EDIT")
        row.update(self._read(call.sent(), call, needed=False))
        return answer(200, self._told(call, issue, row, "worklog_updated"))

    def _delete(self, call: Call) -> Response:
        issue = self._open(call, status=404)
        row = _row(issue, call.args["id"])
        self._own(call, issue, row, "DELETE")
        _check_estimate(call)
        issue.worklogs.remove(row)
        self._site.gone_worklogs.append((int(self._site.moment() * 1000), row["id"]))
        self._told(call, issue, row, "worklog_deleted")
        return answer(204)

    def _read(self, sent: Fields, call: Call, *, needed: bool) -> Fields:
        """What is sent of a worklog, in our keeping. Raises Refusal."""
        _check_estimate(call)
        kept: Fields = {"updated": self._site.moment(), "update_author": call.account_id}
        if needed or "timeSpent" in sent or "timeSpentSeconds" in sent:
            kept["seconds"] = _seconds(sent)
        if "started" in sent:
            kept["started"] = sent["started"]
            kept["moment"] = self._started(sent["started"])
        if sent.get("comment") is not None:
            kept["comment"] = document(sent["comment"], "comment")
        if sent.get("properties"):
            kept["properties"] = properties_in(sent)
        return kept

    def _started(self, value: Any) -> float:
        if isinstance(value, str) and STARTED.fullmatch(value):
            try:
                return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
            except ValueError:
                pass
        raise Refusal(
            self._site.switches.bad_started_status, "Invalid date format. Please enter the date in the format"
        )

    def _open(self, call: Call, *, status: int) -> Issue:
        issue = issue_of(self._site, call)
        if not self._site.switches.time_tracking:
            raise Refusal(status, "Time Tracking is not enabled.")
        message = f"You do not have the permission to associate a worklog to this issue {issue.key}."
        require(self._site, call, "WORK_ON_ISSUES", issue, status=400, message=message)
        return issue

    def _own(self, call: Call, issue: Issue, row: Fields, verb: str) -> None:
        whose = "OWN" if row["author"] == call.account_id else "ALL"
        message = f"You do not have permission to change the worklog with id '{row['id']}'."
        require(self._site, call, f"{verb}_{whose}_WORKLOGS", issue, status=400, message=message)

    def _told(self, call: Call, issue: Issue, row: Fields, event: str) -> Fields:
        found = self._shown(issue, row, call)
        self._site.touch(issue, actor=call.account_id)
        self._site.record(event, issue, actor=call.account_id, worklog=found)
        return found

    def _shown(self, issue: Issue, row: Fields, call: Call) -> Fields:
        found: Fields = {
            "self": f"{self._site.base_url}/rest/api/3/issue/{issue.id}/worklog/{row['id']}",
            "id": row["id"],
            "issueId": issue.id,
            "author": shown.detail(self._site, row["author"]),
            "updateAuthor": shown.detail(self._site, row["update_author"]),
            "created": stamp(row["created"]),
            "updated": stamp(row["updated"]),
            "started": stamp(row["moment"]),
            "timeSpent": spoken(row["seconds"]),
            "timeSpentSeconds": row["seconds"],
        }
        if "comment" in row:
            found["comment"] = row["comment"]
        if "properties" in call.several("expand"):
            found["properties"] = [{"key": key, "value": value} for key, value in row["properties"].items()]
        return found

    # the feeds of the whole site

    def _all(self, call: Call) -> list[tuple[Issue, Fields]]:
        may = self._site.may
        seen = [
            each
            for each in self._site.live_issues()
            if may(call.caller.user, "BROWSE_PROJECTS", self._site.project_of(each))
        ]
        return [(issue, row) for issue in seen for row in issue.worklogs]

    def _updated(self, call: Call) -> Response:
        """What changed in the last minute is left out."""
        last = int(self._site.moment() * 1000) - 60_000
        changes = [(int(row["updated"] * 1000), row["id"]) for _, row in self._all(call)]
        return self._feed(call, "updated", [each for each in changes if each[0] <= last])

    def _deleted(self, call: Call) -> Response:
        last = int(self._site.moment() * 1000) - 60_000
        return self._feed(call, "deleted", [each for each in self._site.gone_worklogs if each[0] <= last])

    def _feed(self, call: Call, name: str, changes: list[tuple[int, str]]) -> Response:
        since = call.number("since", 0)
        found = sorted(each for each in changes if each[0] >= since)
        page = found[:FEED_PAGE]
        url = f"{self._site.base_url}/rest/api/3/worklog/{name}?since="
        until = page[-1][0] if page else since
        values = [{"worklogId": int(row), "updatedTime": at, "properties": []} for at, row in page]
        body = {"values": values, "since": since, "until": until, "self": f"{url}{since}"}
        last = len(found) <= FEED_PAGE
        return answer(200, {**body, "lastPage": last, **({} if last else {"nextPage": f"{url}{until}"})})

    def _by_ids(self, call: Call) -> Response:
        asked = call.sent().get("ids")
        if not isinstance(asked, list) or len(asked) > FEED_PAGE:
            raise Refusal(400, "ids must be a list of at most 1000 worklog ids.")
        wanted = {str(each) for each in asked}
        found = [self._shown(issue, row, call) for issue, row in self._all(call) if row["id"] in wanted]
        return answer(200, found)


def _row(issue: Issue, worklog_id: str) -> Fields:
    for row in issue.worklogs:
        if row["id"] == worklog_id:
            return row
    raise Refusal(404, f"Cannot find worklog with id: '{worklog_id}'.")


def _seconds(sent: Fields) -> int:
    """Exactly one of the two ways to say it, and a minute at least."""
    given: list[Callable[[], int | None]] = []
    if "timeSpentSeconds" in sent:
        given.append(lambda: _whole(sent["timeSpentSeconds"]))
    if "timeSpent" in sent:
        given.append(lambda: parsed(sent["timeSpent"]))
    seconds = given[0]() if len(given) == 1 else None
    if seconds is None or seconds < SHORTEST:
        raise Refusal(400, errors={"timeLogged": "Invalid time duration entered."})
    return seconds


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def parsed(value: Any) -> int | None:
    """`3h 20m` as seconds: a day has eight hours, a week five days."""
    match = SPAN.fullmatch(value.strip()) if isinstance(value, str) and value.strip() else None
    if match is None:
        return None
    return sum(int(number) * each for number, each in zip(match.groups(), SECONDS, strict=True) if number)


def spoken(seconds: int) -> str:
    left, words = seconds, []
    for each, letter in zip(SECONDS, "wdhm", strict=True):
        count, left = divmod(left, each)
        if count:
            words.append(f"{count}{letter}")
    return " ".join(words)


def _check_estimate(call: Call) -> None:
    """`new` and `manual` need their own parameter; a manual deletion gives time back, and names it otherwise."""
    manual = "increaseBy" if call.request.method == "DELETE" else "reduceBy"
    needed = {"auto": None, "leave": None, "new": "newEstimate", "manual": manual}
    way = call.query.get("adjustEstimate", "auto")
    if way not in needed:
        raise Refusal(400, errors={"adjustEstimate": "Invalid value for adjustEstimate."})
    name = needed[way]
    if name is not None and not parsed(call.query.get(name)):
        raise Refusal(400, errors={name: f"{name} is required, and must be a duration."})
