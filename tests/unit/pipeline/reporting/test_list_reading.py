"""Reading a system patiently: waits are waited out, and what is known is not asked for twice."""

from __future__ import annotations

from datetime import timedelta

from ml_connector.domain.errors import RateLimitedError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Absent, Sought
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.reporting.list_reading import ListReader
from tests.builders import a_bill
from tests.fakes.clock import FakeClock
from tests.fakes.system import FakeSystem


def test_a_look_up_goes_on_behind_what_it_saw_before_a_wait() -> None:
    system, waits = FakeSystem(clock=FakeClock(), looked_up_at_once=1), list[timedelta]()
    system.read_errors.extend([None, RateLimitedError("slow down", retry_after=timedelta(seconds=5))])
    reader = ListReader(
        system=system, kind=RecordKind.BILL, what="bills", pause=waits.append, progress=lambda text: None
    )
    wanted = [Sought(posting_id=PostingId(name), marker=name, record=a_bill(name)) for name in ("1", "2", "3")]

    seen = reader.find(wanted)

    assert (list(seen), waits, system.finds) == ([Absent()] * 3, [timedelta(seconds=5)], 3)
