from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ml_connector.domain.crossreference import Wanted
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.record import digest
from ml_connector.pipeline.planning.receive import Received, is_stale, with_version
from tests.builders import a_bill
from tests.fakes.clock import START
from tests.rows import RECORD, a_row

ROW = a_row(wanted=Wanted(digest=digest(a_bill()), fetched_at=START, stamp="s1"))


@pytest.mark.parametrize(("seconds", "stale"), [(-1, True), (0, False), (1, False)])
def test_a_version_whose_read_began_earlier_is_stale(seconds: int, stale: bool) -> None:
    assert is_stale(ROW, received(a_bill(total="9.00"), at=START + timedelta(seconds=seconds))) is stale


@pytest.mark.parametrize(("total", "stale"), [("100.00", False), ("9.00", True)])
def test_a_stored_version_is_planned_again_only_while_it_is_the_newest(total: str, stale: bool) -> None:
    again = replace(received(a_bill(total=total), at=START + timedelta(days=1)), again=True)

    assert is_stale(ROW, again) is stale


def test_new_content_is_told_once() -> None:
    row, events = with_version(a_row(), received(a_bill()), now=START)

    _, again = with_version(row, received(a_bill(), at=START + timedelta(seconds=1)), now=START)

    assert (len(events), again) == (1, [])


def test_a_version_that_waited_in_the_queue_for_days_is_dated_when_it_is_written_down() -> None:
    """An entry under the date on which it was read would be told as backdated: seals of that day do not know it."""
    later = START + timedelta(days=2)

    _, [event] = with_version(a_row(), received(a_bill(), at=START), now=later)

    assert (event.at, event.detail["read"]) == (later, START.isoformat())


def test_the_row_shows_what_lists_need() -> None:
    row, _ = with_version(a_row(number=None), received(a_bill(buyer_number="J-1")), now=START)

    assert (row.number, row.other_number, str(row.amount), row.month) == ("INV-1", "J-1", "100.00 USD", "2026-01")


def received(bill: Bill, *, at: datetime = START) -> Received:
    return Received(id=RECORD, record=bill, stamp="s2", fetched_at=at, cause=NoticeCause.PUSHED, run_id="run")
