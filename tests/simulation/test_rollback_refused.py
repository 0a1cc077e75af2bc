"""P11, P12: a rollback that was asked for and refused stands in the record's trail, once for each refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.records.bill import BillStatus
from tests.simulation.correcting import (
    MARCH_RUN,
    a_month_posted,
    of_run,
    planned,
    refusals,
    roll_back,
    updated_in_april,
    usd,
)


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


def test_a_plan_that_would_refuse_audits_nothing() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))

    planned(world)

    assert refusals(world) == []
