"""Tickets and claimed identities in memory."""

from __future__ import annotations

from ml_connector.pipeline.ports_consent import Ticket


class FakeConsents:
    def __init__(self) -> None:
        self.tickets: dict[tuple[str, str], Ticket] = {}
        self.claims: dict[str, str] = {}

    def keep(self, mark: str, ticket: Ticket) -> None:
        self.tickets[(ticket.connection.tenant, mark)] = ticket

    def look(self, tenant: str, mark: str) -> Ticket | None:
        return self.tickets.get((tenant, mark))

    def take(self, tenant: str, mark: str) -> Ticket | None:
        return self.tickets.pop((tenant, mark), None)

    def list(self, tenant: str) -> list[Ticket]:
        return [ticket for (owner, _), ticket in sorted(self.tickets.items()) if owner == tenant]

    def claim(self, identity: str, tenant: str) -> bool:
        return self.claims.setdefault(identity, tenant) == tenant

    def has_claim(self, identity: str, tenant: str) -> bool:
        return self.claims.get(identity) == tenant

    def release(self, identity: str, tenant: str) -> None:
        if self.has_claim(identity, tenant):
            del self.claims[identity]
