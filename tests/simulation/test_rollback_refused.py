"""P11, P12: a rollback that was asked for and refused stands in the record's trail, once for each refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.records.bill import BillStatus
from ml_connector.pipeline.correcting.undo import Undo
from tests.builders import a_bill
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import (
    APRIL_RUN,
    MARCH_RUN,
    a_month_posted,
    begin,
    of_run,
    planned,
    refusals,
    roll_back,
    run_named,
    undos,
    updated_in_april,
    usd,
)
from tests.simulation.moments import once_on


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.CLOSED])
def test_a_refused_rollback_is_audited_with_the_reason_and_the_person(status: BillStatus) -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=status))

    [entry] = roll_back(world).entries

    [told] = refusals(world)
    assert (told.actor, told.detail["why"]) == ("ann", entry.why)
    assert entry.why in told.text
    assert "posted to the wrong business" in told.text
    assert world.fakes.ledger.broken_links(world.record()) == []


def test_a_rollback_of_what_a_person_changed_or_made_over_again_is_refused_and_audited() -> None:
    changed, again = updated_in_april(), updated_in_april()
    changed.target_has(replace(changed.standing[0], total=usd("111")))

    roll_back(changed)
    roll_back(again, of_run(again, MARCH_RUN))

    assert [event.detail["undoes"] for event in refusals(changed) + refusals(again)] == [None, MARCH_RUN]


def test_the_same_refusal_is_audited_once_and_another_one_anew() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))
    for _ in range(10):
        roll_back(world)
    once = len(refusals(world))
    roll_back(world, of_run(world, MARCH_RUN))

    assert (once, [event.detail["undoes"] for event in refusals(world)]) == (1, [None, MARCH_RUN])


def test_a_rollback_refused_because_a_write_is_under_way_is_audited_and_the_write_ends_well() -> None:
    world = a_month_posted(1)
    world.source_has(a_bill(total="120.00"))
    world.target.hooks.on_before = once_on("system.send", lambda: _asked_meanwhile(world))

    run_named(world, APRIL_RUN)

    [told] = refusals(world)
    assert told.detail["why"] == "a write of it is under way or in doubt: try again once that has settled"
    assert (world.state(), world.bills) == ("posted", [("INV-1", usd("120"))])
    assert world.fakes.ledger.broken_links(world.record()) == []


def _asked_meanwhile(world: InvoiceWorld) -> None:
    assert undos(begin(world)) == {"1": Undo.REFUSE}


def test_a_plan_that_would_refuse_audits_nothing() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))

    planned(world)

    assert refusals(world) == []
