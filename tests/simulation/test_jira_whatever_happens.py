"""Whatever happens: at most one issue for each event, and each has its issue or a failure that can be replayed."""

from __future__ import annotations

import random

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.pipeline.correcting.rollback import Rollback
from ml_connector.pipeline.correcting.selection import Selection
from ml_connector.pipeline.planning.dry_run import Planning
from ml_connector.pipeline.planning.plan_file import Act
from tests.fakes.hooks import Crash, CrashAt
from tests.freshbooks_jira import BILLS, TIME, Customer, a_customer
from tests.simulation.test_freshbooks_to_jira import ask_again
from tests.simulators.faults import FaultPlan
from tests.simulators.serving import Request

SEEDS = 25
TROUBLES = ["none", "none", "refuse", "break", "break after the work", "lose the answer", "lose the request", "garble the answer"]  # fmt: skip  # noqa: E501
REPLAYABLE = (State.DEAD, State.REJECTED, State.HELD)


def three_bills(**settings: object) -> tuple[Customer, FlowId, list[int]]:
    customer = a_customer()
    flow = customer.flow(BILLS, **settings)
    vendor = customer.freshbooks.add_vendor(name="Northwind Paper")["id"]
    made = [customer.freshbooks.add_bill(vendorid=vendor, bill_number=f"NW-{n}")["id"] for n in (1, 2, 3)]
    return customer, flow, made


def is_about_issues(request: Request) -> bool:
    return request.path.endswith(("/issue", "/search/jql")) or "/issue/" in request.path


def cycle(customer: Customer, flow: FlowId) -> None:
    """A run that may be killed, and what upkeep does after it."""
    try:
        customer.world.poll(flow)
    except Crash:
        customer.world.restart()
    for _ in range(3):
        customer.world.run_until_settled()
        customer.later(minutes=10)
        customer.world.look_after()
    customer.world.run_until_settled()


def told_of(customer: Customer) -> list[str]:
    return sorted(issue["properties"]["ml-connector"]["source"] for issue in customer.jira.issues)


def check(customer: Customer, flow: FlowId, bills: list[int]) -> None:
    rows = [customer.row(flow, bill) for bill in bills]
    posted = {f"freshbooks bill {row.record.external_id}" for row in rows if row.state is State.POSTED}

    assert len(told_of(customer)) == len(set(told_of(customer)))
    assert posted <= set(told_of(customer))
    assert [row.state for row in rows if row.state not in (State.POSTED, *REPLAYABLE)] == []


def calls_of_a_run(**settings: object) -> int:
    customer, flow, _ = three_bills(**settings)
    cycle(customer, flow)
    return customer.world.fakes.hooks.total


@pytest.mark.parametrize("policy", ["audit_only", "retry"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_call_no_event_is_told_twice_and_none_is_lost(policy: str, moment: str) -> None:
    for number in range(1, calls_of_a_run(on_failure=policy) + 1):
        customer, flow, bills = three_bills(on_failure=policy)
        setattr(customer.world.fakes.hooks, f"on_{moment}", CrashAt(number))

        cycle(customer, flow)
        cycle(customer, flow)
        check(customer, flow, bills)
        for bill in bills:
            ask_again(customer, flow, bill)

        assert told_of(customer) == [f"freshbooks bill {bill}" for bill in bills], (policy, moment, number)


@pytest.mark.parametrize("policy", ["audit_only", "retry"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_jira_does_no_event_is_told_twice_and_none_is_lost(policy: str, seed: int) -> None:
    chance = random.Random(seed)
    customer, flow, bills = three_bills(on_failure=policy)
    customer.jira.turn(search_lag_seconds=chance.choice([0, 30, 240]))
    customer.jira.faults = FaultPlan(chance.choices(TROUBLES, k=12), only=is_about_issues)

    cycle(customer, flow)
    cycle(customer, flow)
    check(customer, flow, bills)
    customer.jira.faults = FaultPlan()
    for _ in range(2):
        for bill in bills:
            ask_again(customer, flow, bill)

    assert told_of(customer) == [f"freshbooks bill {bill}" for bill in bills]


def test_a_plan_shows_the_exact_issue_and_writes_nothing() -> None:
    customer, flow, _ = three_bills()
    services = customer.world.services

    done = Planning(services.ports, services.catalog, services.systems, pause=lambda wait: None).dry_run(flow)

    fields = [entry.payload["fields"] for entry in done.plan.entries]
    assert [entry.act for entry in done.plan.entries] == [Act.CREATE] * 3
    assert fields[0]["project"] == {"key": "FIN"}
    assert fields[0]["description"]["type"] == "doc"
    assert customer.jira.writes == []


def test_a_plan_says_what_the_screen_would_hold() -> None:
    customer, flow, _ = three_bills()
    customer.jira.desk.set_screen(project="FIN", field="Category", required=True)
    services = customer.world.services

    done = Planning(services.ports, services.catalog, services.systems, pause=lambda wait: None).dry_run(flow)

    assert {entry.act for entry in done.plan.entries} == {Act.HOLD}


def test_a_rollback_takes_issues_and_worklogs_back_and_no_cycle_brings_them_again() -> None:
    customer, bills, made = three_bills()
    customer.run(bills)
    time = customer.flow(TIME)
    key = customer.issue_of(bills, made[0])["key"]
    customer.freshbooks.add_time_entry(is_logged=True, duration=600, started_at="2026-03-02T08:00:00Z", note=key)
    customer.run(time)
    logged = len(customer.worklogs())
    services = customer.world.services

    for flow in (time, bills):
        rollback = Rollback(services.ports, services.catalog, services.systems)
        rollback.carry_out(rollback.plan(Selection(flows=(flow,))), actor="ann", reason="wrong site")
        customer.world.run_until_settled()
    customer.later(hours=1)
    customer.run(bills, full=True)
    customer.run(time, full=True)

    assert logged == 1
    assert customer.jira.issues == []
