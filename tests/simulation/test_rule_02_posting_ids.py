"""Rule 2: the n-th intended write has its own id, so that a return to earlier content is a write like any other."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import ReferenceKind
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def test_a_bill_that_changes_and_changes_back_is_written_three_times() -> None:
    world = an_invoice_world()

    for_each_total(world, "100.00", "120.00", "100.00")

    assert world.actions == ["create", "update", "update"]
    assert world.bills == [("INV-1", Money(Decimal("100.00"), "USD"))]
    assert len({write.posting_id for write in world.target.sent}) == 3


def test_a_change_taken_back_before_it_was_sent_writes_nothing() -> None:
    world = an_invoice_world()
    for_each_total(world, "100.00")
    world.target.will(Act.NOT_SENT)

    world.source_has(a_bill(total="120.00"))
    world.world.poll(world.invoices)
    world.world.step()
    world.source_has(a_bill(total="100.00"))
    world.notice("1")
    world.ingest_beside()
    world.run()

    assert world.actions == ["create"]
    assert world.state() == "posted"


def test_every_go_at_one_intended_write_has_one_posting_id() -> None:
    world = an_invoice_world()
    world.target.will(Act.TRANSIENT, Act.UNKNOWN, Act.RATE_LIMITED)
    world.source_has(a_bill())

    world.poll()

    assert world.actions == ["create"] * 4
    assert len({write.posting_id for write in world.target.sent}) == 1


def test_an_unchanged_record_is_not_written_again_by_a_full_read() -> None:
    world = an_invoice_world()
    for_each_total(world, "100.00")
    before = world.row()

    world.poll(full=True)
    world.notice("1")
    world.run()

    assert world.actions == ["create"]
    assert world.row().audit_sequence == before.audit_sequence


def test_a_vendor_renamed_in_the_target_changes_no_bill() -> None:
    world = an_invoice_world()
    for_each_total(world, "100.00")
    world.target.references[ReferenceKind.VENDOR] = []
    world.know_vendor("0007", "Acme Paper Holding")

    world.later(hours=1)
    world.poll(full=True)

    assert world.actions == ["create"]


def for_each_total(world: InvoiceWorld, *totals: str) -> None:
    for total in totals:
        world.source_has(a_bill(total=total))
        world.poll()
