"""How alike two names are, and why: to rank what is suggested to a person, never to decide.

Names come normalised. Those that share rare letter groups are compared in full, the rest are not looked at, so that a
list of ten thousand answers in milliseconds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from heapq import nlargest
from math import log

FLOOR = 0.5
_COMPARED = 60
_PART = 0.9
"""What containing the whole of a shorter name counts at most: less than a slip of the finger."""
_SPELLED_ALIKE = 0.97
_INITIALS = 0.75
_SAME_WORD = 0.8
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Alike:
    """`score` from 0 to 1, `why` in plain words."""

    place: int
    score: float
    why: str


@dataclass
class Likeness:
    """One list of normalised names, made ready at the first question."""

    names: Sequence[str]
    _shapes: dict[int, _Shape] = field(default_factory=dict)

    def nearest(self, wanted: str, *, most: int) -> list[Alike]:
        """Places in `names`, best first, each at least half alike."""
        mine = _Shape(wanted[:_LONGEST])
        found = [self._compared(mine, place) for place in self._worth_comparing(mine)]
        return sorted((one for one in found if one.score >= FLOOR), key=lambda one: -one.score)[:most]

    def _worth_comparing(self, mine: _Shape) -> Iterable[int]:
        index, total = self._index, len(self.names)
        shared: dict[int, float] = defaultdict(float)
        for gram in mine.grams:
            places = index.get(gram, ())
            weight = log(1 + total / len(places)) if places else 0.0
            for place in places:
                shared[place] += weight
        return nlargest(_COMPARED, shared, key=lambda place: shared[place])

    def _compared(self, mine: _Shape, place: int) -> Alike:
        theirs = self._shape(place)
        score, why = max(self._views(mine, theirs), key=lambda view: view[0])
        return Alike(place, round(score, 3), why)

    def _views(self, mine: _Shape, theirs: _Shape) -> Iterable[tuple[float, str]]:
        if mine.text == theirs.text:
            yield 1.0, "the same name"
        if mine.compact == theirs.compact:
            yield 0.99, "the same letters, spaced otherwise"
        if mine.ordered == theirs.ordered:
            yield 0.98, "the same words in another order"
        yield _spelled(mine.text, theirs.text), "spelled alike"
        yield _spelled(mine.ordered, theirs.ordered), "like words, in another order"
        yield _spelled(mine.compact, theirs.compact), "spelled alike but for the spaces"
        yield self._shared_words(mine, theirs)
        if theirs.initials in mine.words or mine.initials in theirs.words:
            yield _INITIALS, "one is the other's initials"

    def _shared_words(self, mine: _Shape, theirs: _Shape) -> tuple[float, str]:
        """By the weight of the words that both have, rare ones counting more, against the name that has less."""
        both = [(word, self._weight(word)) for word in mine.words if theirs.has(word)]
        if not both:
            return 0.0, ""
        weights = [sum(map(self._weight, shape.words)) for shape in (mine, theirs)]
        shared = sum(weight for _, weight in both)
        covered, whole = min(shared / min(weights), 1.0), min(2 * shared / sum(weights), 1.0)
        rarest = max(both, key=lambda pair: pair[1])[0]
        return _PART * (0.75 * covered + 0.25 * whole), f"both have {rarest!r}"

    def _weight(self, word: str) -> float:
        return log(1 + len(self.names) / (1 + self._frequency[word]))

    def _shape(self, place: int) -> _Shape:
        if place not in self._shapes:
            self._shapes[place] = _Shape(self.names[place][:_LONGEST])
        return self._shapes[place]

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = defaultdict(list)
        for place in range(len(self.names)):
            for gram in self._shape(place).grams:
                index[gram].append(place)
        return dict(index)

    @cached_property
    def _frequency(self) -> Counter[str]:
        return Counter(word for name in self.names for word in set(name.split()))


class _Shape:
    """A name and the forms in which it is compared."""

    __slots__ = ("compact", "grams", "initials", "ordered", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = text.split()
        self.compact = "".join(self.words)
        self.ordered = " ".join(sorted(self.words))
        self.initials = "".join(word[0] for word in self.words if word != "and") if len(self.words) > 2 else "\0"
        self.grams = _grams(self.words) | {f"={self.initials}"} | {f"={word}" for word in self.words}

    def has(self, word: str) -> bool:
        return word in self.words or (len(word) > 3 and any(_ratio(word, other) >= _SAME_WORD for other in self.words))


def _grams(words: Sequence[str]) -> set[str]:
    """Three letters at a time, within words and across the blanks between them."""
    texts = [f" {word} " for word in words] + ["".join(words)]
    return {text[at : at + 3] for text in texts for at in range(max(len(text) - 2, 1))}


def _spelled(one: str, other: str) -> float:
    return min(_ratio(one, other), _SPELLED_ALIKE)


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= FLOOR else 0.0
