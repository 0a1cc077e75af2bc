"""A flow is data: where records come from, where they go, and the pure plan between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ml_connector.domain.decision import Decision
from ml_connector.domain.matching import Directory, Match
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key

type Named = tuple[RecordKind, str]
"""Another record of the source, by kind and number."""


class OnFailure(StrEnum):
    """What follows a create that failed. AUDIT_ONLY: it is written down, and waits for a person's word."""

    RETRY = "retry"
    AUDIT_ONLY = "audit_only"


class UndeclaredKeyError(LookupError):
    """A plan asked about something that `needs` did not name: a defect of the pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    system: str
    kind: RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A snapshot of what `needs` asked for, with the flow's settings. Knows nothing it was not asked.

    `source` are the source's own lists, as far as the flow reads them: for the names of what a record has by id alone.
    """

    matches: Mapping[Key, Match] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    posted: bool = False
    namesakes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statuses: Mapping[Named, str] = field(default_factory=dict)
    source: Mapping[ReferenceKind, Directory] = field(default_factory=dict)

    def match(self, key: Key) -> Match:
        try:
            return self.matches[key]
        except KeyError as error:
            raise UndeclaredKeyError(f"{key} was not declared by this flow's `needs`") from error

    def status_of(self, kind: RecordKind, number: str, *, otherwise: str | None = None) -> str | None:
        """Of a record of the source that this one names, as a flow of its own keeps it in view."""
        return self.statuses.get((kind, number), otherwise)

    def source_name(self, kind: ReferenceKind, code: str | None) -> str | None:
        """What the source calls it; None where its list does not have it (yet)."""
        found = self.source[kind].by_id(code) if code and kind in self.source else None
        return found.name if found else None

    def setting(self, name: str, default: Any = None) -> Any:
        return self.settings.get(name, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One choice that a flow leaves to the tenant.

    Without `choices` it is free, and `check` says what is wrong with a value, None where nothing is; it is asked about
    the default too.
    """

    name: str
    default: Any
    choices: tuple[Any, ...]
    text: str
    check: Callable[[Any], str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """`makes` names the target reference kind that this flow's records become (a vendor flow makes vendors).

    `natural_key` is the target's identity without an id (vendor and number of a bill); `update_adopted` says whether a
    target object that a person made may be updated by us. With `watches` a person's change in the target is compared
    with what we meant as soon as it is seen, under the setting `on_conflict`. `informs` names flows of the same source
    whose records name this one's (a bill its purchase order): they are planned again when it changes. With
    `follows_target` what the target says of an object of ours (deleted, renamed) is kept on its record. `on_failure` is
    what the tenant's setting of that name may change.
    """

    name: str
    title: str
    source: Side
    target: Side
    needs: Callable[[Record], frozenset[Key]]
    plan: Callable[[Record, Known], Decision]
    references: frozenset[ReferenceKind] = frozenset()
    source_references: frozenset[ReferenceKind] = frozenset()
    makes: ReferenceKind | None = None
    made_code: Callable[[Record], str | None] = lambda record: record.number
    natural_key: Callable[[Record], str | None] = lambda record: record.number
    after: tuple[str, ...] = ()
    on_failure: OnFailure = OnFailure.RETRY
    update_adopted: bool = False
    watches: bool = False
    informs: tuple[str, ...] = ()
    follows_target: bool = False
    settings: tuple[Setting, ...] = ()
    default_cadence: str | None = None

    def only_audits(self, settings: Mapping[str, Any]) -> bool:
        """Whether a create that failed is not tried again by itself."""
        return OnFailure(settings.get("on_failure", self.on_failure)) is OnFailure.AUDIT_ONLY
