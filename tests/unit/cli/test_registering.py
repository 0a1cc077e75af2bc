"""What is pushed to us, as the engineer sees it, and put right by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ml_connector.connectors.freshbooks.webhook import WEBHOOK
from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.registration import RegistrationState
from ml_connector.pipeline.webhook import Callback
from tests.unit.cli.desk import Desk


@dataclass
class FakeCallbacks:
    """A system that verifies whatever is registered, or refuses all of it."""

    key = None
    error: RejectedError | None = None
    rows: dict[str, Callback] = field(default_factory=dict)

    def all(self) -> Sequence[Callback]:
        return list(self.rows.values())

    def register(self, *, event: str, uri: str) -> Callback:
        if self.error:
            raise self.error
        made = Callback(id=str(len(self.rows) + 1), event=event, uri=uri, verified=False)
        self.rows[made.id] = made
        return made

    def confirm(self, callback_id: str, code: str) -> Callback:
        self.rows[callback_id] = replace(self.rows[callback_id], verified=True)
        return self.rows[callback_id]

    def renew(self, callback_id: str) -> None:
        raise AssertionError("it has no end")

    def send_again(self, callback_id: str) -> None:
        return

    def remove(self, callback_id: str) -> None:
        del self.rows[callback_id]


@dataclass
class PushingSystem:
    callbacks: FakeCallbacks = field(default_factory=FakeCallbacks)


@pytest.fixture
def pushing(desk: Desk) -> PushingSystem:
    """FreshBooks pushes, and a flow writes bills there."""
    system: Any = PushingSystem()
    desk.services.systems.by_name["freshbooks"] = system
    desk.services.catalog = replace(desk.services.catalog, webhooks={"freshbooks": WEBHOOK})
    made: PushingSystem = system
    return made


def test_where_nothing_is_pushed_it_says_so(desk: Desk) -> None:
    assert desk.run("registrations").out == "No system pushes anything: no enabled flow asks for it.\n"


def test_what_is_wanted_and_not_there_is_shown_as_missing(desk: Desk, pushing: PushingSystem) -> None:
    out = desk.run("registrations").out

    assert "freshbooks  bill.update  missing" in out
    assert "ml-connector registrations --repair" in out
    assert pushing.callbacks.rows == {}


def test_repairing_registers_and_the_list_shows_how_it_stands(desk: Desk, pushing: PushingSystem) -> None:
    printed = desk.run("registrations", "--repair")

    assert printed.code == 0
    assert "freshbooks: 2 events registered" in printed.out
    assert {row.event for row in pushing.callbacks.rows.values()} == {"bill.delete", "bill.update"}
    assert "bill.update  pending  2" in printed.out


def test_the_address_is_never_shown(desk: Desk, pushing: PushingSystem) -> None:
    desk.run("registrations", "--repair")

    printed = desk.run("registrations", "--json")

    (first, *_) = desk.services.doors.registrations.rows.values()
    assert first.id not in printed.out
    assert {*printed.data["registrations"][0]} == {"connection", "event", "state", "callback", "since", "why"}


def test_a_refusal_is_told_in_the_systems_words_and_fails(desk: Desk, pushing: PushingSystem) -> None:
    pushing.callbacks.error = RejectedError("this call needs the scope user:bills:read", system="freshbooks")

    printed = desk.run("registrations", "--repair")

    assert printed.code == 1
    assert "bill.update: this call needs the scope user:bills:read" in printed.out


def test_a_connection_that_stands_still_is_not_asked(desk: Desk, pushing: PushingSystem) -> None:
    connections = desk.office.world.connections
    books = desk.office.connection("freshbooks")
    connections.save(replace(connections.get(books), state=ConnectionState.STOPPED, state_why="401"))

    printed = desk.run("registrations", "--repair")

    assert (printed.code, pushing.callbacks.rows) == (1, {})
    assert "freshbooks: could not be put right\n  it is stopped: 401" in printed.out


def test_what_is_verified_needs_nothing(desk: Desk, pushing: PushingSystem) -> None:
    desk.run("registrations", "--repair")
    rows = desk.services.doors.registrations.rows
    for one in list(rows.values()):
        rows[one.id] = replace(one, state=RegistrationState.VERIFIED)

    out = desk.run("registrations").out

    assert "verified" in out
    assert "--repair" not in out
