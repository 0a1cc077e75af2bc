"""When a seal was made counts: whoever stalls sealing, or has seals made again, has old history signed; it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.audit import GENESIS, entry_hash, header
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.identity import RecordId
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.auditing.faults import Kind
from tests.fakes.clock import FakeDeadline
from tests.fakes.ledger import _Kept
from tests.unit.pipeline.auditing.books import FLOW, TENANT, Books
from tests.unit.pipeline.auditing.tampering import kinds

RECORD = RecordId(flow=FLOW, external_id="1")


def days(books: Books, number: int) -> Books:
    """With an entry and a seal each hour."""
    for hour in range(24 * number):
        books.write("1", f"entry of hour {hour}", state=State.HELD)
        books.later(hours=1)
        books.seal()
    return books


def rewrite(books: Books, place: int) -> None:
    """By somebody who may write to the tables: another text, and every hash after it and the row made to fit."""
    kept = dict(books.world.ledger.kept_entries())[RECORD]
    previous = GENESIS
    for number, one in enumerate(kept, start=1):
        event = replace(one.entry.event, text="rewritten") if number == place else one.entry.event
        clear = canonical(header(RECORD, number, event, one.entry.state))
        hashed = entry_hash(previous, clear, one.sealed)
        kept[number - 1] = _Kept(
            entry=replace(one.entry, event=event, previous=previous, hash=hashed), sealed=one.sealed
        )
        previous = hashed
    books.world.ledger.rows[RECORD] = replace(books.world.ledger.rows[RECORD], audit_head=previous)


def into_the_future(books: Books) -> None:
    noted = books.audit.trails.noted
    noted[TENANT] = replace(noted[TENANT], until=books.now + timedelta(days=3650))


def test_a_note_moved_into_the_future_stops_nothing() -> None:
    books = days(Books(), 2)
    into_the_future(books)

    books.later(hours=2)

    assert books.seal() == 1
    assert not books.sealer().is_late(TENANT)


def test_a_note_in_the_future_that_nothing_was_sealed_after_is_late() -> None:
    books = days(Books(), 1)
    into_the_future(books)

    assert books.sealer().is_late(TENANT)


def test_a_note_that_names_a_seal_that_is_not_in_the_bucket_stops_sealing_and_is_late_at_once() -> None:
    books = days(Books(), 1)
    sealer = books.sealer()
    del books.audit.seals.stored[TENANT, books.audit.trails.noted[TENANT].number]
    books.later(hours=2)

    with pytest.raises(RejectedError, match="noted as the newest, is not in the bucket"):
        sealer.seal(TENANT, FakeDeadline(books.world.clock))
    assert sealer.is_late(TENANT)


def test_a_note_that_was_put_right_again_is_sealed_after_as_before() -> None:
    books = days(Books(), 1)
    sealer, noted = books.sealer(), dict(books.audit.trails.noted)
    books.audit.trails.noted[TENANT] = replace(noted[TENANT], hash="another")
    with pytest.raises(RejectedError):
        sealer.seal(TENANT, FakeDeadline(books.world.clock))

    books.audit.trails.noted = noted
    books.later(hours=1)
    sealer.seal(TENANT, FakeDeadline(books.world.clock))

    assert not sealer.is_late(TENANT)
    assert books.export().verify().is_whole


def test_what_was_rewritten_while_sealing_was_kept_from_going_on_is_told() -> None:
    books = days(Books(), 2)
    for hour in range(9 * 24):
        books.write("1", f"hour {hour}, and nothing is sealed", state=State.HELD)
        books.later(hours=1)
    rewrite(books, 60)
    books.seal()

    findings = books.export().verify()

    assert kinds(findings) == {Kind.SEALED_LATE}
    assert (len(findings.faults), findings.faults[0].sequence) == (10, 49)


def test_seals_hidden_and_made_again_over_another_history_are_told() -> None:
    """Their locked versions stay behind delete markers; upkeep itself signs what stands in the tables by then."""
    books = days(Books(), 5)
    rewrite(books, 10)
    books.audit.seals.stored.clear()
    books.audit.trails.noted.clear()
    books.seal()

    findings = books.export().verify()

    told = [(fault.kind, fault.where, fault.sequence) for fault in findings.faults]
    assert told == [(Kind.SEALED_LATE, "seals/0000000001.jsonl", 1)]


def test_the_last_seals_hidden_and_made_again_are_told() -> None:
    books = days(Books(), 3)
    rewrite(books, 60)
    for number in range(30, 76):
        books.audit.seals.stored.pop((TENANT, number), None)
    books.audit.trails.noted.clear()
    books.seal()

    told = {(fault.kind, fault.sequence) for fault in books.export().verify().faults}

    assert (Kind.SEALED_LATE, 30) in told


def test_a_seal_a_little_late_is_no_fault() -> None:
    books = days(Books(), 1)
    books.later(hours=2)
    books.seal()

    assert books.export().verify().is_whole


def test_an_outage_of_upkeep_stays_told() -> None:
    books = days(Books(), 1)
    books.later(hours=5)
    books.hours(48)

    [fault] = books.export().verify().faults

    assert (fault.kind, fault.sequence) == (Kind.SEALED_LATE, 25)


def test_an_entry_added_under_an_old_date_stays_told_when_its_record_is_touched_again() -> None:
    """What is written next follows from it, and the next seal has both: that one proves nothing of three days ago."""
    books = days(Books(), 1)
    books.write("2", "received")
    books.hours(72)
    books.world.clock._now -= timedelta(days=3)
    added = books.write("2", "as if it had been approved that day", state=State.HELD)
    books.world.clock._now += timedelta(days=3)
    books.write("2", "a step of ours", state=State.HELD)
    books.hours(48)

    faults = [(fault.kind, fault.where, fault.sequence) for fault in books.export().verify().faults]

    assert faults == [(Kind.ENTRY_BACKDATED, str(added.record), added.audit_sequence)]


def test_an_entry_that_was_written_a_quarter_of_an_hour_after_its_date_is_no_fault() -> None:
    """By a function at its time limit, around the end of a seal: the seal waits for it."""
    books = days(Books(), 1)
    books.later(minutes=40)
    books.world.clock._now -= timedelta(minutes=15)
    books.write("2", "received")
    books.world.clock._now += timedelta(minutes=15)
    books.hours(48)

    assert books.export().verify().is_whole
