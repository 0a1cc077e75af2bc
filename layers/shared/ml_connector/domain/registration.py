"""A registration: one event of one connection that a system is to push to us, at an address that nobody can guess.

It is stored before the system hears of it. Its id is all that the address gives away; its signing key is never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ml_connector.domain.identity import ConnectionId, fingerprint


class RegistrationState(StrEnum):
    """PENDING and RESEND wait for the system's handshake; VERIFIED has its key for good; ENDED is to be taken back."""

    PENDING = "pending"
    RESEND = "resend"
    VERIFIED = "verified"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """`id` is 128 random bits in hexadecimal, and stands in `uri`. `callback_id` is the system's own name for it.

    `facts` is what the connector must know of the connection to judge a delivery: the account it must be about.
    `asked` counts how often the system was asked, the last time at `asked_at`; `checked_at` is when its list was read.
    """

    id: str
    connection: ConnectionId
    system: str
    event: str
    uri: str
    created_at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    state: RegistrationState = RegistrationState.PENDING
    callback_id: str | None = None
    asked_at: datetime | None = None
    asked: int = 0
    verified_at: datetime | None = None
    checked_at: datetime | None = None
    why: str | None = None

    @property
    def awaits_handshake(self) -> bool:
        return self.state in (RegistrationState.PENDING, RegistrationState.RESEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What came in through a registration, to be worked on after the answer. It carries ids, and no content.

    `candidate` is a handshake's code, sealed; None in a delivery, whose signature was verified by then.
    """

    registration: str
    connection: ConnectionId
    event: str
    object_id: str
    candidate: str | None = None
    attempt: int = 0


def door_mark(stack: str, registration_id: str) -> str:
    """What a stack's door says beside its answer: a ping knows by it that its own door answered this very knock."""
    return fingerprint("door", stack, registration_id, length=16)
