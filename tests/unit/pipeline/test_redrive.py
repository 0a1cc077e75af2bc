"""A person sends dead letters back: chosen ones only, under that person's name, and each told of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import RecordId
from ml_connector.pipeline.ports import Change, MovedError, Ports
from ml_connector.pipeline.ports_dead import DeadQueue
from ml_connector.pipeline.posting.poster import CRASHED
from ml_connector.pipeline.redrive import UNREADABLE, Chosen, NoSuchLetterError, Redrive
from tests.unit.pipeline.morgue import DOUBT, Morgue, a_morgue
from tests.unit.pipeline.office import BILLS, VENDORS


@pytest.fixture
def morgue() -> Morgue:
    return a_morgue()


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


def test_an_unreadable_letter_is_not_redriven_along_with_others(morgue: Morgue) -> None:
    morgue.queues.unread[(DeadQueue.NOTICE, "n9")] = "{"

    assert morgue.redrive(DeadQueue.NOTICE) == []


def test_an_unreadable_letter_that_is_put_aside_is_kept_with_the_reason_and_gone_from_its_queue(morgue: Morgue) -> None:
    morgue.queues.unread[(DeadQueue.NOTICE, "n9")] = "{"

    Redrive(morgue.office.ports, morgue.queues).put_aside("n9", actor="ann", reason="not ours")

    kept = morgue.queues.kept["n9"]
    assert (kept["body"], kept["by"], kept["reason"], kept["act"]) == ("{", "ann", "not ours", "put aside")
    assert (morgue.queues.unread, morgue.queues.sent_back) == ({}, [])


def test_an_unreadable_letter_that_is_sent_back_is_kept_as_well(morgue: Morgue) -> None:
    morgue.queues.unread[(DeadQueue.POSTING, "n9")] = "{"

    Redrive(morgue.office.ports, morgue.queues).resend("n9", actor="ann", reason="mended")

    assert (morgue.queues.sent_back, morgue.queues.kept["n9"]["act"]) == (["{"], "sent back")


def test_a_letter_that_can_be_read_is_not_put_aside(morgue: Morgue) -> None:
    morgue.posting(morgue.office.row("1"))

    with pytest.raises(NoSuchLetterError):
        Redrive(morgue.office.ports, morgue.queues).put_aside("m1", actor="ann", reason="away")

    assert len(morgue.office.world.postings.dead) == 1


def test_each_letter_is_told_of_with_what_became_of_its_records(morgue: Morgue) -> None:
    """One record died of its letter, one was posted meanwhile, one has no row yet; the last letter has no record."""
    morgue.office.row("1", planned=None)
    morgue.notice("1", key="n1")
    morgue.run()
    morgue.office.row("2", state=State.POSTED)
    morgue.notice("1", "2", "3", key="n2")
    morgue.notice(key="n3")

    done = morgue.redrive(DeadQueue.NOTICE)

    assert [(one.message_id, one.sent, one.text, len(one.records)) for one in done] == [
        ("n1", True, "sent back: 1 dead", 1),
        ("n2", True, "sent back: 1 dead, 2 not dead any more", 3),
        ("n3", True, "sent back: a poll goes on where it stopped", 0),
    ]


def test_every_record_of_a_letter_is_audited_and_only_a_crashed_one_changes_its_state(morgue: Morgue) -> None:
    posted = morgue.office.row("2", state=State.POSTED)
    morgue.notice("2")

    morgue.redrive(DeadQueue.NOTICE)

    assert morgue.told(posted) == [(Step.REDRIVEN, "ann")]
    assert morgue.office.found(posted).state is State.POSTED


def test_a_letter_without_a_record_that_we_know_is_audited_in_the_journal(morgue: Morgue) -> None:
    morgue.notice(key="n3")
    morgue.notice("nobody knows", key="n4")

    morgue.redrive(DeadQueue.NOTICE)

    entries = morgue.office.world.journal.entries(BILLS.tenant)
    assert [(one.step, one.actor, one.subject) for one in entries] == [(Step.REDRIVEN, "ann", str(BILLS))] * 2
    assert [one.text.split()[1] for one in entries] == ["n3", "n4"]


def test_a_record_that_a_worker_has_in_hand_is_left_to_it(morgue: Morgue) -> None:
    record = morgue.office.row("1", state=State.IN_DOUBT, unsettled=DOUBT)
    before = morgue.office.found(record)
    morgue.posting(record)

    done = morgue.redrive(DeadQueue.POSTING)

    assert (morgue.office.found(record), done[0].sent) == (before, True)


def test_a_letter_that_could_not_be_audited_stays_dead_and_is_told_as_such(morgue: Morgue) -> None:
    """One whose record keeps moving; the next letter goes all the same."""
    first, second = morgue.office.row("1"), morgue.office.row("2")
    morgue.posting(first, key="m1")
    morgue.posting(second, key="m2")
    morgue.run()

    done = Redrive(_moving(morgue, first), morgue.queues).run(DeadQueue.POSTING, actor="ann")

    assert [(one.message_id, one.sent) for one in done] == [("m1", False), ("m2", True)]
    assert done[0].text.startswith("not sent back, it stays a dead letter")
    assert [message.id for message in morgue.office.world.postings.dead] == ["m1"]


def _moving(morgue: Morgue, record: RecordId) -> Ports:
    """The office's ports, with somebody who is always faster for this record."""
    ports = morgue.office.ports

    class Moving:
        def __getattr__(self, name: str) -> Any:
            return getattr(ports.ledger, name)

        def commit(self, change: Change) -> CrossReference:
            if change.after.record == record:
                raise MovedError(str(record))
            return ports.ledger.commit(change)

    return replace(ports, ledger=cast(Any, Moving()))
