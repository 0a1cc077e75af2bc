"""What the Jira connector checks for the ping, one answer at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.pipeline.probe import steps_of
from tests.contract.connectors.jira_world import a_jira_world


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
