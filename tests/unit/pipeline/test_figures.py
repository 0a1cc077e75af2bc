"""The figures that the alarms read: what is late, old, in doubt or dead, and nothing that a person put aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.connection import ConnectionState, GrantState
from ml_connector.domain.crossreference import InFlight, State, Unsettled
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Action
from ml_connector.domain.watermark import PollProgress
from ml_connector.pipeline.connections.cadence import due_every
from ml_connector.pipeline.figures import Figures
from ml_connector.pipeline.upkeep import Upkeep
from tests.fakes.clock import START, FakeDeadline
from tests.unit.pipeline.office import BOOKS, HOLD_AGE, TENANT, VENDORS, Office

SOON = timedelta(minutes=3)


def test_a_dead_grant_is_reported_in_every_run() -> None:
    office = Office().set_up()
    office.share_a_grant(state=GrantState.DEAD)

    _run(office)
    _run(office)

    assert office.world.metrics.counts["DeadGrants"] == 2


def test_a_flow_that_finished_in_time_is_not_overdue() -> None:
    office = Office().set_up()
    office.world.clock.advance(timedelta(minutes=39))

    assert _run(office).flows_overdue == 0


def test_a_flow_is_overdue_after_twice_its_cadence_and_ten_minutes() -> None:
    office = Office().set_up()
    office.world.polls.progress[VENDORS] = PollProgress(last_finished=START + timedelta(minutes=30))
    office.world.clock.advance(timedelta(minutes=41))

    assert _run(office).flows_overdue == 1


@pytest.mark.parametrize("stopped", [{"enabled": False}, {"paused": True}, {"cadence": None}], ids=str)
def test_a_flow_that_is_not_to_run_is_never_overdue(stopped: dict[str, bool]) -> None:
    office = Office().set_up(**stopped)
    office.world.clock.advance(timedelta(days=9))

    assert _run(office).flows_overdue == 0


def test_flows_of_a_stopped_connection_are_overdue_and_those_of_a_paused_one_are_not() -> None:
    office = Office().set_up()
    office.world.clock.advance(timedelta(hours=1))

    _set_state(office, ConnectionState.STOPPED)
    stopped = _run(office).flows_overdue
    _set_state(office, ConnectionState.PAUSED)

    assert (stopped, _run(office).flows_overdue) == (2, 0)


def test_holds_older_than_their_limit_are_counted() -> None:
    office = Office().set_up()
    office.row("old", State.HELD)
    office.world.clock.advance(HOLD_AGE)
    office.row("new", State.HELD)

    assert _run(office).old_holds == 1


def test_writes_in_doubt_for_a_quarter_of_an_hour_are_counted_whatever_looks_at_them() -> None:
    office = Office().set_up()
    office.row("1", State.IN_DOUBT, unsettled=_unsettled())
    office.row("2", State.POSTING, unsettled=_unsettled(), in_flight=_in_flight())
    office.world.clock.advance(timedelta(minutes=16))
    office.row("3", State.IN_DOUBT, unsettled=replace(_unsettled(), since=office.world.clock.now()))

    assert _run(office).in_doubt == 2


def test_dead_records_are_counted() -> None:
    office = Office().set_up()
    office.row("1", State.DEAD)

    assert _run(office).dead == 1
    assert office.world.metrics.counts["RecordsDead"] == 1


def test_figures_are_written_even_where_all_is_well() -> None:
    office = Office().set_up()

    _run(office)

    assert dict(office.world.metrics.counts) == dict.fromkeys(
        [
            *("DeadGrants", "FlowsOverdue", "OldHolds", "RecordsInDoubt", "RecordsDead"),
            *("SealsLate", "ExpiringSoon", "MappingsBroken"),
        ],
        0,
    )


@pytest.mark.parametrize(
    ("cadence", "every"),
    [
        ("rate(15 minutes)", timedelta(minutes=15)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(2 days)", timedelta(days=2)),
        ("cron(0 6 ? * MON-FRI *)", timedelta(hours=25)),
    ],
)
def test_a_cadence_says_roughly_how_often(cadence: str, every: timedelta) -> None:
    assert due_every(cadence) == every


def _run(office: Office) -> Figures:
    Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE).run(FakeDeadline(office.world.clock))
    return Figures.of_tenant(office.ports, TENANT, hold_age=HOLD_AGE)


def _set_state(office: Office, state: ConnectionState) -> None:
    office.world.connections.save(replace(office.world.connections.get(BOOKS), state=state))


def _unsettled() -> Unsettled:
    return Unsettled(n=1, action=Action.CREATE, digest="d", source_digest="s", since=START)


def _in_flight() -> InFlight:
    return InFlight(
        n=1,
        posting_id=PostingId("p"),
        action=Action.CREATE,
        digest="d",
        source_digest="s",
        attempt=1,
        claim="c",
        lease_until=START + timedelta(hours=1),
    )
