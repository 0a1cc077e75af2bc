"""A person's choices: they exist in the target, have a history, and free exactly the records that waited for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import RecordId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause, ReferenceItem
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.mapping_table import written_table
from ml_connector.pipeline.connections.problems import OnboardingError
from ml_connector.pipeline.connections.reference_data import ReferenceData
from tests.unit.pipeline.office import BOOKS, Office

ACCOUNT = ReferenceKind.ACCOUNT


@pytest.fixture
def office() -> Office:
    return Office().set_up()


def test_a_mapping_keeps_who_chose_what_and_when(office: Office) -> None:
    _book(office).set_mapping(BOOKS, ACCOUNT, "600", "10", actor="ann")
    _book(office).set_mapping(BOOKS, ACCOUNT, "600", "11", actor="bob")

    history = office.world.mappings.history(BOOKS, ACCOUNT, "600")

    entries = [change.entry for change in history]
    assert [(entry.target_id, entry.target_name, entry.set_by) for entry in entries] == [
        ("10", "Office supplies", "ann"),
        ("11", "Travel", "bob"),
    ]
    assert [(change.before, change.after) for change in history] == [
        ((), (entries[0],)),
        ((entries[0],), (entries[1],)),
    ]
    assert entries[-1].set_at == office.world.clock.now()


def test_the_same_choice_again_is_no_new_version(office: Office) -> None:
    _book(office).set_mapping(BOOKS, ACCOUNT, "600", "10", actor="ann")

    assert not _book(office).set_mapping(BOOKS, ACCOUNT, "600", "Office supplies", actor="bob").changed
    assert len(office.world.mappings.history(BOOKS, ACCOUNT, "600")) == 1


def test_a_choice_is_checked_against_what_is_there_now(office: Office) -> None:
    _book(office).set_mapping(BOOKS, ACCOUNT, "600", "10", actor="ann")
    office.books.references[ACCOUNT].append(ReferenceItem(id="99", name="Brand new"))

    assert _book(office).set_mapping(BOOKS, ACCOUNT, "601", "Brand new", actor="ann").sets[0].entry.target_id == "99"


def test_a_choice_that_does_not_exist_is_refused_with_what_is_near(office: Office) -> None:
    with pytest.raises(
        OnboardingError, match=r"'Ofice supplies' is not in the target; near it: 10 \(Office supplies\)"
    ):
        _book(office).set_mapping(BOOKS, ACCOUNT, "600", "Ofice supplies", actor="ann")


def test_a_choice_releases_exactly_the_holds_that_it_cures(office: Office) -> None:
    cured, other = _held(office, "1", "600"), _held(office, "2", "601")

    done = _book(office).set_mapping(BOOKS, ACCOUNT, "600", "10", actor="ann")

    assert done.released == 1
    released = [record.external_id for notice in office.world.notices.bodies for record in notice.records]
    assert (cured.external_id in released, other.external_id in released) == (True, False)


def test_a_choice_can_be_taken_back(office: Office) -> None:
    book = _book(office)
    book.set_mapping(BOOKS, ACCOUNT, "600", "10", actor="ann")

    assert book.remove_mapping(BOOKS, ACCOUNT, "600", actor="bob").changed
    assert not book.remove_mapping(BOOKS, ACCOUNT, "600", actor="bob").changed
    assert office.world.mappings.get_many(BOOKS, [(ACCOUNT, "600")]) == {}


def test_a_table_of_mappings_is_taken_whole(office: Office) -> None:
    text = "kind,code,target\naccount,600,10\naccount,601,Office supplies\n"

    done = _book(office).import_mappings(BOOKS, text, actor="ann")

    assert [(one.entry.code, one.entry.target_id, one.changed) for one in done.sets] == [
        ("600", "10", True),
        ("601", "10", True),
    ]


def test_a_table_from_a_spreadsheet_may_have_its_mark_and_more_columns(office: Office) -> None:
    text = "\ufeffcode,note,kind,target\r\n600,ours,account,10\r\n"

    assert _book(office).import_mappings(BOOKS, text, actor="ann").changed == 1


def test_a_table_is_read_with_one_look_at_each_list(office: Office) -> None:
    rows = "".join(f"account,{code},10\n" for code in range(600, 620))

    _book(office).import_mappings(BOOKS, "kind,code,target\n" + rows, actor="ann")

    assert len(office.opened) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("code,target\n600,10\n", "line 1: the columns are kind, code, target; missing: kind"),
        ("", "line 1: the columns are kind, code, target"),
        ("kind,code,target\ncolour,600,10\n", "line 2: kind (one of vendor, account,"),
        ("kind,code,target\naccount,600,\n", "line 2: kind (one of"),
        ("kind,code,target\naccount,600\n", "line 2: kind (one of"),
        ("kind,code,target\naccount,600,10\naccount,600,11\n", "line 3: account 600 is there twice"),
        ("kind,code,target\naccount,600,77\n", "line 2: '77' is not in the target"),
        ("kind,code,target\ntax,V1,77\n", "line 2: freshbooks has no tax list"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(office: Office, text: str, problem: str) -> None:
    with pytest.raises(OnboardingError) as caught:
        _book(office).import_mappings(BOOKS, text + "account,602,10\n", actor="ann")

    assert problem in str(caught.value)
    assert list(office.world.mappings.list(BOOKS)) == []


def test_a_table_may_say_for_which_days_a_mapping_is(office: Office) -> None:
    text = "kind,code,target,valid_from,valid_to\naccount,600,10,,2026-06-30\naccount,600,11,2026-07-01,\n"

    done = _book(office).import_mappings(BOOKS, text, actor="ann")
    again = _book(office).import_mappings(BOOKS, written_table(office.world.mappings.list(BOOKS)), actor="bob")

    assert (done.changed, again.changed) == (2, 0)
    stored = [(one.target_id, one.valid_from, one.valid_to) for one in office.world.mappings.list(BOOKS)]
    assert stored == [("10", None, date(2026, 6, 30)), ("11", date(2026, 7, 1), None)]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("account,600,10,July,\n", "line 2: 'July' is not a day such as 2026-03-31"),
        ("account,600,10,2026-07-01,2026-06-30\n", "line 2: valid_to 2026-06-30 is before valid_from 2026-07-01"),
        (
            "account,600,10,,2026-07-01\naccount,600,11,2026-07-01,\n",
            "line 3: account 600 is there twice, with different targets for the same days",
        ),
    ],
)
def test_wrong_days_are_told_by_their_line(office: Office, rows: str, problem: str) -> None:
    with pytest.raises(OnboardingError) as caught:
        _book(office).import_mappings(BOOKS, "kind,code,target,valid_from,valid_to\n" + rows, actor="ann")

    assert (problem in str(caught.value), list(office.world.mappings.list(BOOKS))) == (True, [])


def test_a_choice_may_be_taken_back_for_some_days_only(office: Office) -> None:
    book = _book(office)
    book.set_mapping(BOOKS, ACCOUNT, "600", "10", actor="ann")

    book.remove_mapping(BOOKS, ACCOUNT, "600", actor="bob", valid_from=date(2026, 7, 1))

    assert [(one.target_id, one.valid_to) for one in office.world.mappings.list(BOOKS)] == [("10", date(2026, 6, 30))]


def test_an_onboarding_file_leaves_mappings_by_days_as_they_are(office: Office) -> None:
    book = _book(office)
    book.set_mapping(BOOKS, ACCOUNT, "600", "10", actor="ann", valid_from=date(2026, 7, 1))
    plain = MappingEntry(connection=BOOKS, kind=ACCOUNT, code="600", target_id="11")

    done = book.keep([plain, replace(plain, code="601")])

    assert [one.entry.code for one in done.sets] == ["601"]
    assert len(office.world.mappings.history(BOOKS, ACCOUNT, "600")) == 1


def _book(office: Office) -> MappingBook:
    return MappingBook(office.ports, ReferenceData(office.ports, office.catalog, office), office.releaser)


def _held(office: Office, external_id: str, code: str) -> RecordId:
    cause = Cause(kind=ACCOUNT, code=code)
    return office.row(
        external_id, State.HELD, reasons=(Reason(code="account_missing", text="is missing", cause=cause),)
    )
