"""What is kept of a connection, its flows, its mappings and its grant. No secret is in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.records.kinds import ReferenceKind


class ConnectionState(StrEnum):
    """PAUSED by a person; STOPPED by us, because its credentials were refused."""

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """`account` names the vendor's account that rate limits and grants are counted by; `secret` a secret's name.

    `secret_expires_on` is the day on which the vendor takes the credentials no more, where a person has said it.
    `authorised_at` is the last consent: a process that has an older one's token in hand lets it go.
    """

    id: ConnectionId
    system: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    secret: str = ""
    grant: str | None = None
    state: ConnectionState = ConnectionState.ACTIVE
    state_why: str | None = None
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    secret_expires_on: date | None = None
    authorised_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        return self.state is ConnectionState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSettings:
    """`blackouts` are times at which it reads and plans, and writes nothing (`domain/blackout.py`), in `time_zone`."""

    id: FlowId
    enabled: bool = True
    paused: bool = False
    cadence: str | None = None
    time_zone: str = "UTC"
    blackouts: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        return self.enabled and not self.paused

    def closed_until(self, now: datetime) -> datetime | None:
        """When the blackout ends that it is in; None outside of any."""
        if not self.blackouts:
            return None
        from ml_connector.domain.blackout import closed_until  # time zones cost 20 ms of a cold start

        return closed_until(self.blackouts, self.time_zone, now)

    def may_write(self, now: datetime) -> bool:
        return self.is_running and self.closed_until(now) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingEntry:
    """One choice of the tenant's, for documents dated from `valid_from` to `valid_to`, both included; None: no bound.

    `target_id` None means that the choice was taken back. `among` names the target's list that the entry stands in,
    where it is not that of its own kind; `written` says that there is no list, and `target_id` is the text itself.
    `target_type` is the entry's type as it was when it was chosen. See `domain/mapping.py`.
    """

    connection: ConnectionId
    kind: ReferenceKind
    code: str
    target_id: str | None
    target_name: str | None = None
    target_type: str | None = None
    among: ReferenceKind | None = None
    written: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    version: int = 0
    set_by: str = ""
    set_at: datetime | None = None


class GrantState(StrEnum):
    """SUSPECT: a refresh was refused, and no newer token has appeared yet. DEAD: a person must authorise again."""

    LIVE = "live"
    SUSPECT = "suspect"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """The lease on one grant (application + identity). `secret_version` names the token pair that counts.

    `expires_at` is the access token's end, `ends_at` that of the grant itself where the vendor sets one. `identity` is
    a hash of who consented, where a consent of ours found it out; `scopes` is what they gave.
    """

    tenant: str
    grant: str
    secret: str
    secret_version: str
    generation: int = 1
    state: GrantState = GrantState.LIVE
    expires_at: datetime | None = None
    lease_holder: str | None = None
    lease_until: datetime | None = None
    suspect_since: datetime | None = None
    why: str | None = None
    ends_at: datetime | None = None
    identity: str | None = None
    scopes: tuple[str, ...] = ()
