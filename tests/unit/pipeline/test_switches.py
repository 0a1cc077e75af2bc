"""Pausing and resuming: what stands still loses nothing, and goes on at once when it may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ml_connector.domain.connection import ConnectionState
from ml_connector.pipeline.connections.problems import OnboardingError
from ml_connector.pipeline.connections.switches import Switched, Switches
from ml_connector.pipeline.upkeep import Upkeep
from tests.fakes.hooks import Crash, CrashAt
from tests.unit.pipeline.office import BILLS, BOOKS, HOLD_AGE, Office

STORED = {"client_id": "us", "client_secret": "hush"}


@pytest.fixture
def office() -> Office:
    return Office().set_up()


def test_a_paused_connection_says_who_paused_it_and_why(office: Office) -> None:
    _switches(office).pause(BOOKS, actor="ann", why="year end")

    connection = office.world.connections.get(BOOKS)
    assert (connection.state, connection.state_why) == (ConnectionState.PAUSED, "paused by ann: year end")


@pytest.mark.parametrize("state", [ConnectionState.PAUSED, ConnectionState.STOPPED])
def test_a_resumed_connection_goes_on_with_what_waits(office: Office, state: ConnectionState) -> None:
    _set_state(office, state)
    record = office.row("1", due_at=office.world.clock.now())

    assert _switches(office).resume(BOOKS, actor="ann") == Switched(changed=True, fed=1)
    assert office.world.connections.get(BOOKS).state_why is None
    assert office.world.postings.bodies == [record]


def test_resuming_what_runs_does_nothing(office: Office) -> None:
    office.row("1", due_at=office.world.clock.now())

    assert _switches(office).resume(BOOKS, actor="ann") == Switched(changed=False)


def test_a_paused_flow_has_a_schedule_that_is_off(office: Office) -> None:
    _switches(office).pause(BILLS, actor="ann")

    assert office.world.connections.flow(BILLS).paused
    assert not office.world.schedules.entries[BILLS].enabled


def test_a_resumed_flow_runs_on_schedule_and_feeds_its_target(office: Office) -> None:
    office.row("1", due_at=office.world.clock.now())
    _switches(office).pause(BILLS, actor="ann")

    assert _switches(office).resume(BILLS, actor="ann") == Switched(changed=True, fed=1)
    assert office.world.schedules.entries[BILLS].enabled


def test_a_flow_that_is_switched_off_stays_off_when_it_is_resumed() -> None:
    office = Office().set_up(enabled=False, paused=True)

    _switches(office).resume(BILLS, actor="ann")

    assert not office.world.schedules.entries[BILLS].enabled


def test_a_replaced_field_leaves_the_other_credentials_alone(office: Office) -> None:
    _store_secret(office)

    assert _switches(office).replace_secret(BOOKS, {"client_secret": "new"}, actor="ann").changed
    assert office.world.secrets.read("connections/acme/freshbooks") == {**STORED, "client_secret": "new"}


def test_going_back_to_an_earlier_secret_makes_it_current_again(office: Office) -> None:
    _store_secret(office)
    _switches(office).replace_secret(BOOKS, {"client_secret": "new"}, actor="ann")

    _switches(office).replace_secret(BOOKS, STORED, actor="ann")

    assert office.world.secrets.read("connections/acme/freshbooks") == STORED


def test_a_replaced_secret_starts_a_connection_that_was_stopped_for_it(office: Office) -> None:
    _store_secret(office)
    _set_state(office, ConnectionState.STOPPED)
    office.row("1", due_at=office.world.clock.now())

    assert _switches(office).replace_secret(BOOKS, {"client_secret": "new"}, actor="ann").fed == 1
    assert office.world.connections.get(BOOKS).is_running


def test_a_replaced_secret_does_not_lift_a_persons_pause(office: Office) -> None:
    _store_secret(office)
    _set_state(office, ConnectionState.PAUSED)

    _switches(office).replace_secret(BOOKS, {"client_secret": "new"}, actor="ann")

    assert office.world.connections.get(BOOKS).state is ConnectionState.PAUSED


def test_a_field_that_the_system_does_not_know_is_refused(office: Office) -> None:
    _store_secret(office)

    with pytest.raises(OnboardingError, match=r"secret\.password: not known here"):
        _switches(office).replace_secret(BOOKS, {"password": "x"}, actor="ann")


def test_no_secret_is_logged(office: Office) -> None:
    _store_secret(office)

    _switches(office).replace_secret(BOOKS, {"client_secret": "open barley"}, actor="ann")

    assert "barley" not in repr(office.world.log.lines)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda switches: switches.pause(BOOKS, actor="ann", why="year end"), ("paused", str(BOOKS), "year end")),
        (lambda switches: switches.pause(BILLS, actor="ann"), ("paused", str(BILLS), "it was running")),
        (
            lambda switches: switches.reschedule(BILLS, actor="ann", time_zone="Europe/Berlin"),
            ("rescheduled", str(BILLS), "time_zone UTC -> Europe/Berlin"),
        ),
        (
            lambda switches: switches.read_anew(BILLS, actor="ann"),
            ("read_anew", str(BILLS), "its next run reads everything"),
        ),
    ],
    ids=["connection", "flow", "schedule", "reset"],
)
def test_who_switched_what_stands_in_the_journal(
    office: Office, act: Callable[[Switches], object], told: tuple[str, str, str]
) -> None:
    act(_switches(office))

    (entry,) = office.world.journal.entries("acme")
    assert (entry.step, entry.subject, entry.text, entry.actor) == (*told, "ann")


def test_a_change_that_fails_stands_in_the_journal_all_the_same(office: Office) -> None:
    office.world.hooks.on_before = CrashAt(1, "connections.save_flow")

    with pytest.raises(Crash):
        _switches(office).pause(BILLS, actor="ann")

    assert [one.step for one in office.world.journal.entries("acme")] == ["paused"]
    assert not office.world.connections.flow(BILLS).paused


def test_what_changes_nothing_is_not_told(office: Office) -> None:
    _switches(office).resume(BOOKS, actor="ann")
    _switches(office).reschedule(BILLS, actor="ann", time_zone="UTC")

    assert office.world.journal.entries("acme") == []


def test_a_replaced_secret_is_told_by_its_fields_alone(office: Office) -> None:
    _store_secret(office)

    _switches(office).replace_secret(BOOKS, {"client_secret": "open barley"}, actor="ann")

    assert [one.text for one in office.world.journal.entries("acme")] == ["replaced: client_secret"]


def _switches(office: Office) -> Switches:
    upkeep = Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE)
    return Switches(office.ports, office.catalog, upkeep.feed)


def _store_secret(office: Office) -> None:
    name = "connections/acme/freshbooks"
    office.world.secrets.write(name, STORED, token="first")
    office.world.connections.save(replace(office.world.connections.get(BOOKS), secret=name))


def _set_state(office: Office, state: ConnectionState) -> None:
    office.world.connections.save(replace(office.world.connections.get(BOOKS), state=state, state_why="because"))
