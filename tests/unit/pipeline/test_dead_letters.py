"""Dead letters give each record its visible state, once, and a person sends them back to work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import InFlight, State, Unsettled
from ml_connector.domain.identity import PostingId, RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.posting import Action
from ml_connector.domain.records.bill import Bill
from ml_connector.pipeline.dead_letters import UNPLANNED, DeadLetters, DeadReport
from ml_connector.pipeline.planning.planner import Delivery
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.ports_dead import DeadQueue
from ml_connector.pipeline.posting.poster import CRASHED
from ml_connector.pipeline.redrive import UNREADABLE, Chosen, Redrive, Redriven
from tests.fakes.clock import START
from tests.fakes.dead_letters import FakeDeadLetterQueues
from tests.fakes.queues import Message
from tests.unit.pipeline.office import BILLS, BOOKS, VENDORS, Office

DOUBT = Unsettled(n=1, action=Action.CREATE, digest="d", source_digest="s", since=START)


@dataclass
class Morgue:
    """An office with letters that died."""

    office: Office
    queues: FakeDeadLetterQueues

    def posting(self, record: RecordId, *, key: str = "m1") -> None:
        self.office.world.postings.dead.append(Message(id=key, body=record, group=BOOKS, visible_at=START))

    def notice(self, *external_ids: str, key: str = "n1", attempt: int = 0) -> Notice:
        records = tuple(NoticedRecord(external_id=one) for one in external_ids)
        notice = Notice(flow=BILLS, cause=NoticeCause.POLLED, records=records, run_id="r", attempt=attempt)
        self.office.world.notices.dead.append(Message(id=key, body=notice, group=BOOKS, visible_at=START))
        return notice

    def run(self) -> DeadReport:
        return DeadLetters(self.office.ports, self.office.catalog, self.queues).run()

    def redrive(self, queue: DeadQueue, chosen: Chosen | None = None) -> list[Redriven]:
        return Redrive(self.office.ports, self.queues).run(queue, chosen, actor="ann")

    def told(self, record: RecordId) -> list[tuple[Step, str]]:
        return [(entry.event.step, entry.event.actor) for entry in self.office.world.ledger.trail(record)]


@pytest.fixture
def morgue() -> Morgue:
    office = Office().set_up()
    return Morgue(office, FakeDeadLetterQueues(office.world))


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


def test_a_redriven_posting_is_planned_again_under_the_persons_name(morgue: Morgue) -> None:
    record = morgue.office.row("1", unsettled=DOUBT)
    morgue.posting(record)
    morgue.run()

    done = morgue.redrive(DeadQueue.POSTING)

    row = morgue.office.found(record)
    assert (row.state, row.unsettled, row.reasons) == (State.PLANNED, DOUBT, ())
    assert morgue.told(record)[-1] == (Step.REDRIVEN, "ann")
    assert [(one.message_id, one.sent, one.text) for one in done] == [("m1", True, "sent back: 1 dead")]


def test_a_redriven_letter_is_in_its_queue_and_not_among_the_dead(morgue: Morgue) -> None:
    record = morgue.office.row("1")
    morgue.posting(record)

    morgue.redrive(DeadQueue.POSTING)

    assert morgue.office.world.postings.bodies == [record]
    assert morgue.office.world.postings.dead == []


def test_a_redriven_notice_begins_its_attempts_anew(morgue: Morgue) -> None:
    morgue.notice("1", attempt=8)

    morgue.redrive(DeadQueue.NOTICE)

    assert [notice.attempt for notice in morgue.office.world.notices.bodies] == [0]


def test_redriving_a_notice_does_not_bring_back_what_a_person_reversed(morgue: Morgue) -> None:
    notice = morgue.notice("1")

    morgue.redrive(DeadQueue.NOTICE)

    assert morgue.office.world.notices.bodies[0].cause is notice.cause


def test_an_unreadable_letter_goes_back_as_it_came(morgue: Morgue) -> None:
    morgue.queues.unread[(DeadQueue.NOTICE, "n9")] = "{"

    done = morgue.redrive(DeadQueue.NOTICE, Chosen(reason=UNREADABLE))

    assert morgue.queues.sent_back == ["{"]
    assert done[0].text.startswith("sent back unread")


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen(flow=VENDORS.flow),
        Chosen(tenant="globex"),
        Chosen(reason="attempts_used_up"),
        Chosen(older_than=timedelta(hours=1)),
    ],
    ids=["flow", "tenant", "reason", "age"],
)
def test_only_what_was_chosen_is_redriven(morgue: Morgue, chosen: Chosen) -> None:
    morgue.posting(morgue.office.row("1"))
    morgue.run()

    assert morgue.redrive(DeadQueue.POSTING, chosen) == []
    assert len(morgue.office.world.postings.dead) == 1


@pytest.mark.parametrize(
    "chosen",
    [Chosen(flow=str(BILLS)), Chosen(tenant="acme"), Chosen(reason=CRASHED), Chosen(older_than=timedelta())],
    ids=["flow", "tenant", "reason", "age"],
)
def test_what_fits_the_choice_is_redriven(morgue: Morgue, chosen: Chosen) -> None:
    morgue.posting(morgue.office.row("1"))
    morgue.run()

    assert len(morgue.redrive(DeadQueue.POSTING, chosen)) == 1


def test_looking_changes_nothing(morgue: Morgue) -> None:
    record = morgue.office.row("1")
    morgue.posting(record)

    letters = Redrive(morgue.office.ports, morgue.queues).look(DeadQueue.POSTING)

    assert [letter.id for letter in letters] == ["m1"]
    assert morgue.told(record) == []


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
