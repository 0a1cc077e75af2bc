from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import CrossReference, Origin, Planned, State, Wanted
from ml_connector.domain.decision import Decision, Hold, Link, Post, Reason, Skip, Void
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.posting import Action
from ml_connector.domain.records.record import digest
from ml_connector.pairs.freshbooks_jaggaer import FLOWS
from ml_connector.pipeline.planning.caution import NO_CAUTION, Caution
from ml_connector.pipeline.planning.holding import Settled
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.planning.settle import TARGET_DIFFERS, settle
from ml_connector.pipeline.ports import Epoch
from tests.builders import a_bill
from tests.fakes.clock import START
from tests.rows import RECORD, a_confirmation, a_planned_row, a_posted_row, a_row, a_row_in_doubt, a_row_in_flight

FLOW = FLOWS[1]
WHY = Reason(code="why", text="for a reason")
BILL = a_bill(marker=RECORD.marker)
AS_PLANNED = Planned(action=Action.CREATE, digest=digest(BILL), source_digest="source")
AS_UPDATE = Planned(action=Action.UPDATE, digest=digest(BILL), source_digest="source")
POST, VOID, SKIP, HOLD, LINK = Post(a_bill()), Void(WHY), Skip(WHY), Hold((WHY,)), Link("B9", WHY)
FORMER = a_confirmation(digest="former")
ADOPTED = a_confirmation(digest="former", origin=Origin.ADOPTED)


@pytest.mark.parametrize(
    ("row", "decision", "state", "action"),
    [
        (a_row(), POST, State.PLANNED, Action.CREATE),
        (a_posted_row(confirmed=FORMER), POST, State.PLANNED, Action.UPDATE),
        (a_posted_row(confirmed=a_confirmation(digest=digest(BILL))), POST, State.POSTED, None),
        (a_posted_row(confirmed=ADOPTED), POST, State.HELD, None),
        (a_posted_row(), VOID, State.PLANNED, Action.VOID),
        (a_posted_row(confirmed=ADOPTED), VOID, State.HELD, None),
        (a_row(), VOID, State.SKIPPED, None),
        (a_row(), SKIP, State.SKIPPED, None),
        (a_posted_row(), SKIP, State.POSTED, None),
        (a_row(), HOLD, State.HELD, None),
        (a_posted_row(), HOLD, State.HELD, None),
        (a_row(), LINK, State.LINKED, None),
        (a_posted_row(), LINK, State.POSTED, None),
    ],
)
def test_what_follows_from_a_decision(
    row: CrossReference, decision: Decision, state: State, action: Action | None
) -> None:
    settled = after(row, decision)

    assert settled.row.state is state
    assert (settled.row.planned.action if settled.row.planned else None) is action


@pytest.mark.parametrize("decision", [POST, VOID, SKIP, HOLD, LINK], ids=lambda decision: type(decision).__name__)
@pytest.mark.parametrize(
    "row", [a_row_in_flight(), a_row_in_doubt(state=State.IN_DOUBT, in_flight=None)], ids=["in flight", "in doubt"]
)
def test_nothing_moves_a_busy_row(row: CrossReference, decision: Decision) -> None:
    assert after(row, decision) == Settled(row=row)


@pytest.mark.parametrize("state", [State.HELD, State.DEAD])
def test_a_person_sends_a_row_in_doubt_back_to_the_look_up(state: State) -> None:
    row = a_row_in_doubt(state=state, in_flight=None)

    settled = after(row, POST, cause=NoticeCause.REPLAYED)

    assert (settled.row.state, settled.row.unsettled, settled.row.n) == (State.PLANNED, row.unsettled, row.n)


@pytest.mark.parametrize("state", [State.REJECTED, State.DEAD, State.HELD])
@pytest.mark.parametrize(
    ("cause", "goes_on"), [(NoticeCause.PUSHED, False), (NoticeCause.RELEASED, False), (NoticeCause.REPLAYED, True)]
)
def test_what_was_given_up_goes_on_by_a_person_only(state: State, cause: NoticeCause, goes_on: bool) -> None:
    row = a_row(state, n=1, planned=AS_PLANNED)

    assert after(row, POST, cause=cause).wants_posting is goes_on


