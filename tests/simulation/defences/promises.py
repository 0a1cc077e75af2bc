"""The promises that a missing defence breaks, and who judges them: both systems' lists and our rows, at rest."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from enum import StrEnum
from typing import Any

from ml_connector.domain.crossreference import FED_STATES, State
from ml_connector.domain.records.kinds import RecordKind
from tests.builders import a_bill, an_invoice_world
from tests.invoices import InvoiceWorld


class Promise(StrEnum):
    """What holds once a world has come to rest."""

    ONCE = "one document in the target for each at the source"
    TOTAL = "the target's total is the source's"
    LOST = "nothing is lost"
    REST = "every record comes to rest"
    IDLE = "what is unchanged is not written"
    SPARE = "nothing is asked that need not be"
    CALM = "nobody is asked about what we did ourselves"
    HANDS = "what a person did in the target stands"
    REVERSED = "what was reversed is not made again by itself"
    OWNER = "one owner for each document of the target"
    VENDOR = "one vendor of the target for each of the source"
    GRANT = "each refresh token is spent once, and its successor is kept"


type Broken = set[Promise]


def judged(world: InvoiceWorld) -> Broken:
    """By both systems' lists and our rows, as a stranger would compare them."""
    broken: Broken = set()
    for bill in world.source.shelf.of(RecordKind.BILL):
        row, marker = world.fakes.ledger.get(world.record(bill.external_id)), world.record(bill.external_id).marker
        there = [one for one in world.standing if one.number == bill.number or one.marker == marker]
        if len(there) > 1:
            broken.add(Promise.ONCE)
        if row is None or (row.state in (State.POSTED, State.LINKED) and not there):
            broken.add(Promise.LOST)
        if row and row.state is State.POSTED and any(one.total != bill.total for one in there):
            broken.add(Promise.TOTAL)
        if row and (row.is_busy or row.state in FED_STATES):
            broken.add(Promise.REST)
    owned = Counter(row.confirmed.target_id for row in world.fakes.ledger.rows.values() if row.confirmed)
    return broken | ({Promise.OWNER} if any(times > 1 for times in owned.values()) else set())


def at_rest(world: InvoiceWorld, **also: bool) -> Broken:
    """Once nothing moves any more, or never does. `also` names promises that this schedule sees broken itself."""
    with suppress(AssertionError):  # what never comes to rest is judged like that
        world.world.run_until_settled(most=40)
    world.later(hours=1)
    world.target.settle_late()  # what took effect late has done so by now
    return judged(world) | {Promise[name] for name, is_broken in also.items() if is_broken}


def planned() -> InvoiceWorld:
    """One invoice over 100.00, polled and planned, and its hint on the queue; nothing is posted yet."""
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    return world


def posted(**settings: Any) -> InvoiceWorld:
    """That invoice is a bill."""
    world = an_invoice_world(**settings)
    world.source_has(a_bill())
    world.poll()
    assert world.state() is State.POSTED
    return world
