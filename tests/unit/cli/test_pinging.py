"""`ping`, as a person sees it."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.errors import AuthError
from ml_connector.pipeline.probe import ProbeStep
from tests.unit.cli.desk import Desk, ProbedSystem
from tests.unit.pipeline.reporting.office import INVOICES

REFUSED = ProbeStep(
    name="scope",
    ok=False,
    text="403 with Bearer abcDEF123456789",
    fix="give the application the scope user:bills:read",
    needed_by=(INVOICES,),
)


def test_ping_shows_each_step(desk: Desk) -> None:
    printed = desk.run("ping", "jaggaer")

    assert (printed.code, printed.out) == (0, "jaggaer (jaggaer), active\n  ✓ token  a token was given\n")


def test_ping_fails_where_one_step_does_and_says_what_to_fix(desk: Desk) -> None:
    desk.services.systems.by_name["freshbooks"] = ProbedSystem(steps=[REFUSED])

    printed = desk.run("ping")

    assert printed.code == 1
    assert "  ✗ scope        403 with Bearer ***\n" in printed.out
    assert (
        f"      needed by  {INVOICES}\n      fix        give the application the scope user:bills:read\n" in printed.out
    )


def test_a_step_that_no_flow_needs_may_fail(desk: Desk) -> None:
    unneeded = replace(REFUSED, needed_by=("purchase_order",))
    desk.services.systems.by_name["freshbooks"] = ProbedSystem(steps=[unneeded])

    printed = desk.run("ping", "freshbooks")

    assert (printed.code, "  - scope  403 with Bearer *** (no flow needs it)\n" in printed.out) == (0, True)


def test_an_error_on_the_way_is_a_failed_step(desk: Desk) -> None:
    desk.services.systems.by_name["freshbooks"] = ProbedSystem(error=AuthError("invalid_client", system="freshbooks"))

    data = desk.run("ping", "freshbooks", "--json").data

    assert data["ok"] is False
    assert [(step["name"], step["ok"]) for step in data["connections"][0]["steps"]] == [
        ("token", True),
        ("open", False),
    ]


def test_a_stopped_connection_that_answers_again_may_be_resumed(desk: Desk) -> None:
    jaggaer = desk.office.world.connections.get(desk.office.connection("jaggaer"))
    desk.office.world.connections.save(replace(jaggaer, state=ConnectionState.STOPPED))

    assert "All is well, but it is stopped: ml-connector resume jaggaer" in desk.run("ping", "jaggaer").out


def test_an_unknown_connection_gives_the_list(desk: Desk) -> None:
    printed = desk.run("ping", "quickbooks")

    assert printed.code == 3
    assert "acme has no connection 'quickbooks'; its connections are:\n  freshbooks\n  jaggaer\n" in printed.err


def test_a_warning_fails_nothing_and_is_marked(desk: Desk) -> None:
    soon = ProbeStep(name="TLS", ok=True, text="valid until tomorrow", fix="ask whoever runs it")
    desk.services.systems.by_name["jaggaer"] = ProbedSystem(steps=[soon])

    printed = desk.run("ping", "jaggaer")

    assert (printed.code, "  ! TLS    valid until tomorrow\n      fix  ask whoever runs it\n" in printed.out) == (
        0,
        True,
    )


def test_json_says_of_each_step_whether_a_flow_needs_it(desk: Desk) -> None:
    unneeded = replace(REFUSED, needed_by=("purchase_order",))
    desk.services.systems.by_name["freshbooks"] = ProbedSystem(steps=[unneeded])

    data = desk.run("ping", "freshbooks", "--json").data

    assert (data["ok"], [(step["ok"], step["needed"]) for step in data["connections"][0]["steps"]]) == (
        True,
        [(False, False)],
    )
