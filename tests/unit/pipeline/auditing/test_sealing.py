"""Seals: when they are made, what they cover, and that nothing that happens on the way loses or replaces one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from ml_connector.domain.errors import RejectedError, TransientError
from ml_connector.domain.seal import Head, Seal, SealKind, read_head, read_seal, stored_seal
from tests.fakes.audit import is_signed
from tests.fakes.clock import START, FakeDeadline
from tests.unit.pipeline.auditing.books import TENANT, Books


def sealed(books: Books, number: int) -> tuple[Seal, list[Head]]:
    first, *rest = books.audit.seals.get(TENANT, number).splitlines()
    seal, signature = read_seal(first)
    assert is_signed(seal.signed_bytes, signature)
    return seal, [read_head(line) for line in rest]


def test_the_first_seal_is_made_at_once() -> None:
    books = Books()

    assert (books.seal(), books.seal()) == (1, 0)
    assert sealed(books, 1)[0].since == START


def test_a_checkpoint_follows_each_hour_and_covers_what_was_touched_since() -> None:
    books = Books()
    books.write("1", "one")
    books.later(hours=2)
    books.seal()
    row = books.write("2", "two", "three")
    books.later(hours=1, minutes=1)
    books.seal()

    seal, heads = sealed(books, 2)

    assert (seal.kind, seal.until) == (SealKind.CHECKPOINT, books.now - timedelta(minutes=20))
    assert heads == [Head(record=str(row.record), sequence=2, hash=row.audit_head)]


def test_nothing_is_sealed_more_often_than_each_hour() -> None:
    books = Books()
    books.seal()
    made = []
    for _ in range(180):
        books.later(minutes=1)
        made.append(books.seal())

    assert sum(made) == 2


def test_a_day_that_is_over_is_sealed_as_a_whole_before_anything_else() -> None:
    books = Books()
    books.write("1", "one")
    books.later(hours=1)
    books.seal()
    books.write("2", "two")
    books.later(hours=15)

    books.seal()

    seal, heads = sealed(books, 2)
    assert (seal.kind, str(seal.since.date())) == (SealKind.DAY, "2026-03-02")
    assert [head.record[-1] for head in heads] == ["1", "2"]


def test_a_day_is_not_sealed_before_its_last_entries_can_have_been_written() -> None:
    books = Books()
    books.seal()
    books.later(hours=15, minutes=19)
    books.seal()

    assert [sealed(books, number)[0].kind for number in books.audit.seals.numbers(TENANT)] == [SealKind.CHECKPOINT] * 2


def test_days_on_which_nobody_sealed_are_sealed_each_by_itself() -> None:
    books = Books()
    books.seal()
    books.later(days=3)

    assert books.seal() == 4
    assert [sealed(books, number)[0].kind for number in range(2, 6)] == [SealKind.DAY] * 3 + [SealKind.CHECKPOINT]


def test_each_seal_follows_from_the_one_before_it() -> None:
    books = Books()
    for _ in range(30):
        books.later(hours=1)
        books.seal()
    chain = [sealed(books, number)[0] for number in books.audit.seals.numbers(TENANT)]

    assert [one.number for one in chain] == list(range(1, len(chain) + 1))
    assert [one.previous for one in chain[1:]] == [one.hash for one in chain[:-1]]
    assert all(after.since <= before.until <= after.until for before, after in pairwise(chain))


def test_a_seal_that_was_made_and_not_noted_is_found_again() -> None:
    books = Books()
    books.seal()
    noted = dict(books.audit.trails.noted)
    books.later(hours=2)
    books.seal()
    stored = dict(books.audit.seals.stored)
    books.audit.trails.noted = noted

    books.seal()

    assert books.audit.seals.stored == stored
    assert books.audit.trails.noted[TENANT].number == 2


def test_what_stands_where_a_seal_belongs_and_is_none_of_ours_stops_sealing() -> None:
    books = Books()
    books.seal()
    alien, _ = sealed(books, 1)
    books.audit.seals.stored[TENANT, 2] = b'{"seal":{},"signature":""}\n'
    books.audit.seals.stored[TENANT, 3] = books.audit.seals.stored[TENANT, 1]
    books.later(hours=4)

    with pytest.raises(RejectedError, match="where seal 2 of acme belongs"):
        books.seal()
    assert alien.number == 1
    assert books.sealer().is_late(TENANT)


def test_a_seal_that_somebody_made_for_the_future_does_not_keep_us_from_sealing_unseen() -> None:
    books = Books()
    books.seal()
    first, _ = sealed(books, 1)
    future = replace(first, number=2, previous=first.hash, until=books.now + timedelta(days=365))
    books.audit.seals.put(TENANT, 2, stored_seal(future, [], b"no signature"))
    books.later(hours=4)

    with pytest.raises(RejectedError):
        books.seal()
    assert books.sealer().is_late(TENANT)


def test_sealing_that_failed_is_caught_up_with() -> None:
    books = Books()
    books.seal()
    books.audit.signer.broken = True
    books.later(hours=2)
    with pytest.raises(TransientError):
        books.seal()

    books.audit.signer.broken = False

    assert books.seal() == 1


def test_seals_are_late_when_the_newest_is_over_three_hours_old() -> None:
    books = Books()
    books.seal()
    sealer = books.sealer()
    books.later(hours=3, minutes=20)
    early = sealer.is_late(TENANT)
    books.later(minutes=1)

    assert (early, sealer.is_late(TENANT)) == (False, True)


def test_where_time_is_short_the_next_run_goes_on() -> None:
    books = Books()
    books.seal()
    books.later(days=3)
    short = FakeDeadline(books.world.clock, default=timedelta(seconds=20))

    assert books.sealer().seal(TENANT, short) == 0
    assert books.seal() == 4


def test_a_process_that_knows_its_last_seal_asks_for_it_once_an_hour() -> None:
    books = Books()
    sealer, deadline = books.sealer(), FakeDeadline(books.world.clock)
    sealer.seal(TENANT, deadline)
    reads = books.audit.trails.reads["last_seal"]
    for _ in range(59):
        books.later(minutes=1)
        sealer.seal(TENANT, deadline)

    assert books.audit.trails.reads["last_seal"] == reads