@pytest.mark.parametrize("state", [State.REJECTED, State.DEAD, State.HELD])
@pytest.mark.parametrize(
    "changed",
    [
        {"wanted": Wanted(digest="newer", fetched_at=START)},
        {"planned": Planned(action=Action.CREATE, digest="mapped otherwise", source_digest="source")},
    ],
    ids=["its source changed", "its mapping changed"],
)
def test_what_was_given_up_goes_on_when_something_changed(state: State, changed: dict[str, Any]) -> None:
    row = a_row(state, **{"n": 1, "planned": AS_PLANNED, **changed})

    settled = after(row, POST)

    assert (settled.row.state, settled.row.n) == (State.PLANNED, 2)


def test_planning_the_same_write_twice_changes_nothing() -> None:
    once = after(a_row(), POST).row

    again = after(once, POST)

    assert (again.row, again.events) == (once, ())
    assert again.wants_posting


def test_a_hold_by_a_plan_forgets_what_was_planned() -> None:
    assert after(a_planned_row(), HOLD).row.planned is None


def test_the_same_hold_twice_is_told_once() -> None:
    once = after(a_row(), HOLD)

    again = after(once.row, HOLD)

    assert [event.step for event in once.events] == [Step.HELD]
    assert (again.row, again.events) == (once.row, ())


@pytest.mark.parametrize(("cause", "state"), [(NoticeCause.PUSHED, State.HELD), (NoticeCause.REPLAYED, State.POSTED)])
def test_a_difference_in_the_target_is_accepted_by_a_person_only(cause: NoticeCause, state: State) -> None:
    differs = (Reason(code=TARGET_DIFFERS, text="it differs"),)
    row = a_posted_row(state=State.HELD, reasons=differs, confirmed=a_confirmation(digest=digest(BILL)))

    assert after(row, POST, cause=cause).row.state is state


@pytest.mark.parametrize(
    ("decision", "cause", "state"),
    [
        (POST, NoticeCause.PUSHED, State.REVERSED),
        (POST, NoticeCause.REPLAYED, State.PLANNED),
        (VOID, NoticeCause.REPLAYED, State.REVERSED),
        (SKIP, NoticeCause.REPLAYED, State.REVERSED),
    ],
)
def test_reversed_is_sticky(decision: Decision, cause: NoticeCause, state: State) -> None:
    assert after(a_posted_row(state=State.REVERSED), decision, cause=cause).row.state is state


def test_a_create_after_a_restore_looks_first() -> None:
    settled = after(a_row(), POST, epoch=Epoch(number=2, restored=True))

    doubt = settled.row.unsettled
    assert doubt is not None
    assert (doubt.n, doubt.since, settled.row.epoch) == (settled.row.n, START, 2)
    assert doubt.everywhere


def test_one_that_a_person_may_have_keyed_is_looked_for_where_it_would_be() -> None:
    settled = after(a_row(), POST, caution=Caution(look_first=True))

    doubt = settled.row.unsettled
    assert doubt is not None
    assert not doubt.everywhere


def test_an_update_after_a_restore_does_not() -> None:
    settled = after(a_posted_row(confirmed=FORMER), POST, epoch=Epoch(number=2, restored=True))

    assert (settled.row.unsettled, settled.row.planned) == (None, AS_UPDATE)


def test_a_link_takes_ownership() -> None:
    settled = after(a_row(), LINK)

    assert [(guard.key, guard.owner) for guard in settled.take] == [("B9", str(RECORD))]


def after(
    row: CrossReference,
    decision: Decision,
    *,
    cause: NoticeCause = NoticeCause.PUSHED,
    epoch: Epoch | None = None,
    caution: Caution = NO_CAUTION,
) -> Settled:
    received = Received(id=RECORD, record=a_bill(), stamp="s1", fetched_at=START, cause=cause, run_id="run")
    return settle(FLOW, row, decision, received, now=START, epoch=epoch or Epoch(number=1), caution=caution)
