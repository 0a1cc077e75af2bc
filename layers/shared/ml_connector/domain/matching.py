"""Match what a document names to what the target has: the id that we know for it, its external id, its normalised name.

A name is compared without its legal form, and two different forms are two companies. Likeness only ranks suggestions.
Nothing is used because it is near.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ml_connector.domain.legal_forms import compatible, without_form
from ml_connector.domain.likeness import Likeness
from ml_connector.domain.reference import Key, ReferenceItem

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
MAX_CANDIDATES = 5


class How(StrEnum):
    """The way a match was found, strongest first."""

    MAPPING = "mapping"
    CROSS_REFERENCE = "cross-reference"
    EXTERNAL_ID = "external id"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A suggestion for a person: never used by itself. `score` from 0 to 1, `why` what speaks for it."""

    id: str
    name: str
    external_id: str | None = None
    score: float = 0.0
    why: str = ""
    note: str | None = None

    @property
    def likeness(self) -> str:
        """`0.93, spelled alike`."""
        return f"{self.score:.2f}, {self.why}" if self.why else f"{self.score:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    key: Key
    item: ReferenceItem
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    key: Key
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Several could be meant. `why` says so in plain words."""

    key: Key
    why: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """Found, and a document must not name it: inactive, or of the wrong type."""

    key: Key
    item: ReferenceItem
    how: How
    why: str
    candidates: tuple[Candidate, ...] = ()


type Match = Matched | Missing | Ambiguous | Unusable


def normalised(name: str) -> str:
    """A name as it is compared: no case, accents, punctuation, blanks, legal form or leading "the". `&` is "and"."""
    return " ".join(_bare(name)[0])


def legal_form(name: str) -> str | None:
    """The family of the form that the name ends in."""
    return _bare(name)[1]


def normalised_number(number: str) -> str:
    """A document number as it is compared: no case, no blanks. Zeros and signs count."""
    return re.sub(r"\s+", "", number).casefold()


class Directory:
    """One reference list, made ready for look-ups."""

    def __init__(self, items: Iterable[ReferenceItem] = ()) -> None:
        self.items = tuple(items)
        self._by_id = {item.id: item for item in self.items}
        self._by_external: dict[str, list[ReferenceItem]] = defaultdict(list)
        self._by_name: dict[str, list[ReferenceItem]] = defaultdict(list)
        for item in self.items:
            if item.external_id:
                self._by_external[item.external_id].append(item)
            self._by_name[normalised(item.name)].append(item)
        self._likeness: Likeness | None = None

    def by_id(self, item_id: str) -> ReferenceItem | None:
        return self._by_id.get(item_id)

    def by_external_id(self, external_id: str) -> list[ReferenceItem]:
        return self._by_external.get(external_id, [])

    def by_name(self, name: str) -> list[ReferenceItem]:
        key = normalised(name)
        return self._by_name.get(key, []) if key else []

    def suggest(self, text: str) -> tuple[Candidate, ...]:
        """The nearest entries by name, best first, at most five, each at least half alike and with the reason why."""
        if self._likeness is None:
            self._likeness = Likeness([normalised(item.name) for item in self.items])
        nearest = self._likeness.nearest(normalised(text), most=MAX_CANDIDATES)
        return tuple(_candidate(self.items[one.place], score=one.score, why=one.why) for one in nearest)


def match(key: Key, directory: Directory, *, mapped: str | None, cross_reference: str | None = None) -> Match:
    """Resolve `key`. A choice of the tenant's (`mapped`) comes first and must still exist; then what we posted.

    These two alone name the target's own ids. The source's code never is one: both systems number by themselves.
    A name counts only where exactly one entry has it, and that entry does not say it is another, by its external id or
    by another legal form.
    """
    for target_id, how in ((mapped, How.MAPPING), (cross_reference, How.CROSS_REFERENCE)):
        if target_id is not None:
            return _chosen(key, directory, target_id, how)
    if found := directory.by_external_id(key.code):
        if len(found) > 1:
            return _ambiguous(key, f"{len(found)} entries carry the number {key.code}", found)
        return _checked(key, found[0], How.EXTERNAL_ID, directory)
    return _by_name(key, directory)


def _by_name(key: Key, directory: Directory) -> Match:
    if not key.name:
        return Missing(key=key, candidates=())
    named = directory.by_name(key.name)
    found = [item for item in named if compatible(legal_form(key.name), legal_form(item.name))]
    if len(found) > 1:
        return _ambiguous(key, f"{len(found)} entries are named like {key.name!r}", found)
    if named and not found:
        why = f"{named[0].name!r} is there, which has another legal form than {key.name!r}"
        return _ambiguous(key, why, named, likely="the same name with another legal form")
    if not found:
        return Missing(key=key, candidates=directory.suggest(key.name))
    if found[0].external_id:
        why = f"{found[0].name!r} is known there as number {found[0].external_id}, not {key.code}"
        return _ambiguous(key, why, found)
    return _checked(key, found[0], How.NAME, directory)


def _chosen(key: Key, directory: Directory, target_id: str, how: How) -> Match:
    item = directory.by_id(target_id)
    if item is not None:
        return _checked(key, item, how, directory)
    if how is How.CROSS_REFERENCE:  # we made it after the list was read
        return Matched(key=key, item=ReferenceItem(id=target_id, name=key.name or key.code), how=how)
    why = f"the mapping names {target_id}, which is not in the target any more"
    return _ambiguous(key, why, directory.by_name(key.name) if key.name else [])


def _checked(key: Key, item: ReferenceItem, how: How, directory: Directory) -> Match:
    if item.usable is None:
        return Matched(key=key, item=item, how=how)
    return Unusable(key=key, item=item, how=how, why=item.usable, candidates=directory.suggest(key.name or item.name))


def _ambiguous(key: Key, why: str, found: Iterable[ReferenceItem], *, likely: str = "the same name") -> Ambiguous:
    candidates = tuple(_candidate(item, score=1.0, why=likely) for item in found)
    return Ambiguous(key=key, why=why, candidates=candidates[:MAX_CANDIDATES])


def _candidate(item: ReferenceItem, *, score: float, why: str) -> Candidate:
    return Candidate(id=item.id, name=item.name, external_id=item.external_id, score=score, why=why, note=item.usable)


def _bare(name: str) -> tuple[list[str], str | None]:
    """Its words without form and article, and the form's family."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char)).translate(_LETTERS)
    plain = plain.replace("&", " and ").replace("+", " plus ").replace("株式会社", " 株式会社 ")
    words = re.sub(r"[\W_]+", " ", re.sub(r"[.'’]", "", plain)).split()
    kept, form = without_form(words)
    while len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    return kept, form
