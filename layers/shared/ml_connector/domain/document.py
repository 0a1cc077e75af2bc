"""A business document that a partner sent us about a record of ours. It is evidence, and never the record itself.

Its content is stored sealed, apart; here is what is needed to know it again and to find whom it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ml_connector.domain.identity import ConnectionId, RecordId
from ml_connector.domain.records.kinds import RecordKind


class DocumentKind(StrEnum):
    INVOICE = "invoice"
    ORDER = "order"
    CONFIRMATION = "confirmation"
    SHIP_NOTICE = "ship_notice"
    STATUS_UPDATE = "status_update"


class DocumentState(StrEnum):
    """WAITING for its record; ATTACHED to all that it names; KEPT where it never will be, and `why` says so."""

    WAITING = "waiting"
    ATTACHED = "attached"
    KEPT = "kept"


class Standing(StrEnum):
    """What a partner may be told of how far we are with their invoice. Payment is none of it."""

    POSTED = "posted"
    HELD = "held"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`id` is a hash of who sent it and the sender's own id for it, `body_hash` of its bytes, unpacked.

    `about` is the kind of record that `numbers` name; `orders` are purchase orders that an invoice bills. `told` is
    what the sender was last told of its record, `tellings` how often that was settled, `tries` how often since.
    """

    connection: ConnectionId
    id: str
    kind: DocumentKind
    sender: str
    payload_id: str
    body_hash: str
    received_at: datetime
    code: int
    about: RecordKind
    numbers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    state: DocumentState = DocumentState.WAITING
    why: str | None = None
    records: tuple[RecordId, ...] = ()
    reused_at: datetime | None = None
    tells: bool = False
    told: Standing | None = None
    tellings: int = 0
    tries: int = 0

    @property
    def is_open(self) -> bool:
        """Whether somebody must look at it again."""
        waits = self.state is DocumentState.WAITING
        return waits or (self.state is DocumentState.ATTACHED and (self.tells or self.reused_at is not None))
