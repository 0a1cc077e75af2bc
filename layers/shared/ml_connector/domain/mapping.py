"""A code's mappings in time: a document uses the one that is valid on its own date, and no two are valid on one day.

A new choice takes its days from those before it: what they keep is what lies outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ml_connector.domain.connection import MappingEntry

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingChange:
    """One change of one code: `entry` is what was set or taken back (version, who and when stand on it).

    `before` and `after` are all the code's mappings, in the order of their days.
    """

    entry: MappingEntry
    before: tuple[MappingEntry, ...] = ()
    after: tuple[MappingEntry, ...] = ()


def covers(entry: MappingEntry, day: date) -> bool:
    return (entry.valid_from or day) <= day <= (entry.valid_to or day)


def has_period(entry: MappingEntry) -> bool:
    return entry.valid_from is not None or entry.valid_to is not None


def valid_on(entries: Iterable[MappingEntry], day: date) -> MappingEntry | None:
    return next((entry for entry in entries if covers(entry, day)), None)


def overlap(one: MappingEntry, other: MappingEntry) -> bool:
    return _first(one) <= _last(other) and _first(other) <= _last(one)


def stands(entries: Iterable[MappingEntry], new: MappingEntry) -> bool:
    """Whether the same was chosen already, for all of the new one's days. An entry of another type is not the same."""
    return any(
        (entry.target_id, entry.target_type) == (new.target_id, new.target_type)
        and _first(entry) <= _first(new)
        and _last(new) <= _last(entry)
        for entry in entries
    )


def laid_over(entries: Sequence[MappingEntry], new: MappingEntry) -> tuple[MappingEntry, ...]:
    """The code's mappings after this choice. One without a target takes its days back and gives them to nobody."""
    kept = [part for entry in entries for part in _outside(entry, new)]
    return tuple(sorted([*kept, *([new] if new.target_id is not None else [])], key=_first))


def changed(before: Sequence[MappingEntry], new: MappingEntry, *, version: int) -> MappingChange:
    entry = replace(new, version=version)
    return MappingChange(entry=entry, before=tuple(before), after=laid_over(before, entry))


def _outside(entry: MappingEntry, new: MappingEntry) -> Iterator[MappingEntry]:
    """What is left of an entry beside the days of the new one: all of it, an earlier part, a later part, or nothing."""
    if not overlap(entry, new):
        yield entry
        return
    if new.valid_from is not None and _first(entry) < new.valid_from:
        yield replace(entry, valid_to=new.valid_from - _DAY)
    if new.valid_to is not None and _last(entry) > new.valid_to:
        yield replace(entry, valid_from=new.valid_to + _DAY)


def _first(entry: MappingEntry) -> date:
    return entry.valid_from or date.min


def _last(entry: MappingEntry) -> date:
    return entry.valid_to or date.max
