"""Any single tampering with an entry is found, and located: changed, removed, moved, added, or cut off."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.audit import entry_hash
from ml_connector.domain.crossreference import State
from ml_connector.pipeline.auditing.faults import Kind
from tests.unit.pipeline.auditing.books import three_days
from tests.unit.pipeline.auditing.tampering import PLACES, an_export, chosen, is_new, kinds, located, rewrite_from


def test_a_trail_that_nobody_touched_is_whole() -> None:
    export = an_export()
    findings = export.verify()

    assert (findings.is_whole, findings.faults) == (True, [])
    assert (findings.records, findings.entries) == (5, len(export.entries))
    assert findings.seals == len(export.seals) > 50


def test_what_was_written_since_the_last_seal_is_no_fault() -> None:
    books = three_days()
    books.write("new", "a record that no seal knows yet", state=State.HELD)

    assert books.export().verify().is_whole


@given(number=PLACES, position=PLACES, field=st.sampled_from(["clear", "sealed", "hash", "previous"]))
def test_a_changed_entry_is_found_where_it_stands(number: int, position: int, field: str) -> None:
    export = an_export()
    place = chosen([place for place in export.entries if export.line(place)[field]], number)
    line, record = export.line(place), export.record_of(place)
    text = line[field]
    at = position % len(text)
    other = next(letter for letter in "0aA" if letter != text[at])
    export.put(place, **{field: text[:at] + other + text[at + 1 :]})

    findings = export.verify()

    found = {place for where, place in located(findings) if where == record}
    unreadable = {fault.where for fault in findings.faults if fault.kind is Kind.UNREADABLE}
    assert found & {line["sequence"], line["sequence"] + 1} or f"line {place + 1} of the trail" in unreadable


@given(number=PLACES, text=st.text(min_size=1, max_size=20))
def test_an_entry_rewritten_with_a_hash_that_fits_is_found(number: int, text: str) -> None:
    """By whoever may write to the table and knows how entries are made: the next one, or the row, gives it away."""
    export = an_export()
    place = chosen(export.entries, number)
    line = export.line(place)
    clear = json.dumps({**json.loads(line["clear"]), "text": f"{text}, which nobody wrote"})
    export.put(place, clear=clear, hash=entry_hash(line["previous"], clear.encode(), b""), sealed="")

    findings = export.verify()

    assert {(export.record_of(place), line["sequence"]), (export.record_of(place), line["sequence"] + 1)} & located(
        findings
    )


@given(number=PLACES)
def test_a_chain_rewritten_to_its_end_with_its_row_is_found_by_the_seals(number: int) -> None:
    export = an_export()
    sealed = [place for place in export.entries if not is_new(export, place)]
    place = chosen(sealed, number)
    record = export.record_of(place)

    rewrite_from(export, place)

    findings = export.verify()
    assert kinds(findings) == {Kind.ENTRY_NOT_AS_SEALED}
    assert min(fault.sequence or 0 for fault in findings.faults) == export.line(place)["sequence"]
    assert {fault.where for fault in findings.faults} == {record}


@given(number=PLACES)
def test_a_removed_entry_is_found_by_its_number(number: int) -> None:
    export = an_export()
    place = chosen(export.entries, number)
    record, sequence = export.record_of(place), export.line(place)["sequence"]
    del export.trail[place]

    assert (record, sequence) in located(export.verify())


@given(first=PLACES, second=PLACES)
def test_two_entries_that_changed_places_are_found(first: int, second: int) -> None:
    export = an_export()
    one = chosen(export.entries, first)
    other = chosen([place for place in export.entries if place != one], second)
    touched = {(export.record_of(place), export.line(place)["sequence"]) for place in (one, other)}
    export.trail[one], export.trail[other] = export.trail[other], export.trail[one]

    findings = export.verify()

    assert touched & located(findings)


@given(first=PLACES, second=PLACES)
def test_contents_that_changed_places_are_found_though_the_numbers_fit(first: int, second: int) -> None:
    export = an_export()
    one = chosen(export.entries, first)
    other = chosen([place for place in export.entries if place != one], second)
    lines = export.line(one), export.line(other)
    export.put(one, **{**lines[1], "sequence": lines[0]["sequence"]})
    export.put(other, **{**lines[0], "sequence": lines[1]["sequence"]})

    assert {(export.record_of(one), lines[0]["sequence"]), (export.record_of(other), lines[1]["sequence"])} <= located(
        export.verify()
    )


@given(source=PLACES, target=PLACES)
def test_an_inserted_copy_of_an_entry_is_found(source: int, target: int) -> None:
    export = an_export()
    copy = export.trail[chosen(export.entries, source)]
    place = chosen(export.entries, target)
    record = export.record_of(place)
    export.trail.insert(place, copy)

    assert record in {fault.where for fault in export.verify().faults}


@given(number=PLACES, cut=st.integers(min_value=1, max_value=3))
def test_a_cut_off_tail_is_found_by_the_row(number: int, cut: int) -> None:
    export = an_export()
    record = export.record_of(chosen(export.rows, number))
    block = export.block(record)
    first = export.line(block[-cut])["sequence"]
    del export.trail[block[-cut] : block[-1] + 1]

    findings = export.verify()

    assert {(fault.kind, fault.where, fault.sequence) for fault in findings.faults} == {(Kind.TAIL_CUT, record, first)}


@given(number=PLACES)
def test_a_cut_off_tail_with_its_row_set_back_is_found_by_the_seals(number: int) -> None:
    export = an_export()
    record = export.record_of(chosen(export.rows, number))
    block = export.block(record)
    sealed = [place for place in block[1:] if not is_new(export, place)]
    last = export.line(sealed[-2])
    export.put(block[0], row={"state": "planned", "sequence": last["sequence"], "head": last["hash"]})
    del export.trail[sealed[-1] : block[-1] + 1]

    assert (record, last["sequence"] + 1) in located(export.verify())
