"""The seam for systems that push: a connector has it or not, and nothing else of it changes.

A connector whose system pushes exports WEBHOOK in its `webhook.py`: pure, and imported without the rest of the folder,
since the receiver needs no more. Its open System offers `callbacks`, with which the registrations are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from ml_connector.domain.records.kinds import RecordKind


class UnreadableError(ValueError):
    """What was pushed has not the form that this system's pushes have. Without its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came in, as it came, and when. Header names in lower case."""

    raw: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A delivery as it was read; nothing of it counts before its signature was verified.

    `facts` are the ids that say whose it is. `code` is there in a handshake alone: then `object_id` is the callback's.
    """

    event: str
    object_id: str
    facts: Mapping[str, str]
    code: str | None = field(default=None, repr=False)


class Webhook(Protocol):
    """How one system's pushes are read and verified. Pure."""

    @property
    def content_types(self) -> frozenset[str]: ...

    def facts(self, settings: Mapping[str, Any]) -> Mapping[str, str]:
        """What of a connection's settings decides whether a delivery is meant for it, and how it is verified."""
        ...

    def events(
        self, *, reads: Iterable[RecordKind], writes: Iterable[RecordKind], settings: Mapping[str, Any]
    ) -> frozenset[str]:
        """What to listen to for flows that read these kinds there, and for flows that write those."""
        ...

    def about(self, event: str) -> RecordKind | None:
        """The kind of record that an event is about; None where it is none of ours."""
        ...

    def is_end(self, event: str) -> bool:
        """Whether the event says that its object is no more: what stands in it went with it."""
        ...

    def read(self, delivery: Delivery) -> Pushed:
        """Raises: UnreadableError."""
        ...

    def is_signed(self, delivery: Delivery, *, key: str, facts: Mapping[str, str]) -> bool:
        """By the system's documented rule, in constant time."""
        ...

    def is_meant(self, pushed: Pushed, facts: Mapping[str, str]) -> bool:
        """Whether the ids that it carries are this connection's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A registration as the system has it; `expires_at` where it ends by itself."""

    id: str
    event: str
    uri: str
    verified: bool
    expires_at: datetime | None = None


class Callbacks(Protocol):
    """What a system is told of where to push. Raises: the errors of its calls; NotFoundError where it is gone."""

    @property
    def key(self) -> str | None:
        """What it signs with, where that is known beforehand: there is no handshake then."""
        ...

    def all(self) -> Sequence[Callback] | None:
        """None where the system does not tell us: what is stored is believed."""
        ...

    def register(self, *, event: str, uri: str) -> Callback: ...

    def confirm(self, callback_id: str, code: str) -> Callback:
        """Send back the code of its handshake. Verified only where the answer says so."""
        ...

    def send_again(self, callback_id: str) -> None:
        """Ask for the handshake once more."""
        ...

    def renew(self, callback_id: str) -> None:
        """Put off the end of one that has an end."""
        ...

    def remove(self, callback_id: str) -> None: ...


@runtime_checkable
class Pushing(Protocol):
    """A System that can be told where to push."""

    @property
    def callbacks(self) -> Callbacks: ...
