"""The calendar of what ends by itself, and the three notices before it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ml_connector.domain.connection import GrantState
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from ml_connector.pipeline.figures import Figures
from ml_connector.pipeline.ports_consent import Ticket, TicketKind
from ml_connector.pipeline.reporting.expiries import Expiry, expiries
from tests.fakes.clock import START
from tests.fakes.consents import FakeConsents
from tests.unit.pipeline.office import BOOKS, BUYING, HOLD_AGE, TENANT, Office


@pytest.fixture
def office() -> Office:
    return Office().set_up()


def test_nothing_expires_where_nobody_says_so_and_access_tokens_do_not_count(office: Office) -> None:
    office.share_a_grant(expires_at=START + timedelta(hours=1))

    assert expiries(office.ports, TENANT) == ()


def test_a_grant_is_listed_with_its_end_and_all_who_share_it(office: Office) -> None:
    office.share_a_grant(ends_at=START + timedelta(days=100))
    _set(office, BUYING, grant="books")

    (found,) = expiries(office.ports, TENANT)

    assert found == Expiry(
        at=START + timedelta(days=100),
        what="authorisation",
        connections=("freshbooks", "jaggaer"),
        mend="ml-connector authorise freshbooks",
    )


def test_a_dead_grant_has_an_alarm_of_its_own(office: Office) -> None:
    office.share_a_grant(ends_at=START, state=GrantState.DEAD)

    assert expiries(office.ports, TENANT) == ()


def test_credentials_are_good_until_the_end_of_their_last_day(office: Office) -> None:
    _set(office, BUYING, secret_expires_on=date(2026, 3, 9))

    (found,) = expiries(office.ports, TENANT)

    assert (found.at.isoformat(), found.mend) == ("2026-03-10T00:00:00+00:00", "ml-connector replace-secret jaggaer")


def test_an_open_link_is_listed_and_gives_no_notice(office: Office) -> None:
    consents = FakeConsents()
    for number, (kind, at) in enumerate(
        [(TicketKind.INVITE, START + timedelta(hours=3)), (TicketKind.INVITE, START), (TicketKind.STATE, START)]
    ):
        consents.keep(str(number), Ticket(kind=kind, connection=BOOKS, made_by="ann", expires_at=at))

    (found,) = expiries(office.ports, TENANT, consents=consents)

    assert (found.what, found.notice) == ("link to authorise, by ann", False)


def test_the_next_is_listed_first(office: Office) -> None:
    _set(office, BUYING, secret_expires_on=date(2026, 9, 30))
    _set(office, BOOKS, secret_expires_on=date(2026, 5, 31))

    assert [one.connections for one in expiries(office.ports, TENANT)] == [("freshbooks",), ("jaggaer",)]


@pytest.mark.parametrize(
    ("days", "counted"),
    [(15, (0, 0, 0)), (14, (1, 0, 0)), (8, (1, 0, 0)), (7, (1, 1, 0)), (1, (1, 1, 1)), (-3, (1, 1, 1))],
)
def test_there_is_notice_fourteen_days_seven_days_and_one_day_before(
    office: Office, days: int, counted: tuple[int, int, int]
) -> None:
    office.share_a_grant(ends_at=START + timedelta(days=days))

    figures = Figures.of_tenant(office.ports, TENANT, hold_age=HOLD_AGE)

    assert (figures.expiring_in_14_days, figures.expiring_in_7_days, figures.expiring_in_1_day) == counted


def test_each_notice_is_a_figure_of_its_own(office: Office) -> None:
    office.share_a_grant(ends_at=START + timedelta(days=5))

    Figures.of_tenant(office.ports, TENANT, hold_age=HOLD_AGE).emit(office.ports.metrics)

    told = {key[1]: value for key, value in office.world.metrics.by_dimensions.items() if key[0] == "ExpiringSoon"}
    assert told == {(("Days", "14"),): 1, (("Days", "7"),): 1, (("Days", "1"),): 0}


def test_a_refreshed_grant_ends_later(office: Office) -> None:
    """A vendor whose grants live 100 days from their last refresh on: the row says when, whoever refreshes."""
    shelf, later = GrantShelf(office.ports, tenant=TENANT, grant="books"), START + timedelta(days=30)
    shelf.authorise(_pair(1, START), now=START)
    row, _ = shelf.load()
    shelf.keep(row, _pair(2, later), authorised="", now=later)

    assert shelf.load()[0].ends_at == later + timedelta(days=100)


def _pair(number: int, now: datetime) -> TokenPair:
    return TokenPair(
        access=f"a{number}",
        refresh=f"r{number}",
        expires_at=now + timedelta(hours=1),
        ends_at=now + timedelta(days=100),
    )


def _set(office: Office, connection: ConnectionId, **changes: Any) -> None:
    office.world.connections.save(replace(office.world.connections.get(connection), **changes))
