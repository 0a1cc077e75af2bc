"""The Jira simulator's people: who may do what, who can be found, who can be assigned."""

from __future__ import annotations

import pytest

from tests.simulators.jira.caller import Caller, as_basic, body_of, document, errors_in


def found(caller: Caller, path: str, **query: str) -> list[str]:
    rows = body_of(caller.api("GET", path, query=list(query.items())))
    return [row["displayName"] for row in rows]


def test_what_may_not_be_browsed_is_not_there() -> None:
    caller = Caller()
    key = caller.created()

    caller.desk.withhold("BROWSE_PROJECTS", "FIN")

    assert [caller.api("GET", path).status for path in (f"issue/{key}", "project/FIN")] == [404, 404]
    assert caller.found("created >= -1d") == []
    assert "project" in errors_in(caller.create())


@pytest.mark.parametrize(
    ("permission", "method", "path", "status"),
    [
        ("CREATE_ISSUES", "POST", "issue", 400),
        ("EDIT_ISSUES", "PUT", "issue/FIN-1", 400),
        ("DELETE_ISSUES", "DELETE", "issue/FIN-1", 403),
        ("EDIT_ISSUES", "PUT", "issue/FIN-1/properties/source", 403),
        ("LINK_ISSUES", "POST", "issue/FIN-1/remotelink", 403),
        ("WORK_ON_ISSUES", "POST", "issue/FIN-1/worklog", 400),
        ("ADD_COMMENTS", "POST", "issue/FIN-1/comment", 400),
        ("TRANSITION_ISSUES", "POST", "issue/FIN-1/transitions", 400),
    ],
)
def test_without_its_permission_a_write_is_refused_until_it_is_given(
    permission: str, method: str, path: str, status: int
) -> None:
    caller = Caller()
    caller.created()
    body = {**caller.an_issue(), **caller.a_worklog(), "body": document("x"), "transition": {"id": "31"}}
    body["object"] = {"url": "https://x.example", "title": "x"}
    body["fields"] = {**body["fields"]} if method == "POST" else {"summary": "Two"}
    body = {**body, "fields": {}} if path.endswith("transitions") else body

    caller.desk.withhold(permission, "FIN")
    refused = caller.api(method, path, body=body)
    caller.desk.permit(permission)

    assert refused.status == status
    assert caller.api(method, path, body=body).status in (200, 201, 204)


def test_mypermissions_tells_what_is_withheld() -> None:
    caller = Caller()
    caller.desk.withhold("DELETE_ISSUES", "FIN")
    query = [("permissions", "DELETE_ISSUES,CREATE_ISSUES"), ("projectKey", "FIN")]

    permissions = body_of(caller.api("GET", "mypermissions", query=query))["permissions"]

    assert {key: each["havePermission"] for key, each in permissions.items()} == {
        "DELETE_ISSUES": False,
        "CREATE_ISSUES": True,
    }


def test_an_unknown_permission_is_refused() -> None:
    assert Caller().api("GET", "mypermissions", query=[("permissions", "FLY")]).status == 400


def test_people_are_found_by_name_and_by_an_address_that_may_be_seen() -> None:
    caller = Caller()

    assert found(caller, "user/search", query="marsh") == ["Olive Marsh"]
    assert found(caller, "user/search", query="olive@") == ["Olive Marsh"]
    assert found(caller, "user/search", query="tom@") == []
    assert found(caller, "user/search", query="gone") == []


def test_who_may_not_browse_users_finds_nobody() -> None:
    caller = Caller()

    caller.desk.withhold("USER_PICKER")

    assert found(caller, "user/search", query="olive") == []


def test_only_some_can_be_assigned() -> None:
    caller = Caller()
    robot = next(user for user in caller.simulator.site.users.values() if user.name == "Robot")

    assert found(caller, "user/assignable/search", project="FIN", query="ro") == []
    assert found(caller, "user/assignable/search", project="FIN", query="tom") == ["Tom Reed"]
    assert "cannot be assigned" in errors_in(caller.create(assignee={"accountId": robot.account_id}))["assignee"]


def test_the_reporter_is_the_caller_and_takes_a_permission_to_change() -> None:
    caller = Caller()
    olive = next(user for user in caller.simulator.site.users.values() if user.name == "Olive Marsh")
    key = caller.created()
    caller.desk.withhold("MODIFY_REPORTER", "FIN")

    refused = caller.create(reporter={"accountId": olive.account_id})

    reporter = body_of(caller.api("GET", f"issue/{key}"))["fields"]["reporter"]
    assert reporter["accountId"] == caller.simulator.site.integration.account_id
    assert "cannot be set" in errors_in(refused)["reporter"]


def test_an_address_is_hidden_from_others_and_shown_to_oneself() -> None:
    caller = Caller()
    email, token = caller.simulator.api_token()

    me = body_of(caller.api("GET", "myself", signed=as_basic(email, token)))

    assert me["emailAddress"] == email
    seen = body_of(caller.api("GET", "user", query=[("accountId", me["accountId"])]))
    assert "emailAddress" not in seen


def test_settings_of_time_tracking_are_for_administrators_and_the_switch_is_for_all() -> None:
    caller = Caller(time_tracking=False)
    path = "configuration/timetracking"

    statuses = [caller.api("GET", path, signed=who).status for who in (caller.basic, caller.administrator)]

    assert statuses == [403, 204]
    assert body_of(caller.api("GET", "configuration"))["timeTrackingEnabled"] is False


def test_field_search_is_for_administrators() -> None:
    caller = Caller()

    statuses = [caller.api("GET", "field/search", signed=who).status for who in (caller.basic, caller.administrator)]

    assert statuses == [403, 200]
