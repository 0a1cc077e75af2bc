"""What a plan says of one record: Post, Void, Link, Skip or Hold, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ml_connector.domain.matching import Ambiguous, Candidate, Match, Missing, Unusable
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Cause, Key

MAX_REASONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a record waits or was passed over, and what would help. `cause` is set where a cure can be watched for."""

    code: str
    text: str
    cause: Cause | None = None
    candidates: tuple[Candidate, ...] = ()


def codes_of(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """Each once, in the reasons' order."""
    return tuple(dict.fromkeys(reason.code for reason in reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class NameClaim:
    """A match by name alone: from now on this name means this number; a second number with it is held."""

    key: Key


@dataclass(frozen=True, slots=True)
class Post:
    """The target should hold this record: created where it is not there yet, updated where it differs.

    With `held_if_changed` nothing that we posted is updated: a difference is held for that reason.
    """

    record: Record
    notes: tuple[str, ...] = ()
    names: tuple[NameClaim, ...] = ()
    held_if_changed: Reason | None = None


@dataclass(frozen=True, slots=True)
class Void:
    """The target should not hold this record any more. Nothing posted yet makes it a Skip."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Link:
    """The target has it already: take it as the record's counterpart and write nothing."""

    target_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Skip:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
    """Kept back until data arrives or a person chooses."""

    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError("a hold says why")


type Decision = Post | Void | Link | Skip | Hold


def reason_of(match: Missing | Ambiguous | Unusable, *, what: str, target: str) -> Reason:
    """The hold reason for a match that did not come about, in words for the accounting team."""
    label = f"{what} {match.key.code}" + (f" ({match.key.name})" if match.key.name else "")
    match match:
        case Missing():
            code, text = f"{match.key.kind}_missing", f"{label} is not in {target} and not mapped"
        case Ambiguous():
            code, text = f"{match.key.kind}_ambiguous", f"{label} is ambiguous: {match.why}"
        case Unusable():
            code, text = (
                f"{match.key.kind}_unusable",
                f"{label} leads to {match.item.name!r}, which cannot be used: {match.why}",
            )
    return Reason(code=code, text=text, cause=match.key.cause, candidates=match.candidates)


def held_by(matches: list[Match], *, what: str, target: str) -> list[Reason]:
    """One reason for each key that found nothing usable."""
    return [
        reason_of(found, what=what, target=target)
        for found in matches
        if isinstance(found, Missing | Ambiguous | Unusable)
    ]
