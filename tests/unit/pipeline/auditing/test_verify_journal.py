"""The journal of people's changes is sealed, exported and verified as a record is: any tampering with it is located.

Tamperings with single entries are drawn from records and journal alike in `test_verify.py`; here are the journal's own.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from ml_connector.domain.audit import entry_hash
from ml_connector.domain.journal import journal_id
from ml_connector.domain.seal import Head, read_head
from ml_connector.pipeline.auditing.faults import Kind
from tests.unit.pipeline.auditing.books import TENANT, Books, Export, three_days
from tests.unit.pipeline.auditing.tampering import PLACES, an_export, chosen, kinds, located, rewrite_from

JOURNAL = journal_id(TENANT)


def journal_of(export: Export) -> list[int]:
    """Where its entries stand in the trail."""
    return [place for place in export.entries if export.record_of(place) == JOURNAL]


def found_in(export: Export) -> set[tuple[Kind, str, int | None]]:
    return {(fault.kind, fault.where, fault.sequence) for fault in export.verify().faults}


def test_every_seal_has_the_journals_last_entry() -> None:
    books = Books()
    books.note("first")
    books.seal()
    books.note("second")
    books.later(hours=2)
    books.seal()
    books.later(hours=2)
    books.seal()

    heads = [
        [read_head(line) for line in books.audit.seals.get(TENANT, number).splitlines()[1:]] for number in (1, 2, 3)
    ]

    first, second = books.world.journal.entries(TENANT)
    assert heads == [[Head(record=JOURNAL, sequence=one.sequence, hash=one.hash)] for one in (first, second, second)]


def test_an_export_has_the_journal_as_it_is_stored_and_counts_no_record_for_it() -> None:
    books = three_days()
    export = books.export()

    told = [json.loads(export.line(place)["clear"])["text"] for place in journal_of(export)]

    assert told == [entry.text for entry in books.world.journal.entries(TENANT)]
    assert len(told) > 5
    assert (export.manifest["records"], export.verify().records) == (5, 5)
    assert export.manifest["entries"] == export.verify().entries == len(export.entries)


def test_a_tenant_without_a_journal_is_whole() -> None:
    books = Books()
    books.write("1", "one")
    books.later(hours=1)
    books.seal()

    assert books.export().verify().is_whole


def test_a_change_that_no_seal_knows_yet_is_no_fault() -> None:
    books = three_days()
    books.note("just now")

    assert books.export().verify().is_whole


@given(number=PLACES)
def test_a_changed_entry_of_the_journal_is_located(number: int) -> None:
    export = an_export()
    place = chosen(journal_of(export), number)
    export.put(place, clear=export.line(place)["clear"].replace("anna", "bob"))

    assert found_in(export) == {(Kind.ENTRY_CHANGED, JOURNAL, export.line(place)["sequence"])}


@given(number=PLACES)
def test_a_journal_rewritten_with_hashes_that_fit_is_found_by_the_seals(number: int) -> None:
    export = an_export()
    place = chosen(journal_of(export), number)
    rewrite_from(export, place)

    faults = found_in(export)

    assert {(kind, where) for kind, where, _ in faults} == {(Kind.ENTRY_NOT_AS_SEALED, JOURNAL)}
    assert min(sequence or 0 for _, _, sequence in faults) == export.line(place)["sequence"]


@given(number=PLACES)
def test_a_removed_entry_of_the_journal_is_located(number: int) -> None:
    export = an_export()
    places = journal_of(export)
    place = chosen(places, number)
    sequence, kind = export.line(place)["sequence"], Kind.TAIL_CUT if place == places[-1] else Kind.ENTRY_MISSING
    del export.trail[place]

    assert (kind, JOURNAL, sequence) in found_in(export)


@given(number=PLACES)
def test_entries_of_the_journal_in_another_order_are_located(number: int) -> None:
    export = an_export()
    one = chosen(journal_of(export)[:-1], number)
    later = export.line(one + 1)["sequence"]
    export.trail[one], export.trail[one + 1] = export.trail[one + 1], export.trail[one]

    assert (JOURNAL, later - 1) in located(export.verify())


@given(number=PLACES)
def test_an_entry_put_into_the_journal_is_located(number: int) -> None:
    """Made with hashes that fit, under a number that is taken: the next entry does not follow from it."""
    export = an_export()
    place = chosen(journal_of(export), number)
    line = export.line(place)
    clear = json.dumps({**json.loads(line["clear"]), "text": "what nobody did"})
    invented = {**line, "clear": clear, "hash": entry_hash(line["previous"], clear.encode(), b"")}
    export.trail.insert(place, json.dumps(invented).encode())

    assert (JOURNAL, line["sequence"]) in located(export.verify())


def test_an_entry_added_to_the_journal_under_a_date_that_is_sealed_is_located() -> None:
    books = three_days()
    yesterday = books.now.replace(day=books.now.day - 1)
    now, books.world.clock._now = books.now, yesterday
    books.note("as if it had been yesterday")
    books.world.clock._now = now

    place = len(books.world.journal.entries(TENANT))
    assert found_in(books.export()) == {(Kind.ENTRY_BACKDATED, JOURNAL, place)}


@pytest.mark.parametrize("cut", [1, 3])
def test_a_journal_with_its_tail_cut_off_is_found_by_the_seals(cut: int) -> None:
    export = an_export()
    places = journal_of(export)
    first = export.line(places[-cut])["sequence"]
    del export.trail[places[-cut] : places[-1] + 1]

    assert found_in(export) == {(Kind.TAIL_CUT, JOURNAL, first)}


@pytest.mark.parametrize("keep", [0, 1], ids=["with its first line", "all but its first line"])
def test_a_journal_deleted_from_the_export_is_found_by_the_seals(keep: int) -> None:
    export = an_export()
    block = export.block(JOURNAL)
    del export.trail[block[keep] : block[-1] + 1]

    assert {(kind, where) for kind, where, _ in found_in(export)} == {(Kind.RECORD_MISSING, JOURNAL)}


def test_a_journal_wiped_out_of_the_table_is_found_and_so_is_one_begun_anew() -> None:
    books = three_days()
    last = len(books.world.journal.kept.pop(TENANT))
    wiped = found_in(books.export())
    books.note("as if it were the first")

    anew = found_in(books.export())

    assert wiped == {(Kind.RECORD_MISSING, JOURNAL, last)}
    assert (Kind.TAIL_CUT, JOURNAL, 2) in anew


def test_a_records_entries_are_none_of_the_journal() -> None:
    export = an_export()
    record = export.line(export.rows[0])["record"]
    entries = [export.trail[place] for place in export.block(record)[1:]]
    block = export.block(JOURNAL)
    export.trail[block[0] + 1 : block[-1] + 1] = entries

    assert (Kind.ENTRY_OUT_OF_PLACE, JOURNAL, 1) in found_in(export)


def test_the_journal_of_another_tenant_is_none_of_this_one() -> None:
    """Whole in itself, and moved here under the name of ours before anything was sealed."""
    books = Books()
    books.note("theirs", tenant="globex")
    books.world.journal.kept[TENANT] = books.world.journal.kept.pop("globex")
    books.later(hours=1)
    books.seal()

    assert found_in(books.export()) == {(Kind.ENTRY_OUT_OF_PLACE, JOURNAL, 1)}


def test_a_record_may_not_pass_without_a_row_as_the_journal_does() -> None:
    export = an_export()
    place = export.rows[0]
    export.trail[place] = json.dumps({"record": export.record_of(place)}).encode()

    assert Kind.UNREADABLE in kinds(export.verify())


@pytest.mark.parametrize("clear", ["[]", '"text"', '{"subject": 5, "sequence": 1}', "{}", "7"])
def test_an_entry_that_is_none_is_told_of_and_stops_nothing(clear: str) -> None:
    export = an_export()
    place = journal_of(export)[0]
    export.put(place, clear=clear)

    assert (Kind.UNREADABLE, f"line {place + 1} of the trail", None) in found_in(export)
