"""Mappings are looked after: what is gone, inactive or of another type is told before a document fails by it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ml_connector.domain.connection import Connection, ConnectionState
from ml_connector.domain.errors import AuthError, TransientError
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.mapping_check import Broken, MappingCheck, MappingWatch
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.upkeep import Upkeep
from tests.fakes.clock import FakeDeadline
from tests.unit.pipeline.office import BOOKS, HOLD_AGE, Office

ACCOUNT = ReferenceKind.ACCOUNT
SUPPLIES = ReferenceItem(id="10", name="Office supplies", type="expense")


@pytest.fixture
def office() -> Office:
    office = Office().set_up()
    office.books.references[ACCOUNT] = [SUPPLIES]
    return office


def test_a_mapping_whose_entry_is_as_it_was_is_well(office: Office) -> None:
    map_code(office, "600")

    assert found(office) == []


@pytest.mark.parametrize(
    ("now", "trouble", "text"),
    [
        ([], "gone", "Office supplies (10) is not there any more: deleted, or merged into another"),
        (
            [ReferenceItem(id="10", name="Office supplies", type="expense", usable="archived")],
            "unusable",
            "Office supplies (10) cannot be used: archived",
        ),
        (
            [ReferenceItem(id="10", name="Office supplies", type="asset")],
            "retyped",
            "Office supplies (10) was of type expense when it was chosen, and is of type asset now",
        ),
    ],
    ids=["gone", "inactive", "retyped"],
)
def test_an_entry_that_changed_is_found(office: Office, now: list[ReferenceItem], trouble: str, text: str) -> None:
    map_code(office, "600")
    office.books.references[ACCOUNT] = now

    assert [(one.entry.code, str(one.trouble), one.text) for one in found(office)] == [("600", trouble, text)]


def test_after_a_merge_the_entry_that_is_left_is_suggested(office: Office) -> None:
    map_code(office, "600")
    office.books.references[ACCOUNT] = [ReferenceItem(id="12", name="Office supplies & paper")]

    (broken,) = found(office)

    assert [candidate.id for candidate in broken.candidates] == ["12"]


def test_choosing_a_retyped_entry_anew_makes_it_well(office: Office) -> None:
    map_code(office, "600")
    office.books.references[ACCOUNT] = [ReferenceItem(id="10", name="Office supplies", type="asset")]

    map_code(office, "600")

    assert found(office) == []


def test_a_mapping_of_days_that_are_over_is_left_alone(office: Office) -> None:
    map_code(office, "600", valid_to=office.world.clock.now().date() - timedelta(days=1))
    map_code(office, "601", valid_from=date(2027, 1, 1))
    office.books.references[ACCOUNT] = []

    assert [one.entry.code for one in found(office)] == ["601"]


def test_upkeep_reads_a_list_anew_once_a_day(office: Office) -> None:
    map_code(office, "600")
    office.books.references[ACCOUNT] = []
    run = upkeep(office)
    office.opened.clear()

    at_once = run()
    office.world.clock.advance(timedelta(days=1))
    a_day_on = run()

    assert (at_once, a_day_on, len(office.opened)) == (0, 1, 1)
    assert office.world.metrics.counts["MappingsBroken"] == 1


def test_what_the_polls_have_read_is_compared_within_the_hour(office: Office) -> None:
    map_code(office, "600")
    run = upkeep(office)
    assert run() == 0
    office.books.references[ACCOUNT] = []
    references(office).refresh(books(office), frozenset({ACCOUNT}), older_than=timedelta())

    at_once = run()
    office.world.clock.advance(timedelta(hours=1))

    assert (at_once, run()) == (0, 1)


def test_the_figure_stands_as_long_as_its_cause_and_no_longer(office: Office) -> None:
    map_code(office, "600")
    office.books.references[ACCOUNT] = [ReferenceItem(id="11", name="Travel")]
    references(office).refresh(books(office), frozenset({ACCOUNT}), older_than=timedelta())
    run = upkeep(office)
    assert (run(), run()) == (1, 1)

    map_code(office, "600", target="11")

    assert run() == 0


@pytest.mark.parametrize(
    ("error", "state"),
    [(AuthError("refused"), ConnectionState.STOPPED), (TransientError("later"), ConnectionState.ACTIVE)],
    ids=["credentials refused", "no answer"],
)
def test_a_list_that_cannot_be_read_stops_nobody_else(office: Office, error: Exception, state: ConnectionState) -> None:
    def fails(connection: Connection) -> int:
        if connection.id == BOOKS:
            raise error
        return 0

    report = Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE, broken_mappings=fails).run(
        FakeDeadline(office.world.clock)
    )

    assert (report.finished, books(office).state) == (True, state)


def map_code(office: Office, code: str, target: str = "10", *, connection: ConnectionId = BOOKS, **days: Any) -> None:
    book = MappingBook(office.ports, references(office), office.releaser)
    book.set_mapping(connection, ACCOUNT, code, target, actor="ann", **days)


def found(office: Office) -> list[Broken]:
    return MappingCheck(office.ports, references(office)).broken(books(office), older_than=timedelta())


def upkeep(office: Office) -> Any:
    watch = MappingWatch(MappingCheck(office.ports, references(office)), office.world.clock)
    service = Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE, broken_mappings=watch.count)
    return lambda: service.run(FakeDeadline(office.world.clock)).broken_mappings


def references(office: Office) -> ReferenceData:
    return ReferenceData(office.ports, office.catalog, office)


def books(office: Office) -> Connection:
    return office.world.connections.get(BOOKS)
