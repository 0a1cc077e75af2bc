"""The ports of what systems push to us: registrations, their sealed handshakes, and what came in by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.registration import Push, Registration


class Registrations(Protocol):
    """The one thing that is found without its tenant: a push comes with nothing but the id in its address."""

    def find(self, registration_id: str) -> Registration | None:
        """A consistent read."""
        ...

    def list(self, connection: ConnectionId) -> list[Registration]:
        """Oldest first."""
        ...

    def put(self, registration: Registration, *, expected: Registration | None) -> bool:
        """Replace exactly `expected`; False where it is another by now. Putting one thing twice is harmless."""
        ...

    def remove(self, registration: Registration) -> None: ...


class Candidates(Protocol):
    """Seals a handshake's code on its way to the worker: it opens for its own registration alone."""

    def seal(self, registration_id: str, code: str) -> str: ...

    def open(self, registration_id: str, sealed: str) -> str:
        """Raises ValueError where it was not sealed for this registration."""
        ...


class Pushes(Protocol):
    def send(self, push: Push, *, delay: timedelta = timedelta()) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPorts:
    registrations: Registrations
    candidates: Candidates
    pushes: Pushes
