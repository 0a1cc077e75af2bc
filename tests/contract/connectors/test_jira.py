"""The Jira connector over its simulator: writes, look-ups, refusals, sign-in and the ping."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ml_connector.connectors.jira import CONNECTOR
from ml_connector.domain.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    TransientError,
)
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Absent, Action, Found, Sought, Unclear, Write, WriteError, Written
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.probe import steps_of
from tests.contract.connectors.jira_world import A_WORKLOG, JiraWorld, a_jira_world, an_issue
from tests.simulators.faults import FaultPlan
from tests.simulators.jira import JiraSimulator, Place, TooMany
from tests.simulators.serving import transport

MARKER = "a1b2c3"


def find(world: JiraWorld, record: Record, *, target_id: str | None = None) -> Any:
    sought = Sought(posting_id=PostingId("p"), marker=MARKER, record=record, target_id=target_id)
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


def test_a_ping_of_a_site_where_all_is_well_says_so() -> None:
    steps = list(steps_of(a_jira_world().system.probe()))

    assert [step.name for step in steps if not step.ok] == []
    assert {"sign in", "create issues in FIN", "issue types of OPS", "time tracking"} <= {step.name for step in steps}


@pytest.mark.parametrize(
    ("permission", "step", "needed_by"),
    [
        ("BROWSE_PROJECTS", "browse projects in FIN", ()),
        ("CREATE_ISSUES", "create issues in FIN", ("issue",)),
        ("WORK_ON_ISSUES", "work on issues in FIN", ("worklog",)),
    ],
)
def test_a_ping_names_the_permission_that_is_missing(permission: str, step: str, needed_by: tuple[str, ...]) -> None:
    world = a_jira_world(projects=["FIN"])
    world.simulator.desk.withhold(permission, "FIN")

    failed = {found.name: found for found in steps_of(world.system.probe()) if not found.ok}

    assert failed[step].fix is not None
    assert failed[step].needed_by == needed_by


def test_a_ping_tells_that_time_tracking_is_off_and_what_follows_from_no_delete_permission() -> None:
    world = a_jira_world(projects=["FIN"])
    world.simulator.turn(time_tracking=False)
    world.simulator.desk.withhold("DELETE_ISSUES", "FIN")

    steps = {step.name: step for step in steps_of(world.system.probe())}

    assert not steps["time tracking"].ok
    assert steps["delete issues in FIN"].ok
    assert "comment" in steps["delete issues in FIN"].text


def test_a_token_that_has_run_out_is_told_with_what_to_do() -> None:
    world = a_jira_world()
    world.clock.advance(timedelta(days=366))

    (step,) = steps_of(world.system.probe())

    assert not step.ok
    assert step.fix is not None
    assert "token" in step.fix


def identity(simulator: JiraSimulator) -> Any:
    consent = CONNECTOR.with_settings({"sign_in": "oauth"}).consent
    assert consent is not None
    token = str(simulator.grant()["access_token"])
    return consent.identity({}, http=httpx.Client(transport=transport(simulator)), token=token)


def test_a_person_is_known_with_every_site_of_theirs() -> None:
    simulator = JiraSimulator()
    simulator.own_another(Place(cloud_id="00000000-1111-4222-8333-444444444444", name="mill"))

    found = identity(simulator)

    assert found.id == simulator.site.integration.account_id
    assert [one.settings["site_url"] for one in found.businesses] == [
        simulator.site.base_url,
        "https://mill.atlassian.net",
    ]
    assert found.businesses[0].settings["cloud_id"] == simulator.cloud_id


def test_a_token_asks_for_no_more_scopes_than_the_flows_need() -> None:
    plainly, pushed = (
        CONNECTOR.with_settings({"sign_in": "oauth", "webhooks": webhooks}).consent for webhooks in ("off", "dynamic")
    )
    assert plainly is not None
    assert pushed is not None
    asked: dict[str, Any] = {"reads": [], "writes": [RecordKind.ISSUE], "references": []}

    assert set(plainly.scopes(**asked)) == {"read:jira-work", "write:jira-work", "read:jira-user", "offline_access"}
    assert "manage:jira-webhook" in pushed.scopes(**asked)
    assert plainly.scopes(reads=[], writes=[], references=[]) == ()


def test_each_sign_in_asks_for_its_own_secret() -> None:
    forms = [{}, {"webhooks": "admin"}, {"sign_in": "oauth"}]

    assert [CONNECTOR.with_settings(form).secret_fields for form in forms] == [
        ("email", "api_token"),
        ("email", "api_token", "webhook_secret"),
        ("client_id", "client_secret"),
    ]


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"site_url": ""}, "site_url"),
        ({"projects": []}, "projects"),
        ({"webhooks": "dynamic"}, "webhooks"),
        ({"sign_in": "oauth", "webhooks": "admin"}, "webhooks"),
        ({"on_void": "transition"}, "void_transition"),
        ({"settle_seconds": 10}, "settle_seconds"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, Any], setting: str) -> None:
    given = {"site_url": "https://acme.atlassian.net", "projects": ["FIN"], **settings}

    with pytest.raises(SettingsError) as refused:
        CONNECTOR.check_settings(given)

    assert refused.value.setting == setting
