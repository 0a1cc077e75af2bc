"""What FreshBooks' look-ups make of a record's former objects, and of one that was moved to another vendor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.posting import Absent, Action, Found, FoundBy, Sighting, Written
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import VendorRef
from tests.contract.connectors.freshbooks_world import World, a_vendor, sought


@pytest.mark.parametrize("kind", ["bill", "vendor"])
def test_what_the_record_gave_up_itself_is_absent_once_it_is_deleted(kind: str) -> None:
    world = World()
    record = a_record(world, kind)
    former = created(world, record)
    assert isinstance(look(world, record, former), Found)

    world.write(record, Action.VOID, target_id=former)

    assert look(world, record, former) == Absent()


@pytest.mark.parametrize("kind", ["bill", "vendor"])
def test_what_was_deleted_beside_it_is_still_found(kind: str) -> None:
    world = World()
    record = a_record(world, kind)
    former, later = created(world, record), created(world, record)
    for each in (later, former):
        world.clock.advance(minutes=1)
        world.write(record, Action.VOID, target_id=each)

    sighting = look(world, record, former)

    assert isinstance(sighting, Found)
    assert sighting.target_id == later


def test_a_bill_that_was_moved_to_another_vendor_is_found_where_it_may_have_been_forgotten() -> None:
    world = World()
    moved = created(world, world.a_bill())
    move(world, moved)

    sighting = look(world, world.a_bill(), everywhere=True)

    assert isinstance(sighting, Found)
    assert (sighting.target_id, sighting.by) == (moved, FoundBy.MARKER)
    assert look(world, world.a_bill()) == Absent()


def test_a_number_counts_for_its_own_vendor_however_wide_the_look() -> None:
    world = World()
    stranger = created(world, world.a_bill(marker="ffffffffffff"))
    move(world, stranger)

    assert look(world, world.a_bill(), everywhere=True) == Absent()


def test_one_that_stands_elsewhere_counts_before_one_that_was_deleted_here() -> None:
    world = World()
    moved, deleted = created(world, world.a_bill()), created(world, world.a_bill())
    move(world, moved)
    world.write(world.a_bill(), Action.VOID, target_id=deleted)

    sighting = look(world, world.a_bill(), everywhere=True)

    assert isinstance(sighting, Found)
    assert sighting.target_id == moved


def test_all_bills_are_read_once_for_all_that_are_looked_for_everywhere() -> None:
    world = World()
    vendors = [str(world.freshbooks.add_vendor(name=name)["vendorid"]) for name in ("Ash", "Birch", "Cedar")]
    wanted = [sought(world.a_bill(vendor=VendorRef(internal_id=vendor))) for vendor in vendors]
    world.requests.clear()

    seen = [*world.system.find([replace(one, everywhere=True) for one in wanted[:2]])]
    seen += world.system.find([replace(wanted[2], everywhere=True)])

    assert seen == [Absent()] * 3
    assert sum(not any(name == "search[vendorid]" for name, _ in each.query) for each in world.requests) == 3


def test_what_is_found_at_its_own_vendor_asks_for_no_other_bills() -> None:
    world = World()
    created(world, world.a_bill())
    world.requests.clear()

    assert isinstance(look(world, world.a_bill(), everywhere=True), Found)
    assert all(any(name == "search[vendorid]" for name, _ in each.query) for each in world.requests)


def a_record(world: World, kind: str) -> Record:
    return world.a_bill() if kind == "bill" else a_vendor()


def created(world: World, record: Record) -> str:
    done = world.write(record)
    assert isinstance(done, Written), done
    return done.target_id


def move(world: World, bill_id: str) -> None:
    other = world.freshbooks.add_vendor(name="Elm & Co")
    world.freshbooks.edit_bill(int(bill_id), vendorid=other["vendorid"])


def look(world: World, record: Record, *given_up: str, everywhere: bool = False) -> Sighting:
    [sighting] = world.system.find([replace(sought(record), given_up=given_up, everywhere=everywhere)])
    return sighting
