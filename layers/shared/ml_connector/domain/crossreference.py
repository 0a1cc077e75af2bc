"""One record's row: what is wanted, what is in flight, what is confirmed, and the one state a person sees.

The row never lies about doubt: `unsettled` is set before a send and cleared only by a settled outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import ConnectionId, PostingId, RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.posting import Action
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.reference import Cause


class State(StrEnum):
    PLANNED = "planned"
    POSTING = "posting"
    HANDED_OVER = "handed_over"
    IN_DOUBT = "in_doubt"
    POSTED = "posted"
    LINKED = "linked"
    SKIPPED = "skipped"
    HELD = "held"
    REJECTED = "rejected"
    DEAD = "dead"
    REVERSED = "reversed"


OPEN_STATES = frozenset({State.PLANNED, State.POSTING, State.HANDED_OVER, State.IN_DOUBT, State.HELD, State.DEAD})
"""States that still want something: they stand in the open-work index."""

FED_STATES = frozenset({State.PLANNED, State.POSTING, State.IN_DOUBT})
"""States that upkeep feeds to the posting queue once they are past `due_at`."""


class Origin(StrEnum):
    """How the target object came to be ours. Rollback touches the first two only."""

    CREATED = "created"
    RECOVERED = "recovered"
    ADOPTED = "adopted"


class GuardKind(StrEnum):
    RESERVATION = "reservation"
    OWNERSHIP = "ownership"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Guard:
    """One key of a target that only one owner may hold: put under the condition that nobody else has it."""

    connection: ConnectionId
    kind: GuardKind
    record_kind: RecordKind
    key: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mention:
    """Another record of the source that this one names: a purchase order, with the status last told of it."""

    kind: RecordKind
    number: str
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A field of the target's record that a person changed, where the tenant lets the target win; None: emptied."""

    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The newest version of the source record, by its content hash; its payload is stored under that name.

    `run` is the run that brought it.
    """

    digest: str
    fetched_at: datetime
    stamp: str | None = None
    run: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The write that the plan asks for: the target payload is stored under `digest`.

    `run` is the run that planned it. `undo`: a person rolls back what we wrote. `insists`: a person said that it goes
    over what somebody changed in the target; the same write planned again keeps that word.
    """

    action: Action
    digest: str
    source_digest: str
    run: str | None = field(default=None, compare=False)
    undo: bool = False
    insists: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """The claimed write, exactly: only this version is sent, and only this one can be confirmed."""

    n: int
    posting_id: PostingId
    action: Action
    digest: str
    source_digest: str
    attempt: int
    claim: str
    lease_until: datetime
    run: str | None = None
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A send of ours may have taken effect. `since` is the last moment it can have left us.

    `absences` counts the look-ups that showed nothing, `looks` those that could not tell. `everywhere`: our tables may
    have forgotten it, so that by now it can stand elsewhere than where it would be made.
    """

    n: int
    action: Action
    digest: str
    source_digest: str
    since: datetime
    absences: int = 0
    looks: int = 0
    run: str | None = None
    undo: bool = False
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What the target holds by our hand or with our knowledge; `digest` names the payload that we meant it to hold.

    `stamp` is the target's own change stamp of that moment, where it told one: any other means another hand. `run` is
    the run that wrote it, `updates` counts how often we changed it since. `kept`: a person chose what stands in the
    target over this version of the source.
    """

    n: int
    target_id: str
    digest: str
    source_digest: str
    origin: Origin
    at: datetime
    stamp: str | None = None
    run: str | None = None
    updates: int = 0
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossReference:
    """`given_up` names the record's former objects in the target: found deleted, they are no answer to a look-up."""

    record: RecordId
    kind: RecordKind
    state: State
    source_kind: RecordKind
    version: int = 0
    write_id: str = ""
    n: int = 0
    epoch: int = 1
    number: str | None = None
    other_number: str | None = None
    status_text: str | None = None
    mentions: tuple[Mention, ...] = ()
    kept: tuple[Kept, ...] = ()
    amount: Money | None = None
    month: str | None = None
    first_seen_at: datetime | None = None
    state_since: datetime | None = None
    stamp: str | None = None
    wanted: Wanted | None = None
    planned: Planned | None = None
    in_flight: InFlight | None = None
    unsettled: Unsettled | None = None
    confirmed: Confirmed | None = None
    reservation: str | None = None
    given_up: tuple[str, ...] = ()
    due_at: datetime | None = None
    attempts: int = 0
    reasons: tuple[Reason, ...] = ()
    audit_sequence: int = 0
    audit_head: str = "0" * 64

    @property
    def causes(self) -> frozenset[Cause]:
        """What the record waits for, as long as it is held."""
        if self.state is not State.HELD:
            return frozenset()
        return frozenset(reason.cause for reason in self.reasons if reason.cause is not None)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_busy(self) -> bool:
        """A write of ours is under way or in doubt: what is wanted may change, what is planned may not."""
        return self.in_flight is not None or self.unsettled is not None

    @property
    def wanted_by(self) -> str | None:
        """The run for which what is wanted is written: one that planned this version again, or that brought it."""
        if self.wanted is None:
            return None
        asked = self.in_flight or self.planned
        return asked.run if asked and asked.source_digest == self.wanted.digest else self.wanted.run

    @property
    def is_being_undone(self) -> bool:
        """A rollback was asked for and is not done yet."""
        return self.planned is not None and self.planned.undo
