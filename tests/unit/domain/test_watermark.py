from __future__ import annotations

from datetime import timedelta

from ml_connector.domain.watermark import PollProgress
from tests.fakes.clock import START

OVERLAP = timedelta(hours=2)


def test_a_first_pass_reads_everything() -> None:
    progress = PollProgress().begin(START, full=False)

    assert (progress.pass_since, progress.pass_full) == (None, True)


def test_a_pass_ends_with_the_mark_at_its_own_beginning_minus_the_overlap() -> None:
    progress = PollProgress().begin(START, full=False).page_done(resume=None, seen=3, passed_on=2)

    finished = progress.finish(START + timedelta(hours=1), overlap=OVERLAP)

    assert (finished.since, finished.pass_began, finished.resume) == (START - OVERLAP, None, None)
    assert (finished.last_full, finished.last_finished) == (START, START + timedelta(hours=1))


def test_pages_do_not_move_the_mark() -> None:
    progress = PollProgress(since=START).begin(START, full=False)

    paged = progress.page_done(resume="2", seen=5, passed_on=1).page_done(resume="3", seen=5, passed_on=0)

    assert (paged.since, paged.resume, paged.pages, paged.seen, paged.passed_on) == (START, "3", 2, 10, 1)


def test_an_unfinished_pass_goes_on_as_it_began() -> None:
    unfinished = PollProgress(since=START).begin(START, full=False).page_done(resume="2", seen=5, passed_on=1)

    assert unfinished.begin(START + timedelta(days=1), full=False) == unfinished


def test_a_full_pass_ignores_the_mark_and_says_when_it_was() -> None:
    progress = PollProgress(since=START).begin(START + OVERLAP, full=True)

    assert progress.pass_since is None
    assert progress.finish(START + OVERLAP, overlap=OVERLAP).last_full == START + OVERLAP


def test_an_incremental_pass_keeps_the_date_of_the_last_full_one() -> None:
    progress = PollProgress(since=START, last_full=START).begin(START + OVERLAP, full=False)

    assert progress.finish(START + OVERLAP, overlap=OVERLAP).last_full == START
