"""Match what a document names to what the target has: exact id, then external id, then normalised name.

Likeness only ranks suggestions. Nothing is used because it is near.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from ml_connector.domain.reference import Key, ReferenceItem

# fmt: off
_LEGAL_FORMS = frozenset({
    "inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc", "gmbh",
    "ag", "kg", "ohg", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "ab", "as", "oy", "aps", "pty", "pte", "kk",
})
# fmt: on
_LIKENESS_FLOOR = 0.5
MAX_CANDIDATES = 5


class How(StrEnum):
    """The way a match was found, strongest first."""

    MAPPING = "mapping"
    CROSS_REFERENCE = "cross-reference"
    ID = "id"
    EXTERNAL_ID = "external id"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A suggestion for a person: never used by itself."""

    id: str
    name: str
    external_id: str | None = None
    score: float = 0.0
    note: str | None = None


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
    """A name as it is compared: no case, accents, punctuation, blanks or legal form. `&` is "and"."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and ").replace("ß", "ss"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    words = re.sub(r"[^\w]+", " ", re.sub(r"[.'’]", "", plain)).split()
    kept = [word for word in words if word not in _LEGAL_FORMS and word != "the"]
    return " ".join(kept or words)


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

    def by_id(self, item_id: str) -> ReferenceItem | None:
        return self._by_id.get(item_id)

    def by_external_id(self, external_id: str) -> list[ReferenceItem]:
        return self._by_external.get(external_id, [])

    def by_name(self, name: str) -> list[ReferenceItem]:
        key = normalised(name)
        return self._by_name.get(key, []) if key else []

    def suggest(self, text: str) -> tuple[Candidate, ...]:
        """The nearest entries by name, best first, at most five, each at least half alike."""
        wanted = normalised(text)
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        scored: list[tuple[float, ReferenceItem]] = []
        for item in self.items:
            matcher.set_seq1(normalised(item.name))
            if matcher.real_quick_ratio() < _LIKENESS_FLOOR or matcher.quick_ratio() < _LIKENESS_FLOOR:
                continue
            if (score := matcher.ratio()) >= _LIKENESS_FLOOR:
                scored.append((score, item))
        scored.sort(key=lambda pair: (-pair[0], pair[1].id))
        return tuple(_candidate(item, score=round(score, 3)) for score, item in scored[:MAX_CANDIDATES])


def match(key: Key, directory: Directory, *, mapped: str | None, cross_reference: str | None = None) -> Match:
    """Resolve `key`. A choice of the tenant's (`mapped`) comes first and must still exist; then what we posted.

    A name counts only where exactly one entry has it, and that entry does not say it is another by its external id.
    """
    for target_id, how in ((mapped, How.MAPPING), (cross_reference, How.CROSS_REFERENCE)):
        if target_id is not None:
            return _chosen(key, directory, target_id, how)
    if item := directory.by_id(key.code):
        return _checked(key, item, How.ID, directory)
    if found := directory.by_external_id(key.code):
        if len(found) > 1:
            return _ambiguous(key, f"{len(found)} entries carry the number {key.code}", found)
        return _checked(key, found[0], How.EXTERNAL_ID, directory)
    return _by_name(key, directory)


def _by_name(key: Key, directory: Directory) -> Match:
    if not key.name:
        return Missing(key=key, candidates=())
    found = directory.by_name(key.name)
    if len(found) > 1:
        return _ambiguous(key, f"{len(found)} entries are named like {key.name!r}", found)
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


def _ambiguous(key: Key, why: str, found: Iterable[ReferenceItem]) -> Ambiguous:
    return Ambiguous(key=key, why=why, candidates=tuple(_candidate(item) for item in found)[:MAX_CANDIDATES])


def _candidate(item: ReferenceItem, *, score: float = 1.0) -> Candidate:
    return Candidate(id=item.id, name=item.name, external_id=item.external_id, score=score, note=item.usable)
