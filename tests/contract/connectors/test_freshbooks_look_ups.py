"""What FreshBooks' look-ups make of a record's former objects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.posting import Absent, Action, Found, Sighting, Written
from ml_connector.domain.records.record import Record
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


def a_record(world: World, kind: str) -> Record:
    return world.a_bill() if kind == "bill" else a_vendor()


def created(world: World, record: Record) -> str:
    done = world.write(record)
    assert isinstance(done, Written), done
    return done.target_id


def look(world: World, record: Record, *given_up: str) -> Sighting:
    [sighting] = world.system.find([replace(sought(record), given_up=given_up)])
    return sighting
