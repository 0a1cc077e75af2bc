"""The calendar of what ends by itself: grants whose vendor sets an end, credentials with a last day, open links.

Access tokens are not in it: they are refreshed by themselves, all the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ml_connector.domain.connection import Connection, GrantRow, GrantState
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_consent import Consents, Ticket, TicketKind

NOTICE_DAYS = (14, 7, 1)
"""How long before there is an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """`mend` is the command that gives it a new life; `notice` is off for what is meant to be over soon."""

    at: datetime
    what: str
    connections: tuple[str, ...]
    mend: str
    notice: bool = True


def expiries(ports: Ports, tenant: str, *, consents: Consents | None = None) -> tuple[Expiry, ...]:
    """The next first; what is over already stays until it is mended."""
    connections = ports.connections.list(tenant)
    found = [*_grants(ports, tenant, connections), *_secrets(connections)]
    if consents is not None:
        found += _links(consents.list(tenant), now=ports.clock.now())
    return tuple(sorted(found, key=lambda one: (one.at, one.what)))


def due_within(found: Iterable[Expiry], days: int, *, now: datetime) -> int:
    return sum(one.notice and one.at <= now + timedelta(days=days) for one in found)


def _grants(ports: Ports, tenant: str, connections: Sequence[Connection]) -> Iterable[Expiry]:
    for grant in sorted({one.grant for one in connections if one.grant}):
        row = _row(ports, tenant, grant)
        if row is None or row.ends_at is None or row.state is GrantState.DEAD:  # a dead one has an alarm of its own
            continue
        sharing = tuple(one.id.name for one in connections if one.grant == grant)
        yield Expiry(
            at=row.ends_at, what="authorisation", connections=sharing, mend=f"ml-connector authorise {sharing[0]}"
        )


def _secrets(connections: Sequence[Connection]) -> Iterable[Expiry]:
    """Until the end of its last day, in UTC."""
    for one in connections:
        if one.secret_expires_on is not None:
            at = datetime.combine(one.secret_expires_on, time(), UTC) + timedelta(days=1)
            mend = f"ml-connector replace-secret {one.id.name}"
            yield Expiry(at=at, what="client credentials", connections=(one.id.name,), mend=mend)


def _links(tickets: Iterable[Ticket], *, now: datetime) -> Iterable[Expiry]:
    for one in tickets:
        if one.kind is TicketKind.INVITE and one.expires_at > now:
            mend = f"ml-connector authorise {one.connection.name}"
            what = f"link to authorise, by {one.made_by}"
            yield Expiry(at=one.expires_at, what=what, connections=(one.connection.name,), mend=mend, notice=False)


def _row(ports: Ports, tenant: str, grant: str) -> GrantRow | None:
    try:
        return ports.grants.load(tenant, grant)
    except KeyError:
        return None
