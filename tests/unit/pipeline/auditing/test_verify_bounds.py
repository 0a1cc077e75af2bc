"""One item that somebody put there, however absurd, is told, and neither stalls verifying nor ends it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from types import FrameType

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.seal import Head, read_head
from ml_connector.pipeline.auditing.faults import Kind
from ml_connector.pipeline.ports_audit import Touched
from tests.unit.pipeline.auditing.books import FLOW, Books
from tests.unit.pipeline.auditing.tampering import an_export

FAR = 9_999_999_999
DEEP = "[" * 200_000


@contextmanager
def soon() -> Iterator[None]:
    def stop(_: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(30)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_an_entry_far_out_is_one_fault_for_all_that_would_be_missing() -> None:
    export = an_export()
    block = export.block(export.record_of(export.rows[0]))
    last = export.line(block[-1])["sequence"]
    export.put(block[-1], sequence=FAR)

    with soon():
        missing = [fault for fault in export.verify().faults if fault.kind is Kind.ENTRY_MISSING]

    assert [(fault.sequence, fault.text) for fault in missing] == [(last, f"entries {last} to {FAR - 1} are missing")]


def test_a_note_of_a_seal_far_out_is_one_fault() -> None:
    export = an_export()
    last = export.manifest["last_seal"]["number"]
    export.manifest["last_seal"]["number"] = FAR

    with soon():
        faults = [(fault.kind, fault.sequence, fault.text) for fault in export.verify().faults]

    assert faults == [(Kind.SEAL_MISSING, last + 1, f"seals {last + 1} to {FAR} are missing")]


def test_a_seal_far_out_is_one_missing_gap_and_no_seal() -> None:
    export = an_export()
    export.seals[FAR] = export.seals[max(export.seals)]

    with soon():
        kinds = [fault.kind for fault in export.verify().faults]

    assert sorted(kinds) == [Kind.SEAL_CHANGED, Kind.SEAL_MISSING]


@pytest.mark.parametrize("sequence", ["1e300", "NaN", '"7"', "null", "[]", "-1", "0", "1" + "0" * 19])
def test_a_number_that_no_entry_can_have_is_told_where_it_stands(sequence: str) -> None:
    export = an_export()
    place = export.entries[3]
    rest = {name: value for name, value in export.line(place).items() if name != "sequence"}
    export.trail[place] = f'{{"sequence": {sequence}, {json.dumps(rest)[1:]}'.encode()

    with soon():
        assert not export.verify().is_whole


@pytest.mark.parametrize("line", [b"[" * 200_000, b'{"clear": "' + DEEP.encode() + b'", "sequence": 3}'])
def test_what_is_nested_too_deeply_is_a_line_that_cannot_be_read(line: bytes) -> None:
    export = an_export()
    export.trail[export.entries[3]] = line

    assert Kind.UNREADABLE in {fault.kind for fault in export.verify().faults}


def test_a_seal_nested_too_deeply_is_a_changed_seal() -> None:
    export = an_export()
    export.seals[3] = [DEEP.encode()]

    assert (Kind.SEAL_CHANGED, 3) in {(fault.kind, fault.sequence) for fault in export.verify().faults}


@pytest.mark.parametrize("sequence", ["10000000000000000000", "10000000000", "0", "-1", "1.5", '"1"', "null"])
def test_a_head_whose_number_no_entry_can_have_is_not_read(sequence: str) -> None:
    with pytest.raises(ValueError, match="number"):
        read_head(f'["{FLOW}/1",{sequence},"hash"]'.encode())


class Forged:
    """Somebody put one more item into the day's index."""

    def __init__(self, books: Books, head: Head) -> None:
        self._real, self._head, self._at = books.audit.trails.touched, head, books.now

    def __call__(self, tenant: str, day: date) -> Iterator[Touched]:
        yield from self._real(tenant, day)
        yield Touched(head=self._head, at=self._at)


@pytest.mark.parametrize(
    "head",
    [
        Head(record=f"{FLOW}/1", sequence=10**19, hash="a"),
        Head(record=f"{FLOW}/1", sequence=0, hash="a"),
        Head(record="no record", sequence=1, hash="a"),
        Head(record=str(replace(FLOW, tenant="globex")) + "/1", sequence=1, hash="a"),
    ],
    ids=["far out", "none", "of nothing", "of another tenant"],
)
def test_what_no_entry_can_be_is_not_signed_and_is_logged(head: Head) -> None:
    books = Books()
    books.write("1", "one", state=State.HELD)
    books.audit.trails.touched = Forged(books, head)  # type: ignore[method-assign]

    books.hours(2)

    assert books.export().verify().is_whole
    assert set(books.world.log.messages("error")) == {"not sealed: no entry of ours"}
