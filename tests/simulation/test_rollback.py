"""P12: what a run created is taken out, what it updated gets its former values back; audited, and safe to repeat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.bill import BillStatus
from ml_connector.pipeline.correcting.selection import Selection
from ml_connector.pipeline.correcting.undo import Undo
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.fakes.system import Act
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
    undos,
    updated_in_april,
    usd,
)


def test_what_a_run_created_is_taken_out_of_the_target() -> None:
    world = a_month_posted()

    done = roll_back(world, of_run(world, MARCH_RUN))

    assert set(undos(done).values()) == {Undo.VOID}
    assert (world.bills, world.world.states(world.invoices)) == ([], {State.REVERSED: 3})


def test_what_a_run_updated_gets_its_former_values_back() -> None:
    world = updated_in_april()

    done = roll_back(world, of_run(world, APRIL_RUN))

    assert undos(done) == {"1": Undo.RESTORE}
    assert world.bills == [("INV-1", usd("100"))]
    assert (world.state(), world.reasons()) == (State.HELD, ["rolled_back"])


def test_a_run_whose_values_were_written_over_since_is_refused_and_names_the_later_one() -> None:
    world = updated_in_april()

    [entry] = planned(world, of_run(world, MARCH_RUN)).entries

    assert entry.undo is Undo.REFUSE
    assert APRIL_RUN in entry.why


def test_runs_are_rolled_back_one_after_the_other_the_last_first() -> None:
    world = updated_in_april()

    roll_back(world, of_run(world, APRIL_RUN))
    roll_back(world, of_run(world, MARCH_RUN))

    assert (world.bills, world.state()) == ([], State.REVERSED)


def test_a_whole_record_is_taken_out_however_often_it_was_written() -> None:
    world = updated_in_april()

    roll_back(world, Selection(records=(world.record(),)))

    assert (world.bills, world.state()) == ([], State.REVERSED)


def test_only_the_documents_of_the_month_are_rolled_back() -> None:
    world = a_month_posted(1)
    world.source_has(a_bill("2", issued_on=date(2026, 2, 10)))
    world.poll()

    roll_back(world, Selection(flows=(world.invoices,), month="2026-01"))

    assert world.numbers == ["INV-2"]


def test_planning_a_rollback_changes_nothing() -> None:
    world = a_month_posted()
    rows = dict(world.fakes.ledger.rows)

    plan = planned(world)

    assert [entry.payload["action"] for entry in plan.entries] == ["void"] * 3
    assert (world.actions, world.fakes.ledger.rows) == (["create"] * 3, rows)


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.PARTLY_PAID, BillStatus.CLOSED])
def test_a_paid_or_closed_bill_is_refused_with_the_reason_and_left_as_it_was(status: BillStatus) -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=status))

    [entry] = roll_back(world).entries

    assert entry.undo is Undo.REFUSE
    assert "left alone" in entry.why
    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def test_a_bill_that_is_paid_between_plan_and_write_is_held_with_the_reason() -> None:
    world = a_month_posted(1)
    begin(world)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))

    world.settle()

    assert (world.state(), world.reasons(), world.actions) == (State.HELD, ["target_paid"], ["create"])


@pytest.mark.parametrize("policy", ["hold", "source_wins"])
@pytest.mark.parametrize("run_id", [None, APRIL_RUN], ids=["void", "restore"])
def test_what_a_person_changed_since_is_refused_whatever_the_policy(policy: str, run_id: str | None) -> None:
    world = updated_in_april(on_conflict=policy)
    world.target_has(replace(world.standing[0], total=usd("111")))

    [entry] = roll_back(world, Selection(flows=(world.invoices,), run=run_id)).entries

    assert (entry.undo, world.bills) == (Undo.REFUSE, [("INV-1", usd("111"))])


@pytest.mark.parametrize("policy", ["hold", "source_wins"])
def test_a_change_by_a_person_after_the_plan_is_not_overwritten_either(policy: str) -> None:
    world = updated_in_april(on_conflict=policy)
    begin(world, of_run(world, APRIL_RUN))
    world.target_has(replace(world.standing[0], total=usd("111")))

    world.settle()

    assert (world.state(), world.reasons()) == (State.HELD, ["target_conflict"])
    assert world.bills == [("INV-1", usd("111"))]


def test_what_a_person_made_is_not_rolled_back() -> None:
    world = an_invoice_world(vendor=False)
    world.know_name("Acme Paper")
    world.target_has(a_vendor("V1", number="", name="Acme Paper"))
    world.source_has(a_vendor(name="Acme Paper"))
    world.poll(world.vendors)

    [entry] = roll_back(world, Selection(flows=(world.vendors,))).entries

    assert (entry.undo, world.actions) == (Undo.REFUSE, [])


def test_a_bill_that_a_person_deleted_already_counts_as_rolled_back() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.DELETED))

    roll_back(world)

    assert (world.state(), world.reasons(), world.actions) == (State.REVERSED, ["rolled_back"], ["create"])


def test_a_second_rollback_does_nothing() -> None:
    world = a_month_posted()
    chosen = of_run(world, MARCH_RUN)
    roll_back(world, chosen)
    trails = [world.trail(str(n)) for n in (1, 2, 3)]

    done = roll_back(world, chosen)

    assert set(undos(done).values()) == {Undo.NONE}
    assert [world.trail(str(n)) for n in (1, 2, 3)] == trails
    assert world.actions == ["create"] * 3 + ["void"] * 3


def test_a_second_rollback_of_an_update_does_nothing() -> None:
    world = updated_in_april()
    roll_back(world, of_run(world, APRIL_RUN))

    done = roll_back(world, of_run(world, APRIL_RUN))

    assert (undos(done), world.actions) == ({"1": Undo.NONE}, ["create", "update", "update"])


@pytest.mark.parametrize("act", [Act.LOSE_ANSWER, Act.LATE, Act.UNKNOWN, Act.TRANSIENT, Act.NOT_SENT])
def test_a_rollback_gets_there_whatever_becomes_of_its_answer(act: Act) -> None:
    world = a_month_posted(1)
    world.target.will(act)

    roll_back(world)

    assert (world.state(), world.reasons(), world.bills) == (State.REVERSED, ["rolled_back"], [])


@pytest.mark.parametrize("act", [Act.LOSE_ANSWER, Act.LATE])
def test_a_delete_whose_answer_was_lost_is_settled_by_reading_and_not_sent_again(act: Act) -> None:
    world = a_month_posted(1)
    world.target.will(act)

    roll_back(world)

    assert world.actions == ["create", "void"]


@pytest.mark.parametrize("act", [Act.LOSE_ANSWER, Act.UNKNOWN])
def test_former_values_get_there_whatever_becomes_of_the_answer(act: Act) -> None:
    world = updated_in_april()
    world.target.will(act)

    roll_back(world, of_run(world, APRIL_RUN))

    assert (world.bills, world.reasons()) == ([("INV-1", usd("100"))], ["rolled_back"])


@pytest.mark.parametrize("run_id", [None, APRIL_RUN], ids=["void", "restore"])
def test_no_cycle_posts_again_what_was_rolled_back(run_id: str | None) -> None:
    world = updated_in_april()
    roll_back(world, Selection(flows=(world.invoices,), run=run_id))
    bills, state = world.bills, world.state()

    world.source_has(a_bill(total="130.00"))
    world.poll()
    world.poll(full=True)
    world.notice("1", cause=NoticeCause.RELEASED)
    world.settle()

    assert (world.bills, world.state(), world.reasons()) == (bills, state, ["rolled_back"])


@pytest.mark.parametrize("run_id", [None, APRIL_RUN], ids=["void", "restore"])
def test_a_person_brings_back_what_was_rolled_back(run_id: str | None) -> None:
    world = updated_in_april()
    roll_back(world, Selection(flows=(world.invoices,), run=run_id))

    world.person_replays("1")

    assert (world.state(), world.bills) == (State.POSTED, [("INV-1", usd("120"))])
    assert Step.REPLAYED in world.steps()


def test_a_poll_does_not_stop_a_rollback_on_its_way() -> None:
    world = a_month_posted(1)
    begin(world)
    world.fakes.postings.messages.clear()

    world.source_has(a_bill(total="130.00"))
    world.poll()
    world.settle()

    assert (world.state(), world.bills) == (State.REVERSED, [])


def test_a_source_that_shows_the_record_no_more_does_not_stop_a_rollback_on_its_way() -> None:
    world = a_month_posted(1)
    begin(world)
    world.fakes.postings.messages.clear()
    world.source.shelf.records.clear()

    world.notice("1")
    world.ingest_beside()
    world.post_beside()

    assert (world.state(), world.bills) == (State.REVERSED, [])


def test_a_rollback_is_audited_with_the_person_and_the_reason() -> None:
    world = a_month_posted(1)

    done = roll_back(world, of_run(world, MARCH_RUN))

    asked, over = [entry.event for entry in world.trail()][-2:]
    assert (asked.step, asked.actor) == (Step.PLANNED, "ann")
    assert "posted to the wrong business" in asked.text
    assert (asked.detail["undoes"], asked.detail["run"]) == (MARCH_RUN, done.run_id)
    assert over.step is Step.ROLLED_BACK


def test_a_vendor_is_not_taken_away_from_the_bills_that_use_it() -> None:
    world = vendor_and_bill()

    [entry] = roll_back(world, Selection(flows=(world.vendors,))).entries

    assert entry.undo is Undo.REFUSE
    assert "bill INV-1" in entry.why
    assert [event.detail["why"] for event in refusals(world, RecordId(flow=world.vendors, external_id="s1"))] == [
        entry.why
    ]


def test_a_vendor_that_gets_a_bill_after_the_plan_is_held() -> None:
    world = vendor_and_bill()
    bill = world.standing[0]
    roll_back(world)
    begin(world, Selection(flows=(world.vendors,)))
    world.target_has(bill)

    world.settle()

    assert [reason.code for reason in world.row("s1", world.vendors).reasons] == ["in_use"]


def test_a_vendor_is_taken_out_after_its_bills_and_made_anew_by_a_replay() -> None:
    world = vendor_and_bill()
    roll_back(world)
    roll_back(world, Selection(flows=(world.vendors,)))
    assert world.row("s1", world.vendors).state is State.REVERSED

    world.person_replays("s1", flow=world.vendors)
    world.person_replays("1")
    world.settle()

    assert (world.row("s1", world.vendors).state, world.numbers) == (State.POSTED, ["INV-1"])
    assert world.standing[0].vendor.internal_id == "F3"


def test_another_document_may_have_the_number_of_one_that_was_rolled_back() -> None:
    world = a_month_posted(1)
    roll_back(world)

    world.source_has(a_bill("9", number="INV-1"))
    world.poll()

    assert (world.state("9"), world.numbers) == (State.POSTED, ["INV-1"])


def vendor_and_bill() -> InvoiceWorld:
    world = an_invoice_world(vendor=False)
    world.source_has(a_vendor(), a_bill())
    world.poll(world.vendors)
    world.poll()
    assert world.numbers == ["INV-1"]
    return world
