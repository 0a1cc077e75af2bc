"""A person's change in the target against the source's value: the flow's setting `on_conflict` says which one stands.

`source_wins` puts ours back, `target_wins` keeps theirs, field by field, `hold` leaves theirs and waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ml_connector.domain.crossreference import Kept
from ml_connector.domain.records.record import Record

ON_CONFLICT = "on_conflict"
SOURCE_WINS = "source_wins"
TARGET_WINS = "target_wins"


def with_kept[R: Record](record: R, kept: Iterable[Kept]) -> R:
    """The record with the values that a person entered in the target."""
    values = {one.name: one.value for one in kept}
    return replace(record, **values) if values else record  # type: ignore[type-var]


def kept_of(found: Record, fields: Sequence[str], before: Iterable[Kept]) -> tuple[Kept, ...]:
    """What is kept from now on: these fields as they were found, and what was kept before."""
    values = {one.name: one for one in before}
    values |= {name: Kept(name=name, value=getattr(found, name)) for name in fields}
    return tuple(values[name] for name in sorted(values))
