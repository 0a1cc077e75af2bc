"""A world in which every end that a document can come to is met again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ml_connector.domain.crossreference import State
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillStatus, BillType
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.pipeline.planning.plan_file import Act
from tests.builders import a_bill, an_invoice_world
from tests.invoices import InvoiceWorld

BECOMES = {
    Act.CREATE: State.POSTED,
    Act.UPDATE: State.POSTED,
    Act.RECOVER: State.POSTED,
    Act.LINK: State.LINKED,
    Act.VOID: State.REVERSED,
    Act.HOLD: State.HELD,
    Act.SKIP: State.SKIPPED,
    Act.REJECT: State.REJECTED,
}
"""What a predicted act leaves behind."""

CASES = 20
_POSTED_BEFORE = range(12, 18)


def cycle(world: InvoiceWorld) -> None:
    """One run of the flow, to its end."""
    world.poll(full=True)
    world.settle()


def a_mixed_world(documents: int, *, run: Callable[[InvoiceWorld], None] = cycle) -> InvoiceWorld:
    """A third was posted once and has changed since, on either side; the rest is new. Creates look first."""
    world = an_invoice_world(look_first=True)
    world.target.lists_whole_records = True
    places = range(documents)
    world.source_has(*(_document(place) for place in places if place % CASES in _POSTED_BEFORE))
    run(world)
    for place in places:
        _happens(world, place)
    world.later(hours=3)
    return world


def keyed_by_hand(world: InvoiceWorld, external_id: str, **changes: object) -> None:
    """A person has entered this invoice in the target, as it would be posted."""
    bill = world.source.shelf.records[(RecordKind.BILL, external_id)]
    assert isinstance(bill, Bill)
    lines = tuple(replace(line, account="6000", splits=()) for line in bill.lines)
    entered = Bill(
        external_id=f"HAND-{external_id}",
        number=bill.number,
        vendor=VendorRef(internal_id="V0007", number="0007"),
        issued_on=bill.issued_on,
        due_on=bill.due_on or bill.issued_on,
        currency="USD",
        lines=lines,
        total=bill.total,
    )
    world.target_has(replace(entered, **changes))  # type: ignore[arg-type]


def _document(place: int, **changes: Any) -> Bill:
    return a_bill(str(place), number=f"INV-{place}", **changes)


def _happens(world: InvoiceWorld, place: int) -> None:
    name = str(place)
    match place % CASES:
        case 0:
            world.source_has(_document(place))
            keyed_by_hand(world, name)
        case 1:
            world.source_has(_document(place))
            keyed_by_hand(world, name, total=Money(Decimal("1.00"), "USD"))
        case 2:
            world.source_has(_document(place))
            keyed_by_hand(world, name, status=BillStatus.DELETED)
        case 3:
            world.source_has(_document(place, account="no such account"))
        case 4:
            world.source_has(_document(place, vendor=VendorRef(number="404", name="Nobody")))
        case 5:
            world.source_has(_document(place, status=BillStatus.NOT_APPROVED))
        case 6:
            world.source_has(_document(place, type=BillType.CREDIT))
        case 7:
            world.source_has(replace(_document(place), number=f"INV-{place - 10 if place > 10 else 99_999}"))
        case 12:
            world.source_has(_document(place, total="120.00"))
        case 13:
            world.source_has(_document(place, status=BillStatus.CANCELLED))
        case 14:
            world.source_has(_document(place, total="120.00"))
            _in_target(world, place, status=BillStatus.PAID)
        case 15:
            world.source_has(_document(place, total="120.00"))
            _in_target(world, place, total=Money(Decimal("7.00"), "USD"))
        case 16:
            world.source_has(_document(place, status=BillStatus.CANCELLED))
            _in_target(world, place, status=BillStatus.DELETED)
        case 17:
            pass
        case _:
            world.source_has(_document(place))


def _in_target(world: InvoiceWorld, place: int, **changes: object) -> None:
    sure = world.row(str(place)).confirmed
    assert sure is not None
    held = world.target.shelf.records[(RecordKind.BILL, sure.target_id)]
    world.target_has(replace(held, **changes))
