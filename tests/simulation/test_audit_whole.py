"""The trail of lives that nobody tampered with is whole, whatever waited, for however long."""

from __future__ import annotations

from datetime import timedelta

from ml_connector.domain.audit import Step
from ml_connector.domain.records.bill import BillStatus
from tests.builders import a_bill, an_invoice_world
from tests.cxml import Doored
from tests.fakes.system import Act
from tests.simulation.sealing import SealedTrail
from tests.simulators.jaggaer import cxml_documents as cxml


def test_a_life_with_every_kind_of_end_verifies() -> None:
    world = an_invoice_world()
    trail = SealedTrail(world.fakes)
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill(), a_bill("2"), a_bill("3", account="no such"), a_bill("4", status=BillStatus.CANCELLED))
    world.poll()
    world.settle()
    trail.hours(2)
    world.target.will(Act.REJECT)
    world.source_has(a_bill(total="120.00"), a_bill("5"))
    world.poll()
    world.settle()
    trail.hours(30)

    findings = trail.verified()

    assert findings.faults == []
    assert findings.records == len(world.fakes.ledger.rows) > 4


def test_an_id_that_a_partner_used_again_days_ago_is_told_under_the_day_on_which_it_is_told() -> None:
    """The document waits for its invoice; only then is there a history to tell it in."""
    world = Doored()
    trail = SealedTrail(world.fakes)
    world.partner.send(cxml.invoice("INV-1"), payload_id="1@hub")
    world.attend()
    world.partner.send(cxml.invoice("INV-1", total="9.00"), payload_id="1@hub")
    reused_at = world.kept[0].reused_at
    trail.hours(24)
    row = world.posted("INV-1")
    for _ in range(4):
        world.fakes.clock.advance(timedelta(minutes=6))
        world.attend()
    trail.hours(30)

    [told] = world.events(row, Step.CONFLICT)

    assert reused_at is not None
    assert told.detail["reused_at"] == reused_at.isoformat()
    assert trail.verified().faults == []
