"""The Jira simulator's search: what JQL finds, how late it finds it, and what it refuses."""

from __future__ import annotations

import pytest

from tests.simulators.jira.caller import Caller, body_of, document


@pytest.fixture
def caller() -> Caller:
    """FIN-1 is a bill with labels; FIN-2 a task about rent; OPS-1 is closed."""
    caller = Caller(searchable_properties=frozenset({"source"}))
    properties = [{"key": "source", "value": {"id": "7"}}]
    body = caller.an_issue(
        issuetype={"name": "Bill"},
        labels=["freshbooks", "fbk-6BApk-bill-7"],
        components=[{"name": "Payables"}],
        **{caller.simulator.field_id("Vendor"): "fb:6BApk_bill_7", caller.simulator.field_id("Amount"): 375.25},
    )
    caller.api("POST", "issue", body={**body, "properties": properties})
    caller.clock.pass_time(hours=2)
    caller.created(summary="Rent of the yard", description=document("monthly, due"))
    caller.created(project={"key": "OPS"}, summary="Lorry")
    caller.api("POST", "issue/OPS-1/transitions", body={"transition": {"id": "31"}})
    return caller


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ('project = FIN AND labels = "fbk-6BApk-bill-7"', ["FIN-1"]),
        ("project = FIN and labels = fbk-6BApk-bill-7", ["FIN-1"]),
        ('project = "Finance" ORDER BY key ASC', ["FIN-1", "FIN-2"]),
        ("project in (FIN, OPS) AND issuetype != Bill ORDER BY key", ["FIN-2", "OPS-1"]),
        ("project = FIN AND labels IS EMPTY", ["FIN-2"]),
        ("project = FIN AND labels != freshbooks", []),
        ("labels NOT IN (other)", ["FIN-1"]),
        ("NOT project = FIN", ["OPS-1"]),
        ("status = Done OR (type = Bill AND component = Payables) ORDER BY key", ["FIN-1", "OPS-1"]),
        ("statusCategory = Done", ["OPS-1"]),
        ('text ~ "monthly rent"', []),
        ('text ~ "monthly"', ["FIN-2"]),
        ('summary ~ "yard rent"', ["FIN-2"]),
        ('summary ~ "ren*"', ["FIN-2"]),
        ('summary !~ "rent" AND project = FIN', ["FIN-1"]),
        ('Vendor ~ "6BApk_bill_7"', []),
        ("Amount > 375 AND Amount <= 375.25", ["FIN-1"]),
        ("key = FIN-2", ["FIN-2"]),
        ("key in (FIN-1, FIN-2) ORDER BY created DESC", ["FIN-2", "FIN-1"]),
        ('updated >= "2026-03-02 16:30" ORDER BY key', ["FIN-2", "OPS-1"]),
        ("created < -1h", ["FIN-1"]),
        ("reporter = currentUser() AND project = OPS", ["OPS-1"]),
        ("assignee is empty and project = OPS", ["OPS-1"]),
        ("issue.property[source].id = 7", ["FIN-1"]),
    ],
)
def test_jql_finds(caller: Caller, jql: str, keys: list[str]) -> None:
    assert caller.found(jql) == keys


@pytest.mark.parametrize(
    "jql",
    [
        "",
        "order by key desc",
        "project = NONE",
        "nothing = 1",
        "project ~ FIN",
        "summary = rent",
        "project = FIN AND",
        "project = FIN labels = x",
        "(project = FIN",
        "key = FIN-99",
        "updated >= yesterday",
        "project = FIN ORDER BY key, id, created, updated, status, summary, labels, priority",
        "issue.property[other].id = 7",
    ],
)
def test_jql_is_refused(caller: Caller, jql: str) -> None:
    response = caller.api("POST", "search/jql", body={"jql": jql})

    assert (response.status, list(body_of(response))) == (400, ["errorMessages", "errors"])


