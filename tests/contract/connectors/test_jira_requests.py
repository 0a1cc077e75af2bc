"""Every request that the Jira connector can make is one that Jira's published description allows (FI5)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from ml_connector.connectors.jira import issues, worklogs
from ml_connector.connectors.jira.adf import text_document
from ml_connector.connectors.jira.client import ISSUE_FIELDS, JiraClient
from ml_connector.connectors.jira.webhook import ISSUE_EVENTS
from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.records.issue import Fact, Issue
from ml_connector.transport.client import ApiClient
from ml_connector.transport.single_call import Uncounted
from tests.contract.connectors.jira_described import needs_description, problems
from tests.contract.connectors.jira_world import A_WORKLOG, a_screen, settings
from tests.freshbooks_jira import BILLS, TIME, a_customer
from tests.jira_pushing import PushingJira
from tests.simulators.serving import Request

pytestmark = needs_description

AN_ISSUE = Issue(project="FIN", type="Task", summary="Bill 7", facts=(Fact(label="Amount", text="1.00 USD"),))
CREATE = issues.create_body(AN_ISSUE, marker="a1b2", screen=a_screen(), settings=settings())
ADD = worklogs.create_body(A_WORKLOG, marker="a1b2", property_key="ml-connector")

CALLS: dict[str, Callable[[JiraClient], Any]] = {
    "myself": lambda jira: jira.myself(),
    "permissions": lambda jira: jira.permissions("FIN", ("BROWSE_PROJECTS", "CREATE_ISSUES")),
    "configuration": lambda jira: jira.configuration(),
    "issue_types": lambda jira: jira.issue_types("FIN"),
    "create_fields": lambda jira: jira.create_fields("FIN", "10001"),
    "components": lambda jira: jira.components("FIN"),
    "assignable": lambda jira: list(jira.assignable("FIN")),
    "create_issue": lambda jira: jira.create_issue(CREATE),
    "issue": lambda jira: jira.issue("10000"),
    "update_issue": lambda jira: jira.update_issue("10000", issues.update_body(AN_ISSUE, screen=a_screen())),
    "delete_issue": lambda jira: jira.delete_issue("10000"),
    "issue_property": lambda jira: jira.issue_property("10000"),
    "set_issue_property": lambda jira: jira.set_issue_property("10000", issues.property_of(AN_ISSUE, "a1b2")),
    "comment": lambda jira: jira.comment("10000", text_document("Taken back")),
    "transitions": lambda jira: jira.transitions("10000"),
    "transition": lambda jira: jira.transition("10000", "31"),
    "search": lambda jira: jira.search("project = FIN", fields=ISSUE_FIELDS, with_property=True, most=100),
    "worklogs": lambda jira: jira.worklogs("10000", after=1, before=2),
    "worklog": lambda jira: jira.worklog("10000", "5"),
    "worklog_property": lambda jira: jira.worklog_property("10000", "5"),
    "add_worklog": lambda jira: jira.add_worklog("10000", ADD),
    "update_worklog": lambda jira: jira.update_worklog("10000", "5", worklogs.update_body(A_WORKLOG)),
    "delete_worklog": lambda jira: jira.delete_worklog("10000", "5"),
    "webhooks": lambda jira: jira.webhooks(),
    "register_webhook": lambda jira: jira.register_webhook(
        "https://connector.example/in/jira/0", events=ISSUE_EVENTS, jql="project in (FIN)"
    ),
    "refresh_webhook": lambda jira: jira.refresh_webhook("1000"),
    "remove_webhook": lambda jira: jira.remove_webhook("1000"),
}


def asked_by(call: Callable[[JiraClient], Any]) -> list[Request]:
    """What goes out; the answer is of no use, and what the client says to that does not matter."""
    seen: list[Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        query = tuple(request.url.params.multi_items())
        seen.append(Request(method=request.method, path=request.url.path, query=query, body=request.content))
        return httpx.Response(200, json=[])

    http = httpx.Client(transport=httpx.MockTransport(answer))
    api = ApiClient(http=http, system="jira", base_url="https://acme.atlassian.net", tokens=None, budget=Uncounted())
    with suppress(ConnectorError):
        call(JiraClient(api, property_key="ml-connector", notify=False))
    return seen


def test_no_call_is_left_out() -> None:
    public = {name for name, _ in inspect.getmembers(JiraClient, inspect.isfunction) if not name.startswith("_")}

    assert set(CALLS) == public - {"patient"}  # which calls nothing


@pytest.mark.parametrize("name", CALLS)
def test_each_call_is_one_that_jira_describes(name: str) -> None:
    asked = asked_by(CALLS[name])

    assert asked
    assert [problem for request in asked for problem in problems(request)] == []


def test_a_description_that_does_not_fit_is_noticed() -> None:
    wrong = Request(method="POST", path="/rest/api/3/search/jql", query=(("page", "1"),), body=b'{"jql": 7}')

    assert len(problems(wrong)) == 2


def test_the_requests_of_a_whole_story_are_described_too() -> None:
    pushing = PushingJira(a_customer(oauth=True, webhooks="dynamic"))
    pushing.tend()
    customer = pushing.customer
    time = customer.flow(TIME)
    customer.freshbooks.add_time_entry(
        is_logged=True, duration=600, started_at="2026-03-02T08:00:00Z", note=pushing.key
    )
    customer.run(time)
    customer.later(hours=1)
    customer.freshbooks.edit_bill(pushing.bill, bill_number="NW-2")
    customer.run(pushing.bills)

    asked = [request for request in customer.asked if "/rest/api/3/" in request.path]

    assert {(one.method, one.path.rpartition("/")[2]) for one in asked} >= {("POST", "issue"), ("POST", "worklog")}
    assert [problem for request in asked for problem in problems(request)] == []
    assert pushing.bills.flow == BILLS
