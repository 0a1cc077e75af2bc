"""What is missing whole is found and named: a record, a row, a seal; and what was added under a date that is sealed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from ml_connector.domain.audit import GENESIS, entry_hash, header
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import ConnectionId, RecordId
from ml_connector.domain.journal import following, journal_id
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.auditing.faults import Findings, Kind
from tests.unit.pipeline.auditing.books import FLOW, TENANT, Books, three_days
from tests.unit.pipeline.auditing.tampering import PLACES, an_export, chosen, kinds

DAY = timedelta(days=1)


@given(number=PLACES)
def test_a_whole_deleted_record_is_found_by_the_seals(number: int) -> None:
    export = an_export()
    record = export.record_of(chosen(export.rows, number))
    block = export.block(record)
    del export.trail[block[0] : block[-1] + 1]

    findings = export.verify()

    assert {(fault.kind, fault.where) for fault in findings.faults} == {(Kind.RECORD_MISSING, record)}


@given(number=PLACES)
def test_a_deleted_row_is_found(number: int) -> None:
    export = an_export()
    place = chosen(export.rows, number)
    export.put(place, row=None)

    assert kinds(export.verify()) == {Kind.ROW_MISSING}


@given(number=PLACES)
def test_a_deleted_seal_is_found_by_its_number(number: int) -> None:
    export = an_export()
    gone = chosen(sorted(export.seals), number)
    del export.seals[gone]

    missing = [fault.sequence for fault in export.verify().faults if fault.kind is Kind.SEAL_MISSING]

    assert missing == [gone]


@given(number=PLACES, line=PLACES, position=PLACES)
def test_a_changed_seal_is_found_by_its_number(number: int, line: int, position: int) -> None:
    export = an_export()
    changed = chosen(sorted(export.seals), number)
    lines = export.seals[changed]
    at = line % len(lines)
    text = lines[at]
    letter = position % (len(text) - 1)
    lines[at] = text[:letter] + (b"x" if text[letter : letter + 1] != b"x" else b"y") + text[letter + 1 :]

    assert (Kind.SEAL_CHANGED, changed) in {(fault.kind, fault.sequence) for fault in export.verify().faults}


@given(number=PLACES)
def test_a_seal_without_one_of_its_heads_is_found(number: int) -> None:
    export = an_export()
    changed = chosen([seal for seal, lines in export.seals.items() if len(lines) > 1], number)
    del export.seals[changed][-1]

    assert (Kind.SEAL_CHANGED, changed) in {(fault.kind, fault.sequence) for fault in export.verify().faults}


def test_seals_that_changed_places_are_found() -> None:
    export = an_export()
    export.seals[3], export.seals[4] = export.seals[4], export.seals[3]

    assert {3, 4} <= {fault.sequence for fault in export.verify().faults}


def test_a_seal_of_another_tenant_is_no_seal_of_this_one() -> None:
    export = an_export()
    export.manifest["tenant"] = "globex"

    assert Kind.SEAL_CHANGED in kinds(export.verify())


@pytest.mark.parametrize("state", ["held", "dead", "skipped", "reversed"])
def test_a_row_whose_state_its_last_entry_does_not_say_is_found(state: str) -> None:
    export = an_export()
    place = next(place for place in export.rows if export.line(place)["row"]["state"] == "posted")
    export.put(place, row={**export.line(place)["row"], "state": state})

    assert {(fault.kind, fault.where) for fault in export.verify().faults} == {
        (Kind.ROW_DIFFERS, export.record_of(place))
    }


def test_a_row_set_back_behind_its_last_entry_is_found() -> None:
    export = an_export()
    row = export.line(export.rows[0])["row"]
    export.put(export.rows[0], row={**row, "sequence": row["sequence"] - 1})

    assert kinds(export.verify()) == {Kind.ROW_DIFFERS}


def test_a_row_that_says_something_else_than_what_is_stored_beside_it_is_found() -> None:
    books = three_days()
    record = f"{FLOW}/1"
    books.audit.trails.changed_beside[record] = ("open_work", "state")

    [fault] = books.export().verify().faults

    assert (fault.kind, fault.where) == (Kind.ROW_DIFFERS, record)
    assert fault.text.endswith(": open_work, state")


@pytest.mark.parametrize("state", list(State))
def test_a_row_that_was_put_there_without_any_entry_is_found_in_whatever_state(state: State) -> None:
    books = three_days()
    row = replace(books.world.ledger.rows[RecordId(flow=FLOW, external_id="1")], state=state)
    forged = replace(row, record=RecordId(flow=FLOW, external_id="forged"), audit_sequence=0, audit_head=GENESIS)
    books.world.ledger.rows[forged.record] = books.world.ledger._indexed[forged.record] = forged

    findings = books.export().verify()

    assert {(fault.kind, fault.where) for fault in findings.faults} == {(Kind.ROW_DIFFERS, str(forged.record))}


def test_an_entry_added_under_a_date_that_is_sealed_is_found() -> None:
    books = three_days()
    books.world.clock._now -= DAY
    row = books.write("2", "as if it had been yesterday", state=State.POSTED)
    books.world.clock._now += DAY

    findings = books.export().verify()

    assert {(fault.kind, fault.where, fault.sequence) for fault in findings.faults} == {
        (Kind.ENTRY_BACKDATED, str(row.record), row.audit_sequence)
    }


def test_a_record_made_up_under_a_date_that_is_sealed_is_found() -> None:
    books = three_days()
    books.world.clock._now -= DAY
    row = books.write("invented", "as if it had always been there", state=State.POSTED)
    books.world.clock._now += DAY

    assert {fault.where for fault in books.export().verify().faults} == {str(row.record)}


def test_a_record_made_of_anothers_entries_is_found() -> None:
    export = an_export()
    block = export.block(export.record_of(export.rows[0]))
    copy = [*export.trail[block[0] : block[-1] + 1]]
    copy[0] = json.dumps({**export.line(block[0]), "record": f"{FLOW}/zzz"}).encode()
    export.trail += copy

    found = {(fault.where, fault.sequence) for fault in export.verify().faults if fault.kind is Kind.ENTRY_OUT_OF_PLACE}

    assert found == {(f"{FLOW}/zzz", number) for number in range(1, len(copy))}


@pytest.mark.parametrize(("minutes", "told"), [(99, set()), (101, {Kind.SEALS_LATE})])
def test_sealing_that_stopped_is_told(minutes: int, told: set[Kind]) -> None:
    """A seal ends twenty minutes before it is made."""
    books = three_days()
    books.later(minutes=minutes)

    assert kinds(books.export().verify()) == told


def test_an_export_without_its_last_seals_and_the_entries_of_those_hours_is_told_after_two_hours() -> None:
    """Nobody signs the manifest: whoever holds the export can write another one."""
    books = three_days()
    cut = books.export()
    books.hours(2)
    whole = books.export()
    cut.manifest["exported_at"] = whole.manifest["exported_at"]

    assert kinds(cut.verify()) == {Kind.SEALS_LATE}
    assert whole.verify().is_whole


def test_a_trail_that_nobody_ever_sealed_is_told() -> None:
    books = Books()
    books.write("1", "one")

    assert kinds(books.export().verify()) == {Kind.SEALS_LATE}


def test_an_export_names_what_was_wiped_out_of_every_table() -> None:
    books = three_days()
    gone = next(iter(dict(books.world.ledger.kept_entries())))
    books.world.ledger._trails.pop(gone)
    books.world.ledger.rows.pop(gone)
    books.world.ledger._indexed.pop(gone)

    findings = books.export().verify()

    assert {(fault.kind, fault.where) for fault in findings.faults} == {(Kind.RECORD_MISSING, str(gone))}


def test_an_export_has_nothing_of_another_tenant() -> None:
    books = three_days()
    books.write("theirs", "of another tenant", flow=replace(FLOW, tenant="globex"))

    assert "globex" not in str(books.export().trail)


def test_faults_beyond_the_first_thousand_are_counted() -> None:
    findings = Findings()
    for number in range(1500):
        findings.add(Kind.ENTRY_MISSING, "a record", "missing", number)

    assert (findings.found, len(findings.faults), findings.is_whole) == (1500, 1000, False)


def test_a_chain_rewritten_between_two_seals_that_name_the_same_entry_is_found_by_the_first() -> None:
    """The day's seal names again what a checkpoint of that day named: it must not take the checkpoint's place."""
    books = Books()
    books.write("1", "one", state=State.HELD)
    books.note("one")
    books.later(hours=1)
    books.seal()
    rewrite_in_place(books)
    books.hours(24)

    faults = {(fault.kind, fault.where) for fault in books.export().verify().faults}

    assert faults == {(Kind.ENTRY_NOT_AS_SEALED, f"{FLOW}/1"), (Kind.ENTRY_NOT_AS_SEALED, journal_id(TENANT))}


def rewrite_in_place(books: Books) -> None:
    """By somebody who may write to the tables: another actor, and every hash and the row made to fit."""
    ledger, journal = books.world.ledger, books.world.journal
    [(record, [kept])] = ledger.kept_entries()
    event = replace(kept.entry.event, actor="bob")
    proof = entry_hash(GENESIS, canonical(header(record, 1, event, kept.entry.state)), kept.sealed)
    ledger._trails[record] = [replace(kept, entry=replace(kept.entry, event=event, hash=proof))]
    ledger.rows[record] = replace(ledger.rows[record], audit_head=proof)
    [entry] = journal.entries(TENANT)
    subject = ConnectionId(tenant=TENANT, name="books")
    journal.kept[TENANT] = {1: following(None, subject, entry.step, entry.text, actor="bob", at=entry.at)}
