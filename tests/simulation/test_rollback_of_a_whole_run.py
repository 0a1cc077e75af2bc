"""P12: a rollback of a run leaves nothing out unsaid: what is in doubt, still to come, or written twice."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.pipeline.correcting.undo import Undo
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import (
    APRIL_RUN,
    MARCH_RUN,
    a_month_posted,
    of_run,
    planned,
    refusals,
    roll_back,
    undos,
    updated_in_april,
    usd,
)


def read_by(world: InvoiceWorld, run_id: str) -> None:
    """The run has read and planned; nothing is sent yet."""
    world.world.services.poller.run(world.invoices, run_id=run_id, deadline=world.world.deadline(), full=False)
    world.ingest_beside()


def delivered_again(world: InvoiceWorld, run_id: str) -> None:
    """By the queue, or from the dead letters: the run's notice comes once more."""
    noticed = (NoticedRecord(external_id="1"),)
    world.fakes.notices.send([Notice(flow=world.invoices, cause=NoticeCause.POLLED, records=noticed, run_id=run_id)])
    world.settle()


def newer_under_way() -> InvoiceWorld:
    """The run of April reads 120.00 while the create of March is on its way."""
    world = an_invoice_world()
    world.source_has(a_bill())
    read_by(world, MARCH_RUN)

    def meanwhile(bill: Any) -> Any:
        world.target.alters = lambda same: same
        world.source_has(a_bill(total="120.00"))
        read_by(world, APRIL_RUN)
        return bill

    world.target.alters = meanwhile
    world.post_beside()
    return world


def test_a_create_of_the_run_that_is_in_doubt_is_in_the_plan_and_refused() -> None:
    world = a_month_posted(1)
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill("2"))
    read_by(world, APRIL_RUN)
    world.post_beside("2")

    [entry] = roll_back(world, of_run(world, APRIL_RUN)).entries

    assert (entry.record, entry.undo) == (world.record("2"), Undo.REFUSE)
    assert entry.why == "a write of it is under way or in doubt: try again once that has settled"
    assert [event.detail["undoes"] for event in refusals(world, entry.record)] == [APRIL_RUN]


def test_a_create_in_doubt_that_waits_for_a_person_says_what_to_do() -> None:
    world = a_month_posted(1)
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill("2"))
    read_by(world, APRIL_RUN)
    world.post_beside("2")
    world.bury("2")

    [entry] = planned(world, of_run(world, APRIL_RUN)).entries

    assert (world.state("2"), entry.undo) == (State.DEAD, Undo.REFUSE)
    assert "release it, and roll it back when it is settled" in entry.why


@pytest.mark.parametrize("total", ["100.00", "120.00"], ids=["creates", "an update too"])
def test_what_the_run_has_still_to_send_is_in_the_plan_and_refused(total: str) -> None:
    world = a_month_posted(1)
    world.source_has(a_bill(total=total), a_bill("2"), a_bill("3"))
    read_by(world, APRIL_RUN)

    plan = planned(world, of_run(world, APRIL_RUN))

    assert set(undos(plan)) == {"2", "3"} | ({"1"} if total == "120.00" else set())
    assert set(undos(plan).values()) == {Undo.REFUSE}
    assert {entry.why.split(",")[0] for entry in plan.entries} == {
        "this run planned a write of it that is not sent yet"
    }


def test_once_it_is_sent_the_run_is_rolled_back_as_it_was_told() -> None:
    world = a_month_posted(1)
    world.source_has(a_bill("2"), a_bill("3"))
    read_by(world, APRIL_RUN)
    roll_back(world, of_run(world, APRIL_RUN))

    roll_back(world, of_run(world, APRIL_RUN))

    assert world.numbers == ["INV-1"]


def test_what_another_run_has_still_to_send_is_none_of_this_one() -> None:
    world = a_month_posted(1)
    world.source_has(a_bill("2"))
    read_by(world, APRIL_RUN)

    assert undos(planned(world, of_run(world, MARCH_RUN))) == {"1": Undo.VOID}


def test_a_version_that_was_read_while_an_older_one_was_under_way_is_of_the_run_that_read_it() -> None:
    world = newer_under_way()
    world.settle()
    row = world.row()

    roll_back(world, of_run(world, APRIL_RUN))

    assert row.confirmed is not None
    assert (row.confirmed.run, row.confirmed.updates) == (APRIL_RUN, 1)
    assert world.bills == [("INV-1", usd("100"))]


def test_a_version_that_waits_for_an_older_one_is_in_the_plan_of_its_run() -> None:
    world = newer_under_way()

    [entry] = planned(world, of_run(world, APRIL_RUN)).entries

    assert (entry.undo, world.state()) == (Undo.REFUSE, State.PLANNED)


def test_a_version_whose_message_was_lost_on_the_way_is_still_of_the_run_that_read_it() -> None:
    world = newer_under_way()
    world.fakes.notices.messages.clear()

    world.later(hours=1)
    world.settle()

    sure = world.row().confirmed
    assert sure is not None
    assert (sure.run, world.bills) == (APRIL_RUN, [("INV-1", usd("120"))])


def test_what_a_run_wrote_twice_is_undone_at_once() -> None:
    world = a_month_posted(1)
    world.source_has(a_bill(total="120.00"))
    delivered_again(world, MARCH_RUN)
    assert world.bills == [("INV-1", usd("120"))]

    roll_back(world, of_run(world, MARCH_RUN))

    assert world.bills == []


def test_what_a_run_brought_up_to_date_twice_gets_back_what_was_there_before_the_run() -> None:
    world = updated_in_april()
    world.source_has(a_bill(total="130.00"))
    delivered_again(world, APRIL_RUN)

    roll_back(world, of_run(world, APRIL_RUN))
    again = roll_back(world, of_run(world, APRIL_RUN))

    assert (world.bills, undos(again)) == ([("INV-1", usd("100"))], {"1": Undo.NONE})


def test_a_run_that_another_one_wrote_after_names_that_one_though_it_wrote_last_itself() -> None:
    world = updated_in_april()
    world.source_has(a_bill(total="130.00"))
    delivered_again(world, MARCH_RUN)

    [entry] = planned(world, of_run(world, MARCH_RUN)).entries

    assert (entry.undo, f"by run {APRIL_RUN}" in entry.why) == (Undo.REFUSE, True)
