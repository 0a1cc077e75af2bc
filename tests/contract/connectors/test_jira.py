"""The Jira connector over its simulator: writes, look-ups, refusals and lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.domain.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Absent, Action, Found, Sought, Unclear, Write, WriteError, Written
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from tests.contract.connectors.jira_world import A_WORKLOG, JiraWorld, a_jira_world, an_issue
from tests.simulators.faults import FaultPlan
from tests.simulators.jira import TooMany

MARKER = "a1b2c3"


def find(world: JiraWorld, record: Record, **known: Any) -> Any:
    sought = Sought(posting_id=PostingId("p"), marker=MARKER, record=record, **known)
    (sighting,) = world.system.find([sought])
    return sighting


def test_an_issue_is_created_with_its_property_and_read_back_as_it_was_meant() -> None:
    world = a_jira_world()

    outcome = world.write(Action.CREATE, an_issue(source="freshbooks bill 7"))

    assert isinstance(outcome, Written)
    found = world.system.fetch(RecordKind.ISSUE, outcome.target_id)
    assert (found.marker, found.number) == (MARKER, "FIN-1")
    assert world.system.differs(an_issue(), found) == ()
    assert len(world.simulator.writes) == 1


def test_an_issue_that_was_withdrawn_is_found_but_by_the_record_that_gave_it_up() -> None:
    world = a_jira_world(on_void="comment")
    former = world.write(Action.CREATE, an_issue())
    assert isinstance(former, Written)
    world.write(Action.VOID, an_issue(), target_id=former.target_id)

    assert isinstance(find(world, an_issue()), Found)
    assert find(world, an_issue(), given_up=(former.target_id,)) == Absent()


def test_a_preview_is_exactly_what_is_sent_and_sends_nothing() -> None:
    world = a_jira_world()
    write = Write(posting_id=PostingId("p"), action=Action.CREATE, record=an_issue(), marker=MARKER)

    shown = world.system.preview(write)

    assert world.simulator.writes == []
    assert shown["fields"]["project"] == {"key": "FIN"}
    assert shown["properties"][0]["value"]["marker"] == MARKER
    assert shown["fields"]["labels"] == [f"ml-{MARKER}"]


def test_a_project_that_the_connection_may_not_touch_is_refused_before_anything_is_asked() -> None:
    world = a_jira_world(projects=["OPS"])

    outcome = world.write(Action.CREATE, an_issue())

    assert isinstance(outcome, WriteError)
    assert outcome.error.code == "unsendable"
    assert world.simulator.calls == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("lose the request", TransientError),
        ("refuse", RateLimitedError),
        ("break", OutcomeUnknownError),
        ("lose the answer", OutcomeUnknownError),
        ("garble the answer", OutcomeUnknownError),
        ("stale token", AuthError),
    ],
)
def test_each_trouble_of_a_create_has_its_class(fault: str, error: type[Exception]) -> None:
    world = a_jira_world()
    world.simulator.faults = FaultPlan([fault], only=lambda request: request.path.endswith("/issue"))

    outcome = world.write(Action.CREATE, an_issue())

    assert isinstance(outcome, WriteError)
    assert isinstance(outcome.error, error)


def test_what_goes_wrong_before_the_create_is_sent_is_surely_not_done() -> None:
    world = a_jira_world()
    world.simulator.faults = FaultPlan(["break"], only=lambda request: "createmeta" in request.path)

    outcome = world.write(Action.CREATE, an_issue())

    assert isinstance(outcome, WriteError)
    assert isinstance(outcome.error, TransientError)


@pytest.mark.parametrize("form", list(TooMany))
def test_a_wait_that_jira_names_is_kept_whatever_the_body_is(form: TooMany) -> None:
    world = a_jira_world()
    world.simulator.turn(too_many=form)
    world.simulator.faults = FaultPlan(["refuse"], only=lambda request: request.method == "POST")

    outcome = world.write(Action.CREATE, an_issue())

    assert isinstance(outcome, WriteError)
    assert isinstance(outcome.error, RateLimitedError)
    assert outcome.error.retry_after is not None


def test_a_refusal_is_told_in_jiras_own_words() -> None:
    world = a_jira_world()
    world.simulator.desk.withhold("WORK_ON_ISSUES", "FIN")
    issue = world.simulator.desk.add_issue()

    outcome = world.write(Action.CREATE, replace(A_WORKLOG, issue=issue["id"]))

    assert isinstance(outcome, WriteError)
    assert isinstance(outcome.error, RejectedError)
    assert outcome.error.detail


def test_a_search_that_lags_does_not_find_yet_and_finds_later() -> None:
    world = a_jira_world()
    world.simulator.turn(search_lag_seconds=60)
    world.write(Action.CREATE, an_issue())

    early = find(world, an_issue())
    world.clock.advance(timedelta(seconds=61))

    assert isinstance(early, Absent)
    assert isinstance(find(world, an_issue()), Found)


def test_an_issue_that_moved_to_another_project_is_found_all_the_same() -> None:
    world = a_jira_world()
    world.write(Action.CREATE, an_issue())
    world.simulator.desk.move_issue("FIN-1", "OPS")

    sighting = find(world, an_issue())

    assert isinstance(sighting, Found)
    assert sighting.record.number == "OPS-1"


def test_a_search_that_fails_is_unclear_and_not_absent() -> None:
    world = a_jira_world()
    world.simulator.faults = FaultPlan(["break"], only=lambda request: request.path.endswith("/search/jql"))

    assert isinstance(find(world, an_issue()), Unclear)


def test_a_worklog_is_found_by_its_property_and_not_by_its_time() -> None:
    world = a_jira_world()
    issue = world.simulator.desk.add_issue()["id"]
    worklog = replace(A_WORKLOG, issue=issue)
    world.write(Action.CREATE, worklog, marker="another")

    before = find(world, worklog)
    world.write(Action.CREATE, worklog)

    assert isinstance(before, Absent)
    assert isinstance(find(world, worklog), Found)


def test_a_deleted_issue_is_not_there_any_more() -> None:
    world = a_jira_world()
    outcome = world.write(Action.CREATE, an_issue())
    assert isinstance(outcome, Written)
    world.simulator.desk.delete_issue("FIN-1")

    with pytest.raises(NotFoundError):
        world.system.fetch(RecordKind.ISSUE, outcome.target_id)
    assert isinstance(world.write(Action.VOID, an_issue(), target_id=outcome.target_id), Written)


def test_an_issue_is_withdrawn_by_the_transition_that_the_setting_names() -> None:
    world = a_jira_world(on_void="transition", void_transition="Close")
    outcome = world.write(Action.CREATE, an_issue())
    assert isinstance(outcome, Written)

    world.write(Action.VOID, an_issue(), target_id=outcome.target_id)

    (issue,) = world.simulator.issues
    assert issue["fields"]["status"]["name"] != "To Do"


def test_lists_are_of_the_connections_projects() -> None:
    world = a_jira_world(projects=["FIN"])
    world.simulator.desk.add_issue(summary="Loggable")
    world.simulator.desk.add_issue(project="OPS", summary="Not ours")

    people = {item.name for item in world.system.reference(ReferenceKind.PERSON)}
    components = {(item.name, item.type) for item in world.system.reference(ReferenceKind.COMPONENT)}
    issues = [(item.external_id, item.name) for item in world.system.reference(ReferenceKind.ISSUE)]

    assert "Olive Marsh" in people
    assert components == {("Payables", "FIN"), ("Receivables", "FIN")}
    assert issues == [("FIN-1", "Loggable")]


def test_an_issue_that_is_taken_back_twice_says_so_once() -> None:
    world = a_jira_world(on_void="comment")
    outcome = world.write(Action.CREATE, an_issue())
    assert isinstance(outcome, Written)

    for _ in range(2):
        assert isinstance(world.write(Action.VOID, an_issue(), target_id=outcome.target_id), Written)

    (issue,) = world.simulator.issues
    assert len(issue["comments"]) == 1
