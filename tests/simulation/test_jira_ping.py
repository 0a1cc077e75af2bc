"""Ping of a Jira connection as a person runs it: its network, grant, permissions, screens and our own door (P14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.pipeline.connections.ping import Ping, Pinged
from ml_connector.pipeline.probe import ProbeStep
from tests.fakes.network import STACK, FakeNetwork, FakeTogether
from tests.freshbooks_jira import BILLS, TIME, Customer, a_customer
from tests.jira_pushing import PushingJira


def ping(pushing: PushingJira, *, takes: timedelta = timedelta()) -> Pinged:
    customer, clock = pushing.customer, pushing.customer.world.fakes.clock
    services = customer.world.services
    network, together = FakeNetwork(clock=clock, takes=takes), FakeTogether(clock=clock)
    pinging = Ping(
        services.ports,
        customer.world.catalog,
        services.systems,
        pushing.door.registrar,
        network,
        together,
        stack=STACK,
    )
    (pinged,) = pinging.run([customer.world.fakes.connections.get(customer.site)])
    return pinged


def connected(*, time: bool = False, **settings: Any) -> PushingJira:
    pushing = PushingJira(a_customer(projects=["FIN"], **settings))
    if time:
        pushing.customer.flow(TIME)
    return pushing


def failed(pinged: Pinged) -> dict[str, ProbeStep]:
    return {step.name: step for step in pinged.steps if not step.ok}


def only_time(customer: Customer) -> None:
    connections = customer.world.fakes.connections
    for settings in connections.flows(customer.tenant):
        if settings.id.flow == BILLS:
            connections.save_flow(replace(settings, enabled=False))


@pytest.mark.parametrize("oauth", [False, True], ids=["basic", "oauth"])
def test_where_all_is_well_every_permission_list_and_door_is_named(oauth: bool) -> None:
    pushing = connected(time=True, oauth=oauth, webhooks="dynamic" if oauth else "off")
    pushing.tend()

    pinged = ping(pushing)

    assert (pinged.ok, failed(pinged)) == (True, {})
    names = {step.name for step in pinged.steps}
    assert names >= {
        "sign in",
        "browse projects in FIN",
        "create issues in FIN",
        "edit issues in FIN",
        "work on issues in FIN",
        "delete issues in FIN",
        "issue types of FIN",
        "time tracking",
    }
    assert ("our door" in names, "registrations" in names) == (oauth, oauth)


@pytest.mark.parametrize(
    ("permission", "step", "fix"),
    [
        ("BROWSE_PROJECTS", "browse projects in FIN", "that this user may browse them"),
        ("CREATE_ISSUES", "create issues in FIN", 'Grant "Create issues" to this user in the permission scheme of FIN'),
        ("EDIT_ISSUES", "edit issues in FIN", 'Grant "Edit issues"'),
        ("WORK_ON_ISSUES", "work on issues in FIN", 'Grant "Work on issues"'),
    ],
)
def test_a_permission_that_is_missing_fails_the_ping_and_is_named(permission: str, step: str, fix: str) -> None:
    pushing = connected(time=True)
    pushing.jira.desk.withhold(permission, "FIN")

    pinged = ping(pushing)

    assert not pinged.ok
    assert fix in (failed(pinged)[step].fix or "")


def test_what_no_flow_needs_may_be_missing() -> None:
    pushing = connected()
    pushing.jira.desk.withhold("WORK_ON_ISSUES", "FIN")
    pushing.jira.turn(time_tracking=False)

    pinged = ping(pushing)

    assert failed(pinged).keys() == {"work on issues in FIN", "time tracking"}
    assert pinged.ok


def test_time_tracking_that_is_off_fails_the_ping_where_time_is_logged() -> None:
    pushing = connected(time=True)
    pushing.jira.turn(time_tracking=False)

    pinged = ping(pushing)

    assert not pinged.ok
    assert failed(pinged)["time tracking"].fix == "Switch it on: Jira settings, Issues, Time tracking."


def test_without_the_permission_to_delete_the_ping_says_what_taking_back_comes_to() -> None:
    pushing = connected(void_fallback="transition", void_transition="Close")
    pushing.jira.desk.withhold("DELETE_ISSUES", "FIN")

    pinged = ping(pushing)

    (step,) = [step for step in pinged.steps if step.name == "delete issues in FIN"]
    assert (pinged.ok, step.text) == (True, "Delete issues: missing; taking an issue back is a transition then.")


def test_a_project_that_is_not_there_is_told() -> None:
    pushing = PushingJira(a_customer(projects=["FIN", "NOPE"]))

    assert "issue types of NOPE" in failed(ping(pushing))


def test_an_api_token_that_ran_out_ends_the_ping_with_what_to_do() -> None:
    pushing = connected()
    pushing.customer.later(days=366)

    steps = failed(ping(pushing))

    assert "tokens end after a year" in (steps["sign in"].fix or "")


def test_a_host_that_is_slow_does_not_take_longer_than_a_ping_may() -> None:
    pushing = connected(oauth=True)
    began = pushing.customer.world.fakes.clock.now()

    pinged = ping(pushing, takes=timedelta(minutes=1))

    assert not pinged.ok
    assert pushing.customer.world.fakes.clock.now() - began <= timedelta(seconds=5)


def test_a_ping_writes_nothing() -> None:
    pushing = connected(time=True)
    before = list(pushing.jira.writes)

    ping(pushing)

    assert pushing.jira.writes == before
