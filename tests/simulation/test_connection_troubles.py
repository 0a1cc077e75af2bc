"""Refused credentials, rate limits and pauses concern a whole connection: it waits as one, and loses nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import AuthError, RateLimitedError, SettingsError
from ml_connector.domain.identity import ConnectionId
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def test_refused_credentials_stop_the_connection_once_and_plainly() -> None:
    world = an_invoice_world()
    world.target.otherwise = Act.AUTH
    world.source_has(*[a_bill(str(n)) for n in range(1, 6)])

    world.poll()

    connection = world.fakes.connections.get(world.freshbooks)
    assert (connection.state, connection.state_why) == (ConnectionState.STOPPED, "the credentials were refused")
    assert world.actions == ["create"]
    assert world.fakes.metrics.counts["ConnectionsStopped"] == 1


def test_a_stopped_connection_goes_on_where_it_stopped() -> None:
    world = an_invoice_world()
    world.target.will(Act.AUTH)
    world.source_has(*[a_bill(str(n)) for n in range(1, 6)])
    world.poll()

    resume(world, world.freshbooks)
    world.settle()

    assert sorted(world.numbers) == [f"INV-{n}" for n in range(1, 6)]
    assert len(world.actions) == 6


def test_a_stopped_target_is_not_called_and_counts_no_attempt() -> None:
    world = an_invoice_world()
    world.target.will(Act.AUTH)
    world.source_has(a_bill())
    world.poll()

    world.fakes.postings.send([world.record()])
    world.run()

    assert (world.actions, world.state(), world.row().attempts) == (["create"], State.PLANNED, 0)


def test_a_poll_of_a_stopped_connection_says_why_it_does_not_run() -> None:
    world = an_invoice_world()
    world.source.read_errors.append(AuthError("the token died", system="jaggaer"))
    world.source_has(a_bill())
    world.poll()

    report = world.poll()

    assert report.text == "connection jaggaer is stopped: the token died"


@pytest.mark.parametrize("system", ["", "freshbooks"], ids=["unnamed", "named"])
def test_a_poll_that_the_target_refuses_stops_the_target_and_not_the_source(system: str) -> None:
    world = an_invoice_world()
    world.target.read_errors.append(AuthError("the authorisation is used up", system=system))

    report = world.poll()

    assert report.text == "stopped: the authorisation is used up"
    assert not world.fakes.connections.get(world.freshbooks).is_running
    assert world.fakes.connections.get(world.jaggaer).is_running


def test_a_source_that_refuses_us_keeps_its_notices_until_it_runs_again() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.source.read_errors.append(AuthError("the token died", system="jaggaer"))
    world.world.step()
    assert not world.fakes.connections.get(world.jaggaer).is_running

    resume(world, world.jaggaer)
    world.run()

    assert world.numbers == ["INV-1"]


@pytest.mark.parametrize("error", [AuthError("refused"), SettingsError("no such site", setting="url")])
def test_a_connection_that_cannot_be_opened_is_stopped_and_loses_nothing(error: Exception) -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.systems.errors.append(error)
    world.run()
    assert not world.fakes.connections.get(world.freshbooks).is_running

    resume(world, world.freshbooks)
    world.settle()

    assert world.numbers == ["INV-1"]


def test_a_wrong_setting_of_the_source_holds_no_records() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.systems.errors.append(SettingsError("no such site", setting="url"))

    world.world.step()

    assert world.fakes.ledger.rows == {}
    assert not world.fakes.connections.get(world.jaggaer).is_running


def test_a_rate_limit_pauses_the_account_and_the_rows_wait_as_long_as_the_vendor_said() -> None:
    world = an_invoice_world()
    world.target.will(Act.RATE_LIMITED)
    world.source_has(*[a_bill(str(n)) for n in range(1, 4)])
    world.world.poll(world.invoices)
    world.ingest_beside()

    world.post_beside("1", "2", "3")

    now = world.fakes.clock.now()
    waiting = [message for message in world.fakes.postings.messages if message.visible_at > now]
    assert world.actions == ["create"]
    assert min(message.visible_at for message in waiting) >= now + timedelta(seconds=30)


def test_after_a_rate_limit_everything_is_posted_once_and_nothing_was_in_doubt() -> None:
    world = an_invoice_world()
    world.target.will(Act.RATE_LIMITED)
    world.source_has(*[a_bill(str(n)) for n in range(1, 4)])

    world.poll()

    assert sorted(world.numbers) == ["INV-1", "INV-2", "INV-3"]
    assert (len(world.actions), world.target.finds) == (4, 0)


def test_a_rate_limited_source_is_asked_again_and_not_before() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.source.read_errors.append(RateLimitedError("slow down", retry_after=timedelta(minutes=3)))
    began = world.fakes.clock.now()

    world.run()

    assert world.numbers == ["INV-1"]
    assert world.fakes.clock.now() - began >= timedelta(minutes=3)


def test_a_refused_look_up_asks_no_more_questions() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1"), a_bill("2"))
    world.poll()
    world.target.will(Act.UNKNOWN, Act.UNKNOWN)
    world.source_has(a_bill("1", total="120.00"), a_bill("2", total="120.00"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside("1", "2")
    world.later(minutes=1)
    asked = len(world.target.read_errors)
    world.target.read_errors.extend([AuthError("the token died"), AuthError("the token died")])

    world.post_beside("1", "2")

    assert len(world.target.read_errors) == asked + 1
    assert [world.row(name).unsettled is not None for name in ("1", "2")] == [True, True]


@pytest.mark.parametrize("switch", [{"paused": True}, {"enabled": False}], ids=["paused", "switched off"])
def test_nothing_is_written_for_a_flow_that_a_person_stopped(switch: dict[str, Any]) -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    settings = world.fakes.connections.flow(world.invoices)
    world.fakes.connections.save_flow(replace(settings, **switch))

    world.run()
    assert (world.actions, world.state()) == ([], State.PLANNED)
    world.fakes.connections.save_flow(settings)
    world.settle()

    assert world.numbers == ["INV-1"]


def test_hints_do_not_multiply_while_a_row_waits() -> None:
    world = an_invoice_world()
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()
    world.later(seconds=10)
    world.post_beside()
    world.fakes.postings.messages.clear()

    world.fakes.postings.send([world.record()])
    world.fakes.postings.send([world.record()])
    world.world.step()

    assert world.fakes.postings.messages == []


def resume(world: InvoiceWorld, connection: ConnectionId) -> None:
    """Somebody mended it."""
    stopped = world.fakes.connections.get(connection)
    world.fakes.connections.save(replace(stopped, state=ConnectionState.ACTIVE, state_why=None))
