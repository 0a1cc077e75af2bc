"""P7, FJ2: over a thousand labelled vendor names. What is linked by itself is right, and what is meant is suggested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ml_connector.domain.matching import Candidate, Directory, Match, Matched, match
from ml_connector.domain.reference import Key, ReferenceItem
from tests.labelled_vendors import Labelled, directory, labelled

DOCUMENT = Path(__file__).parents[3] / "docs" / "matching.md"


@dataclass(frozen=True, kw_only=True)
class Figures:
    names: int
    linked: int
    rightly: int
    open: int
    in_top_three: int

    @property
    def precision(self) -> float:
        """Of what was linked by itself, how much is right."""
        return self.rightly / self.linked

    @property
    def recall(self) -> float:
        """Of what is in the list and was not linked, how much a person finds among the first three."""
        return self.in_top_three / self.open

    def __str__(self) -> str:
        return (
            f"{self.names:,} names: {self.linked} linked by themselves, precision {self.precision:.3f}; "
            f"{self.open} left to a person, top-3 recall {self.recall:.3f}"
        )


@pytest.fixture(scope="module")
def answers() -> list[tuple[Labelled, Match]]:
    listed = Directory([ReferenceItem(id=name, name=name) for name in directory()])
    return [(one, match(Key.vendor("unknown", one.name), listed, mapped=None)) for one in labelled()]


@pytest.fixture(scope="module")
def figures(answers: list[tuple[Labelled, Match]]) -> Figures:
    linked = [(one, found) for one, found in answers if isinstance(found, Matched)]
    opened = [(one, found) for one, found in answers if one.means and not isinstance(found, Matched)]
    return Figures(
        names=len(answers),
        linked=len(linked),
        rightly=sum(found.item.id == one.means for one, found in linked),
        open=len(opened),
        in_top_three=sum(one.means in first_three(found) for one, found in opened),
    )


def test_the_set_is_large_and_of_every_kind() -> None:
    kinds = Counter(one.kind for one in labelled())

    assert len(labelled()) >= 1000
    assert min(kinds["same"], kinds["other"], kinds["slip"]) >= 200
    assert len(set(directory())) == len(directory()) >= 300


def test_no_name_of_another_company_is_in_the_list() -> None:
    assert [one.name for one in labelled() if one.kind == "other" and one.name in directory()] == []


def test_links_by_name_are_right(figures: Figures) -> None:
    print(figures)

    assert figures.precision >= 0.99


def test_what_is_meant_is_among_the_first_three_suggestions(figures: Figures) -> None:
    print(figures)

    assert figures.recall >= 0.95


def test_the_document_shows_these_figures(figures: Figures) -> None:
    assert str(figures) in DOCUMENT.read_text(encoding="utf-8").replace("\n", " ")


def test_every_suggestion_says_how_near_it_is_and_why(answers: list[tuple[Labelled, Match]]) -> None:
    suggested = [one for _, found in answers for one in candidates(found)]

    assert suggested
    assert [one for one in suggested if not (0.5 <= one.score <= 1 and one.why)] == []


def test_a_look_alike_is_never_linked_for_being_near(answers: list[tuple[Labelled, Match]]) -> None:
    """Two are: their names differ by dots or an accent alone, which are no difference between spellings of one name."""
    linked = {one.name for one, found in answers if one.kind == "other" and isinstance(found, Matched)}

    assert linked == {"C.A.T. Rental", "Rosé Wine Bar"}


def candidates(found: Match) -> Iterable[Candidate]:
    return () if isinstance(found, Matched) else found.candidates


def first_three(found: Match) -> list[str]:
    return [] if isinstance(found, Matched) else [one.id for one in found.candidates[:3]]
