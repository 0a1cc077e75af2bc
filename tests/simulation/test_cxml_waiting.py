"""However many documents wait for good, each that comes in is looked at soon, and finds what it refers to (FJ8)."""

from __future__ import annotations

from datetime import timedelta

from ml_connector.domain.document import DocumentState
from ml_connector.pipeline.documents import LONGEST_PAYLOAD_ID
from ml_connector.pipeline.ingest.document_desk import LOOK_AGAIN_AFTER, MOST_LOOKS
from tests.cxml import Doored
from tests.simulators.jaggaer import cxml_documents as cxml

MINUTE = timedelta(minutes=1)
ROUNDS = LOOK_AGAIN_AFTER // MINUTE
"""In so many runs of upkeep the ones looked at first are due again."""


def attend_each_minute(world: Doored, *, times: int) -> None:
    for _ in range(times):
        world.fakes.clock.advance(MINUTE)
        world.desk.attend(world.fakes.connections.get(world.connection))


def waiting(count: int) -> Doored:
    """Confirmations of orders that JAGGAER has not, or not yet."""
    world = Doored()
    for n in range(count):
        world.partner.send(cxml.confirmation(f"PO-{n}"))
        world.fakes.clock.advance(timedelta(seconds=1))
    return world


def test_a_new_document_is_looked_at_whatever_waits_before_it() -> None:
    world = waiting(ROUNDS * MOST_LOOKS)
    attend_each_minute(world, times=ROUNDS)
    world.posted("INV-1")
    world.partner.send(cxml.invoice("INV-1"))

    attend_each_minute(world, times=1)

    newest = max(world.kept, key=lambda one: one.received_at)
    assert (newest.numbers, newest.state) == (("INV-1",), DocumentState.ATTACHED)


def test_each_has_its_turn_however_many_there_are() -> None:
    world = waiting((ROUNDS + 1) * MOST_LOOKS)

    attend_each_minute(world, times=ROUNDS + 1)

    assert [one.id for one in world.kept if one.why is None] == [], "a look says what a document waits for"


def test_one_looked_at_before_is_looked_at_again_in_its_turn() -> None:
    world = waiting(2)
    attend_each_minute(world, times=1)
    world.order("PO-1")

    attend_each_minute(world, times=ROUNDS)

    assert [one.state for one in world.kept] == [DocumentState.WAITING, DocumentState.ATTACHED]


def test_an_update_finds_the_document_that_it_refers_to_however_long_its_id() -> None:
    world = Doored()
    name = "1" * LONGEST_PAYLOAD_ID
    world.posted("INV-1")
    world.partner.send(cxml.invoice("INV-1"), payload_id=name)
    world.partner.send(cxml.status_update(of=name))

    attend_each_minute(world, times=1)

    assert [(one.state, one.why) for one in world.kept] == [(DocumentState.ATTACHED, None)] * 2
