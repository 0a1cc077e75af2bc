"""The port to what a consent under way is remembered by: tickets that a browser brings back, and who took an identity.

No token and no code is in any of it. A ticket is found by the hash of what the browser brings, so that the table lets
nobody in who reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ml_connector.domain.identity import ConnectionId


class TicketKind(StrEnum):
    """INVITE: a link to begin with. STATE: on the vendor's page. CHOICE: several businesses to choose from."""

    INVITE = "invite"
    STATE = "state"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A business to choose, as the vendor named it; `settings` are what the connection keeps of it."""

    id: str
    name: str
    settings: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`browser` is the hash of the cookie that the one browser has; `invite` the mark of the invite that began it.

    A CHOICE carries what there is to choose, who chooses, and the grant that was stored.
    """

    kind: TicketKind
    connection: ConnectionId
    made_by: str
    expires_at: datetime
    browser: str = ""
    invite: str = ""
    grant: str = ""
    who: str = ""
    offers: tuple[Offer, ...] = ()


class Consents(Protocol):
    """Tickets stand under their tenant. `mark` is the hash of the token that the browser brings."""

    def keep(self, mark: str, ticket: Ticket) -> None: ...

    def look(self, tenant: str, mark: str) -> Ticket | None: ...

    def take(self, tenant: str, mark: str) -> Ticket | None:
        """The ticket, which is gone then: of many who ask at once, one has it."""
        ...

    def list(self, tenant: str) -> Sequence[Ticket]: ...

    def claim(self, identity: str, tenant: str) -> bool:
        """Take an identity (a hash) for a tenant; False where another tenant has it. What is kept names neither."""
        ...

    def has_claim(self, identity: str, tenant: str) -> bool: ...

    def release(self, identity: str, tenant: str) -> None:
        """Another tenant's claim stays."""
        ...
