"""The seam for business documents that partners send to a connection: a connector has a door for them or not.

A connector with a door exports DOOR in its `cxml/door.py`: pure, and imported without the rest of the folder. Its open
System offers `status_updates` where the connection tells its partners how far we are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from ml_connector.domain.document import DocumentKind, Standing
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.webhook import Delivery

OK, ACCEPTED = 200, 201
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_ACCEPTABLE, CONFLICT = 400, 401, 403, 406, 409
NOT_IMPLEMENTED, SIGNATURE_UNACCEPTABLE, SERVER_ERROR, TEMPORARY_ERROR = 450, 477, 500, 560


class DocumentRefusedError(ValueError):
    """The sender is answered with `code`. `why` is for our log: words of ours, and nothing out of the document."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRules:
    """What a connection lets in. `senders` and `identity` read `domain:name`; `tell` is empty where nobody is told."""

    identity: str
    senders: frozenset[str]
    kinds: frozenset[DocumentKind]
    accepted: int = ACCEPTED
    ids_are_unique: bool = True
    tell: frozenset[Standing] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A document of which only the outside was read. `signed` is some other proof than a shared secret.

    `body` is its bytes as they were written, unpacked: packed anew, the same document has other ones.
    """

    payload_id: str
    senders: tuple[str, ...]
    recipients: tuple[str, ...]
    secrets: tuple[str, ...] = field(repr=False)
    signed: bool
    is_test: bool
    body: bytes = field(repr=False)
    content: Any = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A document as it was read. `facts` are for the history, short and without a secret; `clean` is what is kept."""

    kind: DocumentKind
    about: RecordKind
    numbers: tuple[str, ...]
    orders: tuple[str, ...] = ()
    refers_to: str | None = None
    total: Money | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    clean: bytes = field(repr=False)


LONGEST_PAYLOAD_ID = 400
"""Of a sender's own id for a document, and so of what refers to one."""


class DocumentDoor(Protocol):
    """How documents of one system come in. Pure."""

    def rules(self, settings: Mapping[str, Any]) -> DoorRules | None:
        """None where the connection has no door. For settings that were checked."""
        ...

    def open(self, delivery: Delivery) -> Envelope:
        """Nothing is fetched, and no entity is known. Raises: DocumentRefusedError."""
        ...

    def is_from(self, envelope: Envelope, rules: DoorRules, secret: Mapping[str, str]) -> bool:
        """Whether a sender of the connection shows its secret, in constant time."""
        ...

    def read(self, envelope: Envelope) -> Arrived:
        """Raises: DocumentRefusedError."""
        ...

    def answer(self, code: int, *, payload_id: str, at: datetime) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """How far we are with a partner's invoice. One `payload_id` always names one content: it may be sent again."""

    payload_id: str
    at: datetime
    standing: Standing
    refers_to: str
    invoice: str


LONGEST_TELLING = timedelta(seconds=30)
"""A partner's server has this long at most: whoever waits for it has the work of all tenants to do."""


class StatusUpdates(Protocol):
    def send(self, update: StatusUpdate) -> None:
        """One call, of `LONGEST_TELLING` at most.

        Raises: TransientError, RateLimitedError, OutcomeUnknownError (send it again), RejectedError, AuthError.
        """
        ...


@runtime_checkable
class Telling(Protocol):
    """A System whose partners are told."""

    @property
    def status_updates(self) -> StatusUpdates | None: ...
