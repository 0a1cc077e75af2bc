"""The Jira simulator under strain: faults on command, and the rate limits in their several forms."""

from __future__ import annotations

import pytest

from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jira import RateLimit, Reason, TooMany
from tests.simulators.jira.caller import Caller, body_of
from tests.simulators.serving import AnswerLost, RequestLost


@pytest.mark.parametrize(
    ("fault", "status", "made"),
    [
        (Fault.REFUSE, 429, 0),
        (Fault.REFUSE_BARE, 429, 0),
        (Fault.BREAK, 503, 0),
        (Fault.STALE_TOKEN, 401, 0),
        (Fault.REFUSE_AFTER, 429, 1),
        (Fault.BREAK_AFTER, 500, 1),
        (Fault.GARBLE, 200, 1),
    ],
)
def test_a_fault_comes_instead_of_the_work_or_after_it(fault: Fault, status: int, made: int) -> None:
    caller = Caller(faults=FaultPlan([fault]))

    response = caller.create()

    assert (response.status, len(caller.simulator.issues)) == (status, made)
    assert caller.create().status == 201


@pytest.mark.parametrize(("fault", "made"), [(Fault.LOSE_REQUEST, 0), (Fault.LOSE_ANSWER, 1)])
def test_a_lost_call_is_lost_before_the_work_or_after_it(fault: Fault, made: int) -> None:
    caller = Caller(faults=FaultPlan([fault]))

    with pytest.raises((RequestLost, AnswerLost)):
        caller.create()

    assert len(caller.simulator.issues) == made


def test_a_late_answer_is_to_work_that_was_done_in_time() -> None:
    caller = Caller(answer_delay_seconds=40)

    key = caller.created()

    created = body_of(caller.api("GET", f"issue/{key}"))["fields"]["created"]
    assert created == "2026-03-02T15:00:00.000+0000"
    assert caller.clock.now.second == 20  # two answers, of forty seconds each


def test_only_what_was_done_is_among_the_writes() -> None:
    caller = Caller()
    caller.found("project = FIN")
    caller.create(summary="")
    caller.refresh(caller.pair["refresh_token"])
    caller.create()

    assert caller.simulator.writes == [("POST", "/rest/api/3/issue")]


def test_a_burst_is_refused_until_its_window_has_passed() -> None:
    caller = Caller(burst=RateLimit(requests=2, window_seconds=10))

    statuses = [caller.api("GET", "myself").status for _ in range(3)]
    refused = caller.api("GET", "myself")
    caller.clock.pass_time(seconds=10)

    assert statuses == [200, 200, 429]
    assert (refused.headers["retry-after"], refused.headers["ratelimit-reason"]) == ("10", Reason.BURST)
    assert refused.headers["x-ratelimit-reset"] == "2026-03-02T15:00Z"
    assert caller.api("GET", "myself").status == 200


def test_the_burst_is_of_one_endpoint_whatever_the_issue() -> None:
    caller = Caller()
    keys = [caller.created() for _ in range(3)]
    caller.simulator.turn(burst=RateLimit(requests=2, window_seconds=10))

    statuses = [caller.api("GET", f"issue/{key}").status for key in keys]

    assert statuses == [200, 200, 429]
    assert caller.api("GET", "myself").status == 200


def test_one_issue_takes_twenty_writes_in_two_seconds() -> None:
    caller = Caller()
    first, second = caller.created(), caller.created()
    caller.simulator.turn(documented_limits=True)

    responses = [caller.log_work(first) for _ in range(21)]

    assert [each.status for each in responses] == [201] * 20 + [429]
    assert responses[-1].headers["ratelimit-reason"] == Reason.ISSUE_WRITES
    assert caller.log_work(second).status == 201
    caller.clock.pass_time(seconds=2)
    assert caller.log_work(first).status == 201


def test_points_of_the_hour_fall_on_apps_alone() -> None:
    caller = Caller(hourly_points=2)

    as_app = [caller.app("GET", "myself").status for _ in range(3)]
    refused = caller.app("GET", "myself")

    assert (as_app, caller.api("GET", "myself").status) == ([200, 200, 429], 200)
    assert refused.headers["retry-after"] == "3600"


@pytest.mark.parametrize(
    ("form", "start"), [(TooMany.JSON, b'{"erro'), (TooMany.EMPTY, b""), (TooMany.HTML, b"<html>")]
)
def test_a_429_has_one_of_three_bodies(form: TooMany, start: bytes) -> None:
    caller = Caller(too_many=form, faults=FaultPlan([Fault.REFUSE, Fault.REFUSE_BARE]))

    with_wait, bare = caller.api("GET", "myself"), caller.api("GET", "myself")

    assert with_wait.body[:6] == start
    assert ("retry-after" in with_wait.headers, "retry-after" in bare.headers) == (True, False)
