"""`connections`, `pause` and `resume`."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from ml_connector.domain.connection import ConnectionState
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import INVOICES, Office


def test_connections_show_their_state_and_why(desk: Desk) -> None:
    freshbooks = desk.office.world.connections.get(desk.office.connection("freshbooks"))
    stopped = replace(freshbooks, state=ConnectionState.STOPPED, state_why="the secret was refused")
    desk.office.world.connections.save(stopped)

    out = desk.run("connections").out

    assert "freshbooks  freshbooks  freshbooks-1  stopped  the secret was refused\n" in out
    assert out.endswith("What is wrong with freshbooks: ml-connector ping freshbooks\n")


def test_pause_takes_a_connection_or_a_flow(desk: Desk) -> None:
    desk.run("pause", "freshbooks", "--why", "year end")
    printed = desk.run("pause", INVOICES)

    freshbooks = desk.office.world.connections.get(desk.office.connection("freshbooks"))
    assert (freshbooks.state, freshbooks.state_why) == (ConnectionState.PAUSED, "paused by anna: year end")
    assert desk.office.world.connections.flow(desk.office.flow).paused
    assert printed.out.startswith(f"Flow {INVOICES} is paused; nothing is lost.")


def test_resume_sends_on_what_waited_at_the_connection_of_this_tenant(desk: Desk) -> None:
    other = Office(tenant="globex", world=desk.office.world)
    desk.run("pause", "freshbooks", "--tenant", "globex")

    printed = desk.run("resume", "freshbooks", "--tenant", "globex")

    assert desk.services.fed == [other.connection("freshbooks")]
    assert printed.out.startswith("Connection freshbooks goes on where it stopped; 4 waiting records sent on.")


def test_a_secret_is_asked_for_and_never_shown(desk: Desk) -> None:
    desk.terminal.secrets = deque(["hunter2"])

    printed = desk.run("replace-secret", "jaggaer")

    assert desk.terminal.asked == ["client_secret of jaggaer (is not shown):"]
    assert "hunter2" not in printed.out + printed.err
    assert printed.out == "The secret of jaggaer is replaced. Test it: ml-connector ping jaggaer\n"


def test_a_secret_that_the_system_does_not_have_is_a_wrong_use(desk: Desk) -> None:
    printed = desk.run("replace-secret", "jaggaer", "pin")

    assert (printed.code, printed.err) == (2, "ml-connector: jaggaer has no secret pin; it has: client_secret\n")


def test_pausing_what_is_not_there_lists_what_is(desk: Desk) -> None:
    printed = desk.run("pause", "invoices")

    assert printed.code == 3
    assert f"there are:\n  freshbooks\n  jaggaer\n  {INVOICES}\n" in printed.err
