"""Every answer of the Jira simulator is one that Jira's own description allows: status and body."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.simulators.jira_described import needs_description, problems
from tests.simulators.jira.caller import Caller, body_of, document

pytestmark = needs_description


@pytest.fixture
def caller() -> Caller:
    """A site with one issue that has everything an issue can have; its worklog is long enough ago for the feeds."""
    caller = Caller()
    category = caller.simulator.site.fields[caller.simulator.field_id("Category")]
    key = caller.created(
        labels=["freshbooks"],
        components=[{"name": "Payables"}],
        assignee={"accountId": caller.simulator.site.integration.account_id},
        duedate="2026-03-31",
        **{
            category.id: {"value": "Rent"},
            caller.simulator.field_id("Amount"): 375.25,
            caller.simulator.field_id("Notes"): document("checked"),
        },
    )
    assert key == "FIN-1"
    caller.api("PUT", "issue/FIN-1/properties/source", body={"id": "7"})
    caller.log_work("FIN-1", properties=[{"key": "source", "value": "9"}], comment=document("Slow day"))
    caller.log_work("FIN-1")
    caller.api("POST", "issue/FIN-1/comment", body={"body": document("voided")})
    link = {"globalId": "fb=7", "object": {"url": "https://my.freshbooks.com/", "title": "Bill"}}
    caller.api("POST", "issue/FIN-1/remotelink", body=link)
    caller.desk.add_issue(issue_type="Sub-task", parent={"key": "FIN-1"})
    hook = {"events": ["jira:issue_deleted"], "jqlFilter": "project = FIN"}
    caller.app("POST", "webhook", body={"url": "https://connector.example/hook", "webhooks": [hook]})
    caller.clock.pass_time(minutes=5)
    return caller


def type_id(caller: Caller) -> str:
    return next(iter(caller.simulator.site.types))


READS = [
    "issue/FIN-1",
    "issue/FIN-1?fields=summary&properties=source&expand=names",
    "issue/createmeta/FIN/issuetypes",
    "issue/createmeta/FIN/issuetypes/{type}",
    "issue/createmeta/FIN/issuetypes?maxResults=201",
    "issue/createmeta/NONE/issuetypes",
    "issue/FIN-9",
    "issue/FIN-1/properties",
    "issue/FIN-1/properties/source",
    "issue/FIN-1/properties/none",
    "issue/FIN-1/worklog?expand=properties",
    "issue/FIN-1/worklog/30001",
    "issue/FIN-1/worklog/30001/properties",
    "issue/FIN-1/worklog/30001/properties/source",
    "issue/FIN-1/worklog/x/properties/source",
    "issue/FIN-1/comment",
    "issue/FIN-1/comment/50001",
    "issue/FIN-1/transitions",
    "issue/FIN-1/remotelink",
    "issue/FIN-1/remotelink?globalId=fb%3D7",
    "issue/FIN-1/remotelink/70001",
    "worklog/updated?since=0",
    "worklog/deleted?since=0",
    "search/jql?jql=project%3DFIN&fields=*all&expand=names",
    "search/jql?jql=project%3DFIN",
    "search/jql?jql=",
    "field",
    "field/search",
    "project/FIN",
    "project/NONE",
    "project/search",
    "project/FIN/components",
    "priority",
    "myself",
    "user?accountId=none",
    "user/search?query=o",
    "user/search",
    "user/assignable/search?project=FIN",
    "mypermissions?permissions=BROWSE_PROJECTS,DELETE_ISSUES&projectKey=FIN",
    "mypermissions",
    "mypermissions?permissions=BROWSE_PROJECTS&projectKey=NONE",
    "configuration",
    "configuration/timetracking",
    "configuration/timetracking/options",
    "serverInfo",
    "webhook",
]


@pytest.mark.parametrize("who", ["app", "administrator"])
@pytest.mark.parametrize("what", READS)
def test_every_read_is_answered_as_described(caller: Caller, what: str, who: str) -> None:
    path, _, query = what.replace("{type}", type_id(caller)).partition("?")
    pairs = [(name, value.replace("%3D", "=")) for name, _, value in (part.partition("=") for part in query.split("&"))]

    if who == "app":
        response = caller.app("GET", path, query=[pair for pair in pairs if pair[0]])
    else:
        response = caller.api("GET", path, query=[pair for pair in pairs if pair[0]], signed=caller.administrator)

    assert problems("GET", f"/rest/api/3/{path}", response) == []


WORK: list[tuple[str, str, Any]] = [
    ("POST", "issue", {"fields": {"project": {"key": "FIN"}, "issuetype": {"name": "Bill"}, "summary": "One"}}),
    ("POST", "issue", {"fields": {"project": {"key": "FIN"}, "issuetype": {"name": "Bill"}}}),
    ("POST", "issue", {"fields": {"project": {"key": "NONE"}}}),
    ("POST", "issue/bulk", {"issueUpdates": [{"fields": {}}]}),
    (
        "POST",
        "issue/bulk",
        {
            "issueUpdates": [
                {"fields": {"project": {"key": "FIN"}, "issuetype": {"name": "Bill"}, "summary": "One"}},
                {"fields": {}},
            ]
        },
    ),
    ("PUT", "issue/FIN-1", {"fields": {"summary": "Two"}}),
    ("PUT", "issue/FIN-1", {"fields": {"nothing": "Two"}}),
    ("DELETE", "issue/FIN-2", None),
    ("DELETE", "issue/FIN-1", None),
    ("POST", "issue/FIN-1/transitions", {"transition": {"id": "31"}}),
    ("POST", "issue/FIN-1/transitions", {}),
    ("POST", "issue/FIN-1/comment", {"body": document("more")}),
    ("PUT", "issue/FIN-1/comment/50001", {"body": document("other")}),
    ("DELETE", "issue/FIN-1/comment/50001", None),
    ("PUT", "issue/FIN-1/properties/new", [1, {"two": None}]),
    ("PUT", "issue/FIN-1/properties/source", "other"),
    ("DELETE", "issue/FIN-1/properties/source", None),
    ("POST", "issue/FIN-1/remotelink", {"object": {}}),
    ("POST", "issue/FIN-1/remotelink", {"globalId": "fb=7", "object": {"url": "https://x.example", "title": "B"}}),
    ("DELETE", "issue/FIN-1/remotelink/70001", None),
    ("POST", "issue/FIN-1/worklog", {"started": "2026-03-02T09:00:00.000+0100", "timeSpent": "1h 30m"}),
    ("POST", "issue/FIN-1/worklog", {"started": "2026-03-02T09:00:00Z", "timeSpent": "1h 30m"}),
    ("PUT", "issue/FIN-1/worklog/30001", {"timeSpentSeconds": 120}),
    ("DELETE", "issue/FIN-1/worklog/30001", None),
    ("DELETE", "issue/FIN-1/worklog/39999", None),
    ("PUT", "issue/FIN-1/worklog/30001/properties/source", {"id": 2}),
    ("DELETE", "issue/FIN-1/worklog/30001/properties/source", None),
    ("POST", "worklog/list", {"ids": [30001]}),
    ("POST", "search/jql", {"jql": "project = FIN", "fields": ["*all"], "properties": ["source"]}),
    ("POST", "search/approximate-count", {"jql": "project = FIN"}),
    (
        "POST",
        "webhook",
        {
            "url": "https://connector.example/hook",
            "webhooks": [
                {"events": ["jira:issue_created"], "jqlFilter": "project = FIN"},
                {"events": ["jira:issue_created"], "jqlFilter": "watchCount = 1"},
            ],
        },
    ),
    ("PUT", "webhook/refresh", {"webhookIds": [1001, 9]}),
    ("DELETE", "webhook", {"webhookIds": [1001, 9]}),
]


@pytest.mark.parametrize(("method", "path", "body"), WORK)
def test_every_write_is_answered_as_described(caller: Caller, method: str, path: str, body: Any) -> None:
    response = caller.app(method, path, body=body)

    assert problems(method, f"/rest/api/3/{path}", response) == []


@pytest.mark.parametrize(
    ("permission", "method", "path", "body"),
    [
        ("CREATE_ISSUES", "POST", "issue", {"fields": {"project": {"key": "FIN"}}}),
        ("EDIT_ISSUES", "PUT", "issue/FIN-1", {"fields": {"summary": "Two"}}),
        ("DELETE_ISSUES", "DELETE", "issue/FIN-2", None),
        ("TRANSITION_ISSUES", "POST", "issue/FIN-1/transitions", {"transition": {"id": "31"}}),
        ("ADD_COMMENTS", "POST", "issue/FIN-1/comment", {"body": document("more")}),
        ("EDIT_ISSUES", "PUT", "issue/FIN-1/properties/new", 1),
        ("LINK_ISSUES", "POST", "issue/FIN-1/remotelink", {"object": {"url": "https://x.example", "title": "B"}}),
        ("WORK_ON_ISSUES", "POST", "issue/FIN-1/worklog", {"started": "2026-03-02T09:00:00.000+0000"}),
        ("BROWSE_PROJECTS", "DELETE", "issue/FIN-2", None),
    ],
)
def test_a_permission_that_is_missing_is_refused_as_described(
    caller: Caller, permission: str, method: str, path: str, body: Any
) -> None:
    caller.desk.withhold(permission, "FIN")

    response = caller.api(method, path, body=body)

    assert response.status in (400, 403, 404)
    assert problems(method, f"/rest/api/3/{path}", response) == []
    assert body_of(response)["errorMessages"] or body_of(response)["errors"]


def test_the_check_itself_finds_what_is_not_allowed(caller: Caller) -> None:
    crooked = caller.api("GET", "project/FIN")

    assert problems("GET", "/rest/api/3/myself", crooked)
    assert problems("GET", "/rest/api/3/issue/FIN-1", caller.api("DELETE", "issue/FIN-2")) == [
        "GET /rest/api/3/issue/{issueIdOrKey} may not answer 204"
    ]
