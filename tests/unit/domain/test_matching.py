from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.matching import (
    Ambiguous,
    Directory,
    How,
    Match,
    Matched,
    Missing,
    Unusable,
    match,
    normalised,
    normalised_number,
)
from ml_connector.domain.reference import Key, ReferenceItem

PAPER = ReferenceItem(id="10", name="Acme Paper, Inc.", external_id="0007")
INK = ReferenceItem(id="11", name="Ink & Co")
OLD = ReferenceItem(id="12", name="Old Mill", usable="it is archived")
DIRECTORY = Directory([PAPER, INK, OLD])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME Paper Inc", "Acme Paper, Inc."),
        ("Müller GmbH", "MULLER"),
        ("The Ink & Co", "ink and company"),
        ("Straße AG", "strasse"),
        ("A.B.C. Ltd", "ABC Limited"),
        ("O'Neil", "ONeil"),
        ("Łódź Papier Sp. z o.o.", "Lodz Papier"),
        ("Ørsted A/S", "Orsted AS"),
        ("Acme Co., Ltd.", "Acme Limited"),
        ("ООО Ромашка", "Ромашка"),
    ],
)
def test_names_that_a_person_would_call_equal_are_equal(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Paper", "Acme Papers"),
        ("Ltd", "Inc"),
        ("Smith A", "Smith B"),
        ("AB Electric", "SA Electric"),
        ("SA Water", "Water Co"),
        ("A+ Tutors", "A Tutors"),
    ],
)
def test_names_that_are_only_near_are_not_equal(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@given(name=st.text(max_size=40))
def test_a_normalised_name_is_normal(name: str) -> None:
    assert normalised(normalised(name)) == normalised(name)


def test_zeros_and_signs_of_a_number_count_and_blanks_and_case_do_not() -> None:
    assert normalised_number(" Inv 007 ") == normalised_number("INV007")
    assert len({normalised_number(number) for number in ("7", "07", "7-", "-7")}) == 4


@pytest.mark.parametrize(
    ("key", "how"),
    [
        (Key.vendor("0007"), How.EXTERNAL_ID),
        (Key.vendor("99", "ink and co"), How.NAME),
        (Key.vendor("0007", "Ink & Co"), How.EXTERNAL_ID),
    ],
    ids=["external id", "name", "external id before name"],
)
def test_a_key_is_matched_by_the_strongest_way_there_is(key: Key, how: How) -> None:
    found = match(key, DIRECTORY, mapped=None)

    assert isinstance(found, Matched)
    assert found.how is how


@pytest.mark.parametrize(
    ("key", "kind"),
    [(Key.vendor("10"), Missing), (Key.vendor("10", "Ink & Co"), Matched), (Key.account("12"), Missing)],
    ids=["a number", "with a name", "an account's"],
)
def test_a_code_of_the_source_is_no_id_of_the_target(key: Key, kind: type[Match]) -> None:
    found = match(key, DIRECTORY, mapped=None)

    assert isinstance(found, kind)
    assert not isinstance(found, Matched) or found.item is INK


@pytest.mark.parametrize(
    ("mapped", "made", "target_id", "how"),
    [("11", None, "11", How.MAPPING), ("11", "10", "11", How.MAPPING), (None, "11", "11", How.CROSS_REFERENCE)],
)
def test_the_tenants_choice_comes_first_and_then_what_we_posted(
    mapped: str | None, made: str | None, target_id: str, how: How
) -> None:
    found = match(Key.vendor("0007"), DIRECTORY, mapped=mapped, cross_reference=made)

    assert isinstance(found, Matched)
    assert (found.item.id, found.how) == (target_id, how)


def test_what_we_made_after_the_list_was_read_counts() -> None:
    found = match(Key.vendor("5", "New"), DIRECTORY, mapped=None, cross_reference="77")

    assert isinstance(found, Matched)
    assert found.item == ReferenceItem(id="77", name="New")


@pytest.mark.parametrize(
    ("key", "mapped", "kind"),
    [
        (Key.vendor("0007"), "gone", Ambiguous),
        (Key.vendor("4"), "12", Unusable),
        (Key.vendor("4", "Old Mill"), None, Unusable),
        (Key.vendor("0008", "Acme Paper"), None, Ambiguous),
        (Key.vendor("99", "Acme Papers"), None, Missing),
        (Key.vendor("99"), None, Missing),
    ],
    ids=[
        "mapped to what is gone",
        "mapped to what is archived",
        "archived",
        "the name is another number's",
        "only near",
        "no name",
    ],
)
def test_what_is_not_surely_meant_is_never_used(key: Key, mapped: str | None, kind: type[Match]) -> None:
    assert isinstance(match(key, DIRECTORY, mapped=mapped), kind)


@pytest.mark.parametrize("key", [Key.vendor("1"), Key.vendor("9", "Twin")], ids=["by number", "by name"])
def test_two_entries_that_could_be_meant_are_ambiguous(key: Key) -> None:
    twins = [ReferenceItem(id=name, name="Twin", external_id="1") for name in ("a", "b")]

    found = match(key, Directory(twins), mapped=None)

    assert isinstance(found, Ambiguous)
    assert [candidate.id for candidate in found.candidates] == ["a", "b"]


def test_two_legal_forms_are_two_companies_and_a_missing_one_is_no_contradiction() -> None:
    siemens = Directory([ReferenceItem(id="de", name="Siemens AG"), ReferenceItem(id="uk", name="Siemens Ltd")])

    found = [match(Key.vendor("7", name), siemens, mapped=None) for name in ("SIEMENS A.G.", "Siemens Inc", "Siemens")]

    assert [type(one) for one in found] == [Matched, Ambiguous, Ambiguous]
    assert isinstance(found[0], Matched)
    assert found[0].item.id == "de"
    assert isinstance(found[1], Ambiguous)
    assert {one.why for one in found[1].candidates} == {"the same name with another legal form"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("AcmePaper", "the same letters, spaced otherwise"),
        ("Paper, Acme", "the same words in another order"),
        ("Acme Papper", "spelled alike"),
        ("Acme Paper of Boston and Sons", "both have 'acme'"),
    ],
)
def test_a_suggestion_says_why_it_is_near(text: str, why: str) -> None:
    assert (DIRECTORY.suggest(text)[0].id, DIRECTORY.suggest(text)[0].why) == ("10", why)


def test_suggestions_are_ranked_and_at_most_five() -> None:
    directory = Directory([ReferenceItem(id=str(n), name=f"Acme Paper {n}") for n in range(9)])

    scores = [candidate.score for candidate in directory.suggest("Acme Paper 3")]

    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert directory.suggest("Acme Paper 3")[0].id == "3"


def test_nothing_alike_is_not_suggested() -> None:
    assert DIRECTORY.suggest("Zzyzx Quarry") == ()


def test_a_name_without_letters_matches_nothing() -> None:
    assert Directory([ReferenceItem(id="1", name="...")]).by_name("!!") == []