def test_a_property_is_searched_only_where_an_app_declared_it() -> None:
    response = Caller().api("POST", "search/jql", body={"jql": "issue.property[source].id = 7"})

    assert response.status == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_search_is_gone(method: str) -> None:
    response = Caller().api(method, "search", body={"jql": "project = FIN"})

    assert response.status == 410
    assert "/rest/api/3/search/jql" in body_of(response)["errorMessages"][0]


def test_search_comes_after_a_lag_and_a_read_by_key_at_once() -> None:
    caller = Caller(search_lag_seconds=120)
    key = caller.created(labels=["fb-7"])

    before = caller.found("labels = fb-7")
    caller.clock.pass_time(seconds=119)
    still = caller.found("labels = fb-7")
    caller.clock.pass_time(seconds=1)

    assert (before, still, caller.found("labels = fb-7")) == ([], [], [key])
    assert caller.api("GET", f"issue/{key}").status == 200


def test_an_edit_and_a_deletion_reach_search_late_too() -> None:
    caller = Caller(search_lag_seconds=60)
    key = caller.created(labels=["old"])
    caller.clock.pass_time(minutes=2)

    caller.api("PUT", f"issue/{key}", body={"fields": {"labels": ["new"]}})
    assert (caller.found("labels = old"), caller.found("labels = new")) == ([key], [])

    caller.clock.pass_time(minutes=2)
    caller.api("DELETE", f"issue/{key}")
    assert caller.found("labels = new") == [key]
    caller.clock.pass_time(minutes=2)
    assert caller.found("labels = new") == []


def test_issues_to_reconcile_are_fresh() -> None:
    caller = Caller(search_lag_seconds=60)
    issue_id = int(body_of(caller.create(labels=["fb-7"]))["id"])

    assert caller.found("labels = fb-7", reconcileIssues=[issue_id]) == ["FIN-1"]


def test_pages_follow_by_token_and_the_last_has_none(caller: Caller) -> None:
    first = body_of(caller.api("POST", "search/jql", body={"jql": "created >= -1d", "maxResults": 2}))
    query = [("jql", "created >= -1d"), ("maxResults", "2"), ("nextPageToken", first["nextPageToken"])]

    second = body_of(caller.api("GET", "search/jql", query=query))

    assert [len(first["issues"]), len(second["issues"])] == [2, 1]
    assert (first["isLast"], second["isLast"], "nextPageToken" in second) == (False, True, False)
    assert "total" not in first


def test_a_token_ends_after_a_week_and_belongs_to_its_search(caller: Caller) -> None:
    asked = {"jql": "created >= 2026-01-01", "maxResults": 1}
    token = body_of(caller.api("POST", "search/jql", body=asked))["nextPageToken"]

    other = caller.api("POST", "search/jql", body={"jql": "project = FIN", "nextPageToken": token})
    caller.clock.pass_time(days=7)
    late = caller.api("POST", "search/jql", body={**asked, "nextPageToken": token})

    assert (other.status, late.status) == (400, 400)


def test_without_fields_it_is_the_id_alone(caller: Caller) -> None:
    body = body_of(caller.api("POST", "search/jql", body={"jql": "project = OPS"}))

    assert [list(issue) for issue in body["issues"]] == [["id"]]


def test_properties_come_with_what_is_found(caller: Caller) -> None:
    asked = {"jql": "key = FIN-1", "fields": ["summary"], "properties": ["source"]}

    issue = body_of(caller.api("POST", "search/jql", body=asked))["issues"][0]

    assert issue["properties"] == {"source": {"id": "7"}}
    assert list(issue["fields"]) == ["summary"]


def test_an_old_key_is_found_under_the_new_one(caller: Caller) -> None:
    caller.desk.move_issue("FIN-2", "OPS")

    assert caller.found("key = FIN-2") == ["OPS-2"]


def test_the_approximate_count_lags_as_well() -> None:
    caller = Caller(search_lag_seconds=60)
    caller.created()

    assert body_of(caller.api("POST", "search/approximate-count", body={"jql": "project = FIN"})) == {"count": 0}
