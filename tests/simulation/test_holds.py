"""P8: a record that cannot be matched waits, says why, and goes on by itself once the cause is gone."""

from __future__ import annotations

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import NotFoundError, RejectedError
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.kinds import ReferenceKind
from tests.builders import a_bill, a_line, a_vendor, an_account, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld
from tests.simulation.moments import once_on


def test_a_hold_names_what_is_missing_and_what_is_near() -> None:
    world = an_invoice_world(vendor=False)
    world.know_vendor("0009", "Acme Papers")
    world.source_has(a_bill(account="7000"))

    world.poll()

    vendor, account = world.row().reasons
    assert (vendor.code, account.code) == ("vendor_missing", "account_missing")
    assert [candidate.name for candidate in vendor.candidates] == ["Acme Papers"]


def test_an_invoice_is_released_at_once_when_its_vendor_is_made() -> None:
    world = an_invoice_world(vendor=False)
    world.source_has(a_vendor(), a_bill())
    world.poll()
    assert world.state() is State.HELD

    world.poll(world.vendors)

    assert world.state() is State.POSTED
    assert Step.RELEASED in world.steps()


def test_an_account_that_appears_releases_what_waited_for_it_in_the_next_cycle() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", account="7000"), a_bill("2", account="8000"))
    world.poll()

    world.target.references[ReferenceKind.ACCOUNT].append(an_account("7000"))
    world.later(hours=1)
    world.poll()

    assert (world.state("1"), world.state("2")) == (State.POSTED, State.HELD)


def test_an_account_that_becomes_usable_releases_what_waited_for_it() -> None:
    world = an_invoice_world()
    world.target.references[ReferenceKind.ACCOUNT] = [an_account("6000", usable="it is archived")]
    world.source_has(a_bill())
    world.poll()
    assert world.reasons() == ["account_unusable"]

    world.target.references[ReferenceKind.ACCOUNT] = [an_account("6000")]
    world.later(hours=1)
    world.poll()

    assert world.state() is State.POSTED


def test_a_mapping_releases_what_waited_for_it() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()

    map_account(world, "7000", "6000")
    world.poll()

    assert world.state() is State.POSTED


def test_a_record_with_two_causes_waits_for_both_and_says_so() -> None:
    world = an_invoice_world(vendor=False)
    world.source_has(a_bill(account="7000"))
    world.poll()

    map_account(world, "7000", "6000")
    world.poll()

    assert (world.state(), world.reasons()) == (State.HELD, ["vendor_missing"])


def test_a_cure_that_nobody_noticed_is_caught_by_the_next_cycle() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()
    map_account(world, "7000", "6000")
    world.world.poll(world.invoices)
    world.fakes.notices.messages.clear()

    world.poll()

    assert world.state() is State.POSTED


def test_a_cycle_without_a_cure_writes_nothing() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()
    before = world.row()

    report = world.poll()

    assert (report.released, world.row()) == (0, before)


def test_one_held_line_holds_the_whole_bill() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(total="150.00", lines=(a_line("100.00"), a_line("50.00", account="7000"))))

    world.poll()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["account_missing"], [])


def test_a_hold_does_not_stop_its_neighbours() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1"), a_bill("2", account="7000"), a_bill("3"))

    world.poll()

    assert world.numbers == ["INV-1", "INV-3"]


def test_a_mapping_taken_away_before_posting_holds_and_its_return_releases() -> None:
    world = an_invoice_world()
    map_account(world, "7000", "6000")
    world.target.otherwise = Act.TRANSIENT
    world.source_has(a_bill(account="7000"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()
    unmap_account(world, "7000")
    world.notice("1")
    world.ingest_beside()
    assert world.state() is State.HELD

    map_account(world, "7000", "6000")
    world.target.otherwise = Act.OK
    world.poll()

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])


@pytest.mark.parametrize("error", [NotFoundError("not found"), RejectedError("refused")], ids=["gone", "refused"])
def test_a_posted_record_that_its_source_does_not_show_is_held_until_it_is_shown_again(error: Exception) -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.source.read_errors.append(error)  # type: ignore[arg-type]
    world.notice("1")
    world.run()
    assert world.state() is State.HELD

    world.poll()

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def test_a_record_that_was_gone_before_anything_was_posted_is_passed_over() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()

    world.source.read_errors.append(NotFoundError("not found"))
    world.notice("1")
    world.run()

    assert (world.state(), world.reasons()) == (State.SKIPPED, ["source_gone"])


def test_a_released_record_whose_stored_version_is_lost_is_fetched_again() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()
    world.fakes.payloads.stored.clear()

    map_account(world, "7000", "6000")
    world.poll()

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])


def test_a_planned_record_whose_payload_is_lost_is_planned_again() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.fakes.payloads.stored.clear()

    world.run()

    assert (world.state(), world.numbers, world.actions) == (State.POSTED, ["INV-1"], ["create"])


def test_a_vendor_that_is_made_releases_its_invoices_though_its_stored_version_is_lost() -> None:
    world = an_invoice_world(vendor=False)
    world.source_has(a_vendor(), a_bill())
    world.poll()
    world.world.poll(world.vendors)
    world.ingest_beside()
    world.target.hooks.on_after = once_on("system.send", world.fakes.payloads.stored.clear)

    world.run()

    assert world.state() is State.POSTED


def test_a_notice_that_comes_before_the_first_poll_starts_one_and_is_not_lost() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())

    world.notice("1", cause=NoticeCause.PUSHED)
    world.run()

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def map_account(world: InvoiceWorld, code: str, target_id: str) -> None:
    entry = MappingEntry(connection=world.freshbooks, kind=ReferenceKind.ACCOUNT, code=code, target_id=target_id)
    world.fakes.mappings.put([entry])


def unmap_account(world: InvoiceWorld, code: str) -> None:
    gone = MappingEntry(connection=world.freshbooks, kind=ReferenceKind.ACCOUNT, code=code, target_id=None)
    world.fakes.mappings.put([gone])
