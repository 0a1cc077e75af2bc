"""P12: what a person had entered before a run wrote is not ours to restore, whoever of both was to win then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ml_connector.domain.codec import encode
from ml_connector.pipeline.correcting.resolve import Resolving, Side
from ml_connector.pipeline.correcting.undo import Undo
from tests.builders import a_bill
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import APRIL_RUN, a_month_posted, of_run, refusals, roll_back, run_named, usd

MAY_RUN = "run-of-may"
CHRISTMAS_EVE = date(2026, 12, 24)


def changed_by_a_person(on_conflict: str) -> InvoiceWorld:
    """100 by the run of March; 111 by a person; 120 at the source by the run of April."""
    world = a_month_posted(1, on_conflict=on_conflict)
    world.target_has(replace(world.standing[0], total=usd("111")))
    world.source_has(a_bill(total="120.00"))
    run_named(world, APRIL_RUN)
    return world


def resolve(world: InvoiceWorld, side: Side) -> None:
    services = world.world.services
    Resolving(services.ports, services.systems).resolve(world.record(), side, actor="ann")
    world.settle()


def refused(world: InvoiceWorld) -> str:
    """The run that wrote last rolled back: it is refused, and the books are as they were."""
    before, sure = list(world.standing), world.row().confirmed
    assert sure is not None
    [entry] = roll_back(world, of_run(world, sure.run or "")).entries
    assert (entry.undo, world.standing) == (Undo.REFUSE, before)
    return entry.why


def test_what_a_person_entered_before_the_run_is_not_replaced_by_older_values_of_ours() -> None:
    world = changed_by_a_person("hold")
    resolve(world, Side.SOURCE)

    why = refused(world)

    assert why.startswith("before this run wrote it, a person had changed it in the target")
    assert [event.detail["why"] for event in refusals(world)] == [why]


def test_what_a_person_said_stands_is_not_replaced_either() -> None:
    world = changed_by_a_person("hold")
    resolve(world, Side.TARGET)
    world.source_has(a_bill(total="130.00"))
    run_named(world, MAY_RUN)
    resolve(world, Side.SOURCE)

    assert world.bills == [("INV-1", usd("130"))]
    assert "a person had changed it" in refused(world)


def test_what_the_source_won_over_is_not_replaced_by_older_values_of_ours() -> None:
    world = changed_by_a_person("source_wins")

    assert world.bills == [("INV-1", usd("120"))]
    assert "are in its history" in refused(world)
    [conflict] = [one.event.detail for one in world.trail() if "found" in one.event.detail]
    assert (conflict["found"]["total"], conflict["writes"]["total"]) == (encode(usd("111")), encode(usd("120")))


def test_a_field_that_a_person_entered_and_that_won_is_not_taken_away() -> None:
    world = a_month_posted(1, on_conflict="target_wins")
    world.target_has(replace(world.standing[0], due_on=CHRISTMAS_EVE))
    world.source_has(a_bill(total="120.00"))
    run_named(world, APRIL_RUN)

    assert "a person had changed it" in refused(world)
    assert world.standing[0].due_on == CHRISTMAS_EVE


def test_the_run_after_that_one_gets_the_values_back_that_it_found() -> None:
    """They are what the run before it wrote, the person's field with them."""
    world = a_month_posted(1, on_conflict="target_wins")
    world.target_has(replace(world.standing[0], due_on=CHRISTMAS_EVE))
    world.source_has(a_bill(total="120.00"))
    run_named(world, APRIL_RUN)
    world.source_has(a_bill(total="130.00"))
    run_named(world, MAY_RUN)

    roll_back(world, of_run(world, MAY_RUN))

    assert (world.bills, world.standing[0].due_on) == ([("INV-1", usd("120"))], CHRISTMAS_EVE)


def test_a_whole_record_is_taken_out_whoever_changed_it_on_the_way() -> None:
    world = changed_by_a_person("source_wins")

    roll_back(world)

    assert world.bills == []
