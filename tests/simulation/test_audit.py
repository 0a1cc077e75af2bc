"""The audit trail of a whole life: what changed stands in it field by field, and its report adds up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.difference import CHANGES
from ml_connector.domain.records.bill import BillStatus
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.correcting.aside import set_aside
from ml_connector.pipeline.reporting.audit_report import Outcome, audit_report
from ml_connector.pipeline.reporting.history import story
from ml_connector.pipeline.reporting.totals import sums_of
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld


def updated(*acts: Act) -> InvoiceWorld:
    """Posted, and changed in the source from 100 to 120."""
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.settle()
    for act in acts:
        world.target.will(act)
    world.source_has(a_bill(total="120.00"))
    world.poll()
    world.settle()
    return world


def events(world: InvoiceWorld, *steps: Step) -> list[AuditEvent]:
    return [entry.event for entry in world.fakes.ledger.trail(world.record()) if entry.event.step in steps]


def test_a_new_version_tells_what_changed_in_the_source() -> None:
    first, second = events(updated(), Step.RECEIVED)

    assert CHANGES not in first.detail
    assert second.detail[CHANGES]["total.amount"] == {"before": "100", "after": "120"}


@pytest.mark.parametrize("acts", [(), (Act.LOSE_ANSWER,), (Act.TRANSIENT,)], ids=str)
def test_an_update_tells_what_it_changed_in_the_target(acts: tuple[Act, ...]) -> None:
    world = updated(*acts)

    (confirmation,) = [event for event in events(world, Step.UPDATED, Step.RECOVERED) if CHANGES in event.detail]

    assert confirmation.detail[CHANGES]["total.amount"] == {"before": "100", "after": "120"}


def test_a_person_reads_the_changes_in_the_history() -> None:
    world = updated()
    told = story(world.fakes.ports, world.record())

    assert told is not None
    assert any("total.amount: 100 -> 120" in moment.text for moment in told.moments)


def test_a_version_that_cannot_be_read_any_more_leaves_the_entry_without_changes() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.settle()
    for key in list(world.fakes.payloads.stored):
        world.fakes.payloads.stored[key] = b"not what was stored"
    world.source_has(a_bill(total="120.00"))
    world.poll()
    world.world.run_until_quiet()

    assert [CHANGES in event.detail for event in events(world, Step.RECEIVED)] == [False, False]


def test_a_report_tells_created_from_updated_and_adds_up() -> None:
    world = updated()
    world.source_has(a_bill("2"), a_bill("3", account="no such"))
    world.poll()
    world.settle()

    report = audit_report(world.fakes.ports, world.invoices)

    assert report.adds_up
    assert {line.record.external_id: line.outcome for line in report.lines} == {
        "1": Outcome.UPDATED,
        "2": Outcome.CREATED,
        "3": Outcome.HELD,
    }
    assert world.state("1") is State.POSTED


def test_a_bill_that_was_deleted_in_the_target_and_put_aside_does_not_count_as_created() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()
    world.settle()
    [bill] = world.standing
    world.target_has(replace(bill, status=BillStatus.DELETED))
    world.source_has(a_bill(total="120.00"))
    world.poll()
    world.settle()
    held = world.reasons()

    set_aside(world.world.services.ports, world.record(), actor="ann", reason="deleted on purpose")
    world.poll(full=True)
    world.settle()

    [line] = audit_report(world.fakes.ports, world.invoices).lines
    assert (held, line.outcome, line.codes) == (["target_gone"], Outcome.REVERSED, ("set_aside",))
    assert (world.row().reservation, world.actions) == (None, ["create"])


def test_the_sums_of_a_report_are_the_sources_own_in_each_currency() -> None:
    """Created, updated, held, refused and cancelled ones in three currencies: none is lost, and none counts twice."""
    world = updated()
    world.target.will(Act.REJECT)
    world.source_has(a_bill("2", total="19.99"))
    world.poll()
    world.source_has(
        a_bill("3", total="7.01", account="no such"),
        a_bill("4", total="1000.10", currency="EUR"),
        a_bill("5", total="0.90", currency="EUR", account="no such"),
        a_bill("6", total="5000", currency="JPY"),
        a_bill("7", total="31.31", currency="EUR", status=BillStatus.CANCELLED),
    )
    world.poll()
    world.settle()
    listed = [bill.total for bill in world.source.shelf.of(RecordKind.BILL)]

    report = audit_report(world.fakes.ports, world.invoices)

    assert report.received.records == len(listed) == 7
    assert report.received.amounts == sums_of(listed)
    assert sums_of(amount for one in report.outcomes for amount in one.tally.amounts) == sums_of(listed)
    assert {one.currency: str(one.amount) for one in report.received.amounts} == {
        "EUR": "1032.31",
        "JPY": "5000",
        "USD": "147.00",
    }
    assert {Outcome.CREATED, Outcome.UPDATED, Outcome.HELD, Outcome.REJECTED, Outcome.SKIPPED} == {
        one.outcome for one in report.outcomes
    }
