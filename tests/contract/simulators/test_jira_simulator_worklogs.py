"""The Jira simulator's worklogs: a minute at least, one format of start, always by the caller."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.jira.caller import Caller, body_of, document, errors_in


def test_a_worklog_is_by_the_caller_and_lists_with_its_property() -> None:
    caller = Caller()
    key = caller.created()

    made = caller.log_work(key, comment=document("Tom"), properties=[{"key": "source", "value": {"entry": "9"}}])

    rows = body_of(caller.api("GET", f"issue/{key}/worklog", query=[("expand", "properties")]))["worklogs"]
    assert (made.status, rows[0]["author"]["accountId"]) == (201, caller.simulator.site.integration.account_id)
    assert rows[0]["properties"] == [{"key": "source", "value": {"entry": "9"}}]
    assert (rows[0]["timeSpentSeconds"], rows[0]["timeSpent"]) == (3_600, "1h")


@pytest.mark.parametrize(
    "changes",
    [
        {"timeSpentSeconds": 59},
        {"timeSpentSeconds": "3600"},
        {"timeSpentSeconds": None},
        {"timeSpent": "1h"},
        {"timeSpentSeconds": None, "timeSpent": "soon"},
    ],
)
def test_a_span_is_said_once_and_is_a_minute_at_least(changes: dict[str, Any]) -> None:
    caller = Caller()
    key = caller.created()

    assert "timeLogged" in errors_in(caller.log_work(key, **changes))
    assert caller.log_work(key, timeSpentSeconds=60).status == 201


@pytest.mark.parametrize(
    "started",
    [
        "2026-03-02T09:00:00.000Z",
        "2026-03-02T09:00:00.000+00:00",
        "2026-03-02T09:00:00+0000",
        "2026-03-02 09:00",
        "2026-02-30T09:00:00.000+0000",
        None,
    ],
)
def test_the_start_has_one_format(started: str | None) -> None:
    caller = Caller()
    key = caller.created()

    assert caller.log_work(key, started=started).status == 400


def test_a_bad_start_may_be_a_500_as_of_old() -> None:
    caller = Caller(bad_started_status=500)

    assert caller.log_work(caller.created(), started="2026-03-02").status == 500


def test_a_start_in_another_zone_is_the_same_moment() -> None:
    caller = Caller()

    made = body_of(caller.log_work(caller.created(), started="2026-03-02T09:00:00.000-0500"))

    assert made["started"] == "2026-03-02T14:00:00.000+0000"


def test_nothing_is_logged_while_time_tracking_is_off() -> None:
    caller = Caller()
    key = caller.created()
    worklog = body_of(caller.log_work(key))["id"]

    caller.simulator.turn(time_tracking=False)

    assert caller.log_work(key).status == 400
    assert caller.api("DELETE", f"issue/{key}/worklog/{worklog}").status == 404


def test_a_worklog_is_changed_and_deleted() -> None:
    caller = Caller()
    path = f"issue/{caller.created()}/worklog"
    worklog = body_of(caller.api("POST", path, body=caller.a_worklog()))["id"]

    changed = body_of(caller.api("PUT", f"{path}/{worklog}", body={"timeSpentSeconds": 120}))
    gone = caller.api("DELETE", f"{path}/{worklog}", query=[("adjustEstimate", "leave")])

    assert (changed["timeSpentSeconds"], changed["started"]) == (120, "2026-03-02T09:00:00.000+0000")
    assert (gone.status, body_of(caller.api("GET", path))["total"]) == (204, 0)


def test_the_list_is_cut_by_start() -> None:
    caller = Caller()
    key = caller.created()
    for day in ("01", "02", "03"):
        caller.log_work(key, started=f"2026-03-{day}T00:00:00.000+0000")
    span = [("startedAfter", "1772409600000"), ("startedBefore", "1772496000000")]

    rows = body_of(caller.api("GET", f"issue/{key}/worklog", query=span))["worklogs"]

    assert [row["started"][:10] for row in rows] == ["2026-03-02"]


@pytest.mark.parametrize("way", ["new", "manual", "somehow"])
def test_an_estimate_is_adjusted_only_with_what_that_needs(way: str) -> None:
    caller = Caller()
    path = f"issue/{caller.created()}/worklog"

    response = caller.api("POST", path, body=caller.a_worklog(), query=[("adjustEstimate", way)])

    assert response.status == 400


def test_an_issue_takes_so_many_worklogs_and_no_more() -> None:
    caller = Caller(worklogs_per_issue=1)
    key = caller.created()

    assert [caller.log_work(key).status for _ in range(2)] == [201, 413]


def test_feeds_tell_what_changed_and_went_but_not_in_the_last_minute() -> None:
    caller = Caller()
    key = caller.created()
    kept, gone = (body_of(caller.log_work(key))["id"] for _ in range(2))
    caller.api("DELETE", f"issue/{key}/worklog/{gone}")

    def feed(name: str) -> list[int]:
        values = body_of(caller.api("GET", f"worklog/{name}", query=[("since", "0")]))["values"]
        return [row["worklogId"] for row in values]

    assert (feed("updated"), feed("deleted")) == ([], [])
    caller.clock.pass_time(minutes=1)
    assert (feed("updated"), feed("deleted")) == ([int(kept)], [int(gone)])


def test_another_persons_worklog_takes_another_permission() -> None:
    caller = Caller()
    key = caller.created()
    worklog = body_of(caller.log_work(key))["id"]
    caller.desk.withhold("EDIT_ALL_WORKLOGS", "FIN")
    path, body = f"issue/{key}/worklog/{worklog}", {"timeSpentSeconds": 120}

    statuses = [caller.api("PUT", path, body=body, signed=who).status for who in (caller.administrator, caller.basic)]

    assert statuses == [400, 200]
