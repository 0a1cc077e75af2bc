"""P5: polls skip nothing and repeat nothing that is unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.errors import WatermarkTooOldError
from tests.builders import a_bill, an_invoice_world
from tests.invoices import InvoiceWorld
from tests.simulation.moments import backdated, six_invoices


def test_the_watermark_moves_once_to_the_beginning_of_the_pass_minus_the_overlap() -> None:
    world = six_invoices()
    marks = watched_marks(world)
    began = world.fakes.clock.now()

    world.poll()

    assert marks == [None, None, None, None, began - timedelta(hours=2)]


def test_rows_with_equal_stamps_all_arrive() -> None:
    world = an_invoice_world()
    world.source.page_size = 2
    for_all_at_once(world, "1", "2", "3", "4", "5")

    world.poll()

    assert len(world.numbers) == 5


def test_a_change_with_an_unchanged_stamp_is_seen_where_the_list_carries_the_record() -> None:
    world = an_invoice_world()
    world.source.lists_whole_records = True
    world.source_has(a_bill())
    world.poll()
    key, kept = next(iter(world.source.shelf.records.items()))
    world.source.shelf.records[key] = replace(a_bill(total="120.00"), modified_at=kept.modified_at)

    world.poll()

    assert world.actions == ["create", "update"]


def test_an_unchanged_record_is_listed_again_and_not_fetched_again() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()

    report = world.poll()

    assert (report.seen, report.passed_on, world.source.fetched) == (1, 0, ["1"])


def test_a_change_that_the_filter_missed_is_caught_by_the_slow_full_read() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1"))
    world.poll()
    backdated(world, a_bill("2"))
    world.later(hours=3)
    world.poll()
    assert world.numbers == ["INV-1"]

    world.later(hours=22)
    world.poll()

    assert world.numbers == ["INV-1", "INV-2"]


def test_a_source_that_cannot_look_back_so_far_is_read_in_full() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1"))
    world.poll()
    backdated(world, a_bill("2"))
    world.later(hours=3)
    world.source.read_errors.append(WatermarkTooOldError("thirty days at most"))

    report = world.poll()

    assert (report.finished, world.numbers) == (True, ["INV-1", "INV-2"])


def test_a_version_read_earlier_does_not_replace_one_read_later() -> None:
    world = an_invoice_world()
    world.source.lists_whole_records = True
    world.source_has(a_bill(total="100.00"))
    world.world.poll(world.invoices)
    world.source_has(a_bill(total="120.00"))
    world.notice("1")
    world.fakes.notices.pick = lambda messages: [*reversed(messages)]

    world.run()

    assert [str(total) for _, total in world.bills] == ["120.00 USD"]


def watched_marks(world: InvoiceWorld) -> list[object]:
    """The watermark as each save leaves it."""
    marks: list[object] = []
    world.fakes.hooks.on_after = lambda call: (
        marks.append(world.fakes.polls.load(world.invoices).since) if call == "polls.save" else None
    )
    return marks


def for_all_at_once(world: InvoiceWorld, *external_ids: str) -> None:
    for external_id in external_ids:
        world.source.shelf.put(a_bill(external_id))
