"""Dead letters give each record its visible state, once, and a person sends them back to work."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import InFlight, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import PostingId, RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.posting import Action
from ml_connector.domain.records.bill import Bill
from ml_connector.pipeline.dead_letters import UNPLANNED, DeadReport
from ml_connector.pipeline.planning.planner import Delivery
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.planning.settle import TARGET_DIFFERS
from ml_connector.pipeline.planning.standing import FOUND_DELETED, ROLLED_BACK, SET_ASIDE
from ml_connector.pipeline.ports_dead import DeadQueue
from ml_connector.pipeline.posting.poster import CRASHED
from tests.fakes.clock import START
from tests.unit.pipeline.morgue import DOUBT, Morgue, a_morgue
from tests.unit.pipeline.office import BILLS


@pytest.fixture
def morgue() -> Morgue:
    return a_morgue()


@pytest.mark.parametrize("state", [State.PLANNED, State.IN_DOUBT, State.POSTING])
def test_a_record_whose_hint_died_is_dead_and_says_why(morgue: Morgue, state: State) -> None:
    record = morgue.office.row("1", state)
    morgue.posting(record)

    assert morgue.run() == DeadReport(letters=1, marked=1)
    row = morgue.office.found(record)
    assert (row.state, row.reasons[0].code) == (State.DEAD, CRASHED)
    assert morgue.told(record) == [(Step.DEAD, "ml-connector")]


def test_what_is_unsettled_survives_the_death(morgue: Morgue) -> None:
    record = morgue.office.row("1", State.POSTING, unsettled=DOUBT, in_flight=_in_flight(until=START))
    morgue.posting(record)

    morgue.run()

    row = morgue.office.found(record)
    assert (row.unsettled, row.in_flight) == (DOUBT, None)


def test_a_record_that_a_worker_has_in_hand_is_left_to_it(morgue: Morgue) -> None:
    record = morgue.office.row("1", State.POSTING, in_flight=_in_flight(until=START + timedelta(minutes=1)))
    morgue.posting(record)

    assert morgue.run().marked == 0
    assert morgue.office.found(record).state is State.POSTING


@pytest.mark.parametrize("state", sorted(set(State) - {State.PLANNED, State.IN_DOUBT, State.POSTING}))
def test_a_dead_hint_does_not_touch_a_record_that_wants_no_posting(morgue: Morgue, state: State) -> None:
    record = morgue.office.row("1", state)
    morgue.posting(record)

    assert morgue.run().marked == 0
    assert morgue.office.found(record).state is state


def test_a_dead_notice_does_not_hide_that_the_target_holds_something_else(morgue: Morgue) -> None:
    """Dead, it would lose its reason; planned again, it would then count as posted with the wrong values."""
    differs = Reason(code=TARGET_DIFFERS, text="the target holds it with other values than were sent: total")
    record = morgue.office.row("1", State.HELD, reasons=(differs,))
    morgue.notice("1")

    assert morgue.run().marked == 0
    assert (morgue.office.found(record).state, morgue.office.found(record).reasons) == (State.HELD, (differs,))


@pytest.mark.parametrize(
    ("state", "code"), [(State.SKIPPED, SET_ASIDE), (State.HELD, ROLLED_BACK), (State.HELD, FOUND_DELETED)]
)
def test_a_dead_notice_does_not_take_back_a_persons_word(morgue: Morgue, state: State, code: str) -> None:
    """Dead, it would be planned anew when the letter is sent back, and be posted a second time."""
    said = Reason(code=code, text="entered by hand")
    record = morgue.office.row("1", state, reasons=(said,))
    morgue.notice("1")

    assert morgue.run().marked == 0
    assert (morgue.office.found(record).state, morgue.office.found(record).reasons) == (state, (said,))


def test_marking_twice_marks_once(morgue: Morgue) -> None:
    record = morgue.office.row("1")
    morgue.posting(record)
    morgue.run()

    assert morgue.run().marked == 0
    assert len(morgue.told(record)) == 1


def test_a_letter_does_not_kill_again_what_was_brought_back_to_life(morgue: Morgue) -> None:
    record = morgue.office.row("1")
    morgue.posting(record)
    morgue.run()
    _revive(morgue, record)

    assert morgue.run().marked == 0
    assert morgue.office.found(record).state is State.PLANNED


def test_a_hint_for_a_record_without_a_row_is_let_be(morgue: Morgue) -> None:
    morgue.posting(RecordId(flow=BILLS, external_id="nobody"))

    assert morgue.run() == DeadReport(letters=1, marked=0)


def test_a_record_that_died_before_it_had_a_row_becomes_visible(morgue: Morgue) -> None:
    morgue.notice("new")

    morgue.run()

    row = morgue.office.found(RecordId(flow=BILLS, external_id="new"))
    assert (row.state, row.reasons[0].code) == (State.DEAD, UNPLANNED)


@pytest.mark.parametrize("state", [State.HELD, State.SKIPPED])
def test_what_only_waited_dies_with_its_notice(morgue: Morgue, state: State) -> None:
    record = morgue.office.row("1", state)
    morgue.notice("1")

    assert morgue.run().marked == 1
    assert morgue.office.found(record).planned is None


@pytest.mark.parametrize("state", [State.POSTED, State.LINKED, State.REVERSED, State.REJECTED, State.PLANNED])
def test_a_dead_notice_does_not_touch_what_is_posted_or_on_its_way(morgue: Morgue, state: State) -> None:
    record = morgue.office.row("1", state)
    morgue.notice("1")

    assert morgue.run().marked == 0
    assert morgue.office.found(record).state is state


def test_a_dead_notice_leaves_a_record_in_doubt_alone(morgue: Morgue) -> None:
    morgue.office.row("1", State.HELD, unsettled=DOUBT)
    morgue.notice("1")

    assert morgue.run().marked == 0


def test_each_record_of_a_notice_gets_its_own_state(morgue: Morgue) -> None:
    morgue.office.row("1", State.POSTED)
    morgue.notice("1", "2", "3")

    assert morgue.run().marked == 2


def test_a_dead_record_is_planned_again_when_its_notice_comes_back(morgue: Morgue) -> None:
    morgue.notice("1")
    morgue.run()

    _plan(morgue, "1")

    assert morgue.office.found(RecordId(flow=BILLS, external_id="1")).state is not State.DEAD


def test_what_cannot_be_read_is_kept_and_its_content_goes_nowhere(morgue: Morgue) -> None:
    morgue.queues.unread[(DeadQueue.POSTING, "m9")] = "secret stuff"

    assert morgue.run().unreadable == 1
    line = morgue.office.world.log.lines[-1]
    assert line.fields == {"message_id": "m9", "queue": "posting", "size": 12}
    assert "secret stuff" not in repr(morgue.office.world.log.lines)


def _in_flight(*, until: object) -> InFlight:
    return InFlight(
        n=1,
        posting_id=PostingId("p"),
        action=Action.CREATE,
        digest="d",
        source_digest="s",
        attempt=1,
        claim="c",
        lease_until=until,  # type: ignore[arg-type]
    )


def _revive(morgue: Morgue, record: RecordId) -> None:
    """As a person's replay does, while the letter still lies in its queue."""
    copy = list(morgue.office.world.postings.dead)
    morgue.redrive(DeadQueue.POSTING)
    morgue.office.world.postings.dead.extend(copy)
    assert morgue.office.found(record).state is State.PLANNED


def _plan(morgue: Morgue, external_id: str) -> None:
    bill = Bill(external_id=external_id, number="I-1", issued_on=date(2026, 3, 1), total=Money(Decimal(5), "USD"))
    received = Received(
        id=RecordId(flow=BILLS, external_id=external_id),
        record=bill,
        stamp=None,
        fetched_at=START,
        cause=NoticeCause.POLLED,
        run_id="r",
    )
    morgue.office.planner.plan(Delivery(flow=BILLS, received=(received,)))
