"""Registrations, sealed handshakes and pushes in memory."""

from __future__ import annotations

import base64
from copy import deepcopy
from datetime import timedelta

from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.registration import Push, Registration
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from tests.fakes.clock import FakeClock
from tests.fakes.hooks import Hooks, hooked
from tests.fakes.queues import FakeQueue


class FakeRegistrations:
    def __init__(self) -> None:
        self.rows: dict[str, Registration] = {}

    def find(self, registration_id: str) -> Registration | None:
        return deepcopy(self.rows.get(registration_id))

    def list(self, connection: ConnectionId) -> list[Registration]:
        found = [deepcopy(one) for one in self.rows.values() if one.connection == connection]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def put(self, registration: Registration, *, expected: Registration | None) -> bool:
        """Finding exactly `registration` there already is our own earlier success."""
        if self.rows.get(registration.id) not in (expected, registration):
            return False
        self.rows[registration.id] = deepcopy(registration)
        return True

    def remove(self, registration: Registration) -> None:
        self.rows.pop(registration.id, None)


class FakeCandidates:
    def seal(self, registration_id: str, code: str) -> str:
        return base64.b64encode(f"{registration_id}:{code}".encode()).decode()

    def open(self, registration_id: str, sealed: str) -> str:
        owner, _, code = base64.b64decode(sealed).decode().partition(":")
        if owner != registration_id:
            raise ValueError("sealed for another registration")
        return code


class FakePushes(FakeQueue[Push]):
    """They travel on NoticeQueue; apart here, so that a test sees which is which."""

    def send(self, push: Push, *, delay: timedelta = timedelta()) -> None:
        self._put(push, push.connection, delay)


class FakeDoors:
    """What outlives a process; `ports` is one process's way to it."""

    def __init__(self, clock: FakeClock) -> None:
        self.registrations = FakeRegistrations()
        self.candidates = FakeCandidates()
        self.pushes = FakePushes(clock)

    def ports(self, hooks: Hooks | None = None) -> RegistrationPorts:
        through = hooks or Hooks()
        return RegistrationPorts(
            registrations=hooked(self.registrations, "registrations", through),
            candidates=hooked(self.candidates, "candidates", through),
            pushes=hooked(self.pushes, "pushes", through),
        )
