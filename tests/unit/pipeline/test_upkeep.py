"""Upkeep: hints for what is due, cured holds released, tokens renewed in time, and figures that alarms can trust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.connection import Connection, ConnectionState, GrantState
from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import AuthError, ConnectorError, TransientError
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause, ReferenceList
from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.upkeep import Upkeep, UpkeepReport
from tests.fakes.audit import FakeAudit
from tests.fakes.clock import START, FakeDeadline
from tests.unit.pipeline.office import ACCOUNTS, BILLS, BOOKS, HOLD_AGE, Office

SOON = timedelta(minutes=3)


def test_a_planned_row_that_is_past_due_gets_a_hint() -> None:
    office = Office().set_up()
    record = office.row("1", due_at=START)
    office.world.clock.advance(SOON)

    assert _run(office).fed == 1
    assert office.world.postings.bodies == [record]


def test_a_row_that_has_just_become_due_has_its_own_hint() -> None:
    office = Office().set_up()
    office.row("1", due_at=START)

    assert _run(office).fed == 0


@pytest.mark.parametrize("state", [State.POSTING, State.IN_DOUBT])
def test_a_row_that_a_worker_left_behind_gets_a_hint(state: State) -> None:
    office = Office().set_up()
    office.row("1", state, due_at=START)
    office.world.clock.advance(SOON)

    assert _run(office).fed == 1


@pytest.mark.parametrize("state", [State.HELD, State.DEAD, State.POSTED, State.HANDED_OVER])
def test_a_row_that_waits_for_someone_gets_no_hint(state: State) -> None:
    office = Office().set_up()
    office.row("1", state, due_at=START)
    office.world.clock.advance(SOON)

    assert _run(office).fed == 0


def test_a_planned_row_without_a_plan_is_planned_again() -> None:
    office = Office().set_up()
    office.row("1", planned=None, due_at=START)
    office.world.clock.advance(SOON)

    assert _run(office).planned_again == 1
    assert [notice.records[0].external_id for notice in office.world.notices.bodies] == ["1"]


def test_no_more_hints_are_out_than_the_systems_backlog() -> None:
    office = Office(backlog=3).set_up()
    _due_rows(office, 5)
    upkeep = _upkeep(office)

    assert [_run(office, upkeep).fed, _run(office, upkeep).fed] == [3, 0]


def test_a_hint_that_led_to_nothing_is_given_again_after_a_while() -> None:
    office = Office().set_up()
    _due_rows(office, 1)
    upkeep = _upkeep(office)
    _run(office, upkeep)

    office.world.clock.advance(timedelta(minutes=16))

    assert _run(office, upkeep).fed == 1


def test_a_connection_that_stands_still_gets_no_hints() -> None:
    office = Office().set_up()
    _due_rows(office, 1)
    _set_state(office, ConnectionState.STOPPED)

    assert _run(office).fed == 0


@pytest.mark.parametrize("stopped", [{"enabled": False}, {"paused": True}], ids=["off", "paused"])
def test_a_flow_that_stands_still_gets_no_hints(stopped: dict[str, bool]) -> None:
    office = Office().set_up(**stopped)
    _due_rows(office, 1)

    assert _run(office).fed == 0


def test_a_resumed_connection_is_fed_at_once_and_whatever_was_fed_before() -> None:
    office = Office().set_up()
    _due_rows(office, 2)
    upkeep = _upkeep(office)
    _run(office, upkeep)

    assert upkeep.feed(BOOKS) == 2


def test_holds_whose_cause_is_cured_are_released() -> None:
    office = Office().set_up()
    _hold_for_account(office, "600100")
    _know_accounts(office)

    assert _run(office).released == 1
    assert [notice.records[0].external_id for notice in office.world.notices.bodies] == ["1"]


def test_holds_are_not_asked_about_in_every_run() -> None:
    office = Office().set_up()
    _hold_for_account(office, "600100")
    _know_accounts(office)
    upkeep = _upkeep(office)

    assert [_run(office, upkeep).released, _run(office, upkeep).released] == [1, 0]


def test_a_grant_that_expires_soon_is_renewed_once_for_all_that_share_it() -> None:
    office, asked = Office().set_up(), list[Connection]()
    office.share_a_grant(expires_at=START + timedelta(minutes=20))

    report = _run(office, _upkeep(office, asked))

    assert report.renewed == 1
    assert [connection.id for connection in asked] == [BOOKS]


def test_a_grant_that_lasts_is_not_even_looked_at() -> None:
    office, asked = Office().set_up(), list[Connection]()
    office.share_a_grant(expires_at=START + timedelta(hours=2))

    _run(office, _upkeep(office, asked))

    assert asked == []


def test_a_grant_that_dies_stops_its_connection_and_upkeep_goes_on() -> None:
    office = Office().set_up()
    office.share_a_grant(state=GrantState.SUSPECT)

    report = _run(office, _upkeep(office, error=AuthError("authorise again")))

    assert report.finished
    assert office.world.connections.get(BOOKS).state is ConnectionState.STOPPED


def test_a_refresh_that_must_wait_stops_nothing() -> None:
    office = Office().set_up()
    office.share_a_grant(expires_at=START)

    _run(office, _upkeep(office, error=TransientError("being refreshed")))

    assert office.world.connections.get(BOOKS).is_running
    assert "token not refreshed" in office.world.log.messages("warning")


def test_upkeep_stops_when_its_time_is_up_and_says_so() -> None:
    office = Office().set_up()
    _due_rows(office, 1)

    report = _upkeep(office).run(FakeDeadline(office.world.clock, default=timedelta(seconds=5)))

    assert (report.finished, report.fed) == (False, 0)


def _upkeep(office: Office, asked: list[Connection] | None = None, *, error: Exception | None = None) -> Upkeep:
    def renew(connection: Connection) -> bool:
        (asked if asked is not None else []).append(connection)
        if error is not None:
            raise error
        return True

    return Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE, renew=renew)


def _run(office: Office, upkeep: Upkeep | None = None) -> UpkeepReport:
    return (upkeep or _upkeep(office)).run(FakeDeadline(office.world.clock))


def _due_rows(office: Office, number: int) -> None:
    for place in range(number):
        office.row(f"r{place}", due_at=office.world.clock.now())
    office.world.clock.advance(SOON)


def _set_state(office: Office, state: ConnectionState) -> None:
    office.world.connections.save(replace(office.world.connections.get(BOOKS), state=state))


def _hold_for_account(office: Office, code: str) -> None:
    cause = Cause(kind=ReferenceKind.ACCOUNT, code=code)
    office.row("1", State.HELD, reasons=(Reason(code="account_missing", text="missing", cause=cause),), flow=BILLS)


def _know_accounts(office: Office) -> None:
    kind = ReferenceKind.ACCOUNT
    office.world.references.replace(
        BOOKS, ReferenceList(kind=kind, generation="g", read_at=START, items=tuple(ACCOUNTS))
    )


def test_what_is_pushed_to_a_running_connection_is_tended() -> None:
    office = Office().set_up()
    tended: list[Connection] = []

    def tend(connection: Connection) -> int:
        tended.append(connection)
        return 2

    report = _run(office, _tending(office, tend))

    assert [one.id.name for one in tended] == ["freshbooks", "jaggaer"]
    assert report.registrations == 4


def test_a_connection_that_stands_still_is_not_tended() -> None:
    office = Office().set_up()
    _set_state(office, ConnectionState.PAUSED)
    tended: list[str] = []

    def tend(connection: Connection) -> int:
        tended.append(connection.id.name)
        return 0

    _run(office, _tending(office, tend))

    assert tended == ["jaggaer"]


@pytest.mark.parametrize(
    ("error", "state"),
    [(AuthError("401"), ConnectionState.STOPPED), (TransientError("503"), ConnectionState.ACTIVE)],
    ids=["refused", "unreachable"],
)
def test_a_system_that_cannot_be_asked_keeps_nothing_else_from_being_done(
    error: ConnectorError, state: ConnectionState
) -> None:
    office = Office().set_up()
    _due_rows(office, 1)

    def tend(connection: Connection) -> int:
        raise error

    report = _run(office, _tending(office, tend))

    assert (report.fed, office.world.connections.get(BOOKS).state) == (1, state)


def _tending(office: Office, tend: Callable[[Connection], int]) -> Upkeep:
    return Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE, tend=tend)


def test_upkeep_seals_what_is_due_and_says_when_it_is_late() -> None:
    office = Office().set_up()
    audit = FakeAudit(office.world.ledger, office.world.journal)
    sealer = Sealer(audit.ports, office.ports.connections, office.world.clock, office.world.log)
    upkeep = Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE, sealer=sealer)

    reports = [_run(office, upkeep)]
    audit.signer.broken = True
    office.world.clock.advance(timedelta(hours=3, minutes=21))
    reports.append(_run(office, upkeep))
    audit.signer.broken = False
    reports.append(_run(office, upkeep))

    assert [(report.seals, report.figures.seals_late) for report in reports] == [(1, 0), (0, 1), (1, 0)]
    assert "not sealed" in office.world.log.messages("error")
