"""Keep what systems push to us as the enabled flows want it: register, ask again, repair each day, take back.

By level, as holds are lifted: what is wanted is compared with what is stored, whatever made the two differ. No system
is called as long as they agree and were compared with the system's own list within the last day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ml_connector.domain.connection import Connection
from ml_connector.domain.registration import Registration, RegistrationState
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.registration_look import Look, Tended
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ingest.watching import TargetWatch
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from ml_connector.pipeline.webhook import Pushing

__all__ = ["CHECK_EVERY", "HANDSHAKE_WITHIN", "Registrar", "Tended", "Wanted"]

CHECK_EVERY = timedelta(days=1)
HANDSHAKE_WITHIN = timedelta(minutes=10)
"""A handshake comes in seconds or minutes. After this it is asked for again, each time after twice as long."""

_MOST_DOUBLED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The registrations that a connection should have: these events, below this address, with these facts."""

    events: frozenset[str] = frozenset()
    address: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def uri(self, registration_id: str) -> str:
        return f"{self.address}{registration_id}"

    def has(self, one: Registration) -> bool:
        return one.event in self.events and one.uri == self.uri(one.id) and dict(one.facts) == dict(self.facts)


class Registrar:
    """`api_url` is the stack's own public address; a connection's setting `callback_base_url` goes before it."""

    def __init__(
        self,
        ports: Ports,
        catalog: Catalog,
        systems: Systems,
        doors: RegistrationPorts,
        keys: SigningKeys,
        *,
        api_url: str,
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._registrations = doors.registrations
        self._keys = keys
        self._api_url = api_url
        self._watch = TargetWatch(ports, catalog, systems)

    def wanted(self, connection: Connection) -> Wanted:
        """From the enabled flows at this connection, paused or not. Nothing where its system does not push."""
        webhook = self._catalog.webhooks.get(connection.system)
        base = str(connection.settings.get("callback_base_url") or self._api_url).rstrip("/")
        if webhook is None or not base:
            return Wanted()
        flows = [one.id for one in self._ports.connections.flows(connection.id.tenant) if one.enabled]
        read = [self._catalog.flow(one.flow).source.kind for one in flows if one.source_connection == connection.id]
        written = [self._catalog.flow(one.flow).target.kind for one in flows if one.target_connection == connection.id]
        return Wanted(
            events=webhook.events(reads=read, writes=written, settings=connection.settings),
            address=f"{base}/in/{connection.system}/",
            facts=webhook.facts(connection.settings),
        )

    def stored(self, connection: Connection) -> Sequence[Registration]:
        return self._registrations.list(connection.id)

    def tend(self, connection: Connection, *, thorough: bool = False) -> Tended:
        """Put right what differs. `thorough` asks the system in any case.

        Raises: the errors of reading its list; what cannot be done after that is told in `problems`.
        """
        done = Tended()
        if connection.system not in self._catalog.webhooks or not connection.is_running:
            return done
        wanted, stored, now = self.wanted(connection), self.stored(connection), self._ports.clock.now()
        kept = kept_of(wanted, stored)
        due = frozenset(one.id for one in stored if thorough or one not in kept or is_due(one, now))
        gone = {one.id for one in stored if one.state is RegistrationState.ENDED and not is_due(one, now)}
        missing = wanted.events - {one.event for one in kept}
        if not missing and not (due if thorough else due - gone):
            return done
        system = self._systems.open(connection)
        assert isinstance(system, Pushing), f"{connection.system} offers no callbacks"
        look = Look(self._ports, self._registrations, self._keys, connection, system.callbacks, done)
        look.over(stored, {one.id for one in kept}, due, address=wanted.address)
        for event in sorted(missing | look.replaced):
            look.register(event, uri=wanted.uri, facts=wanted.facts)
        if look.replaced:
            self._watch.look_at_all(connection)
        self._ports.log.info(
            "registrations", connection=str(connection.id), registered=done.registered, problems=done.problems
        )
        return done


def kept_of(wanted: Wanted, stored: Sequence[Registration]) -> list[Registration]:
    """One for each event: the verified one, else the oldest. Two may come from two who looked at once."""
    found: dict[str, Registration] = {}
    for one in sorted(stored, key=lambda one: (one.awaits_handshake, one.created_at, one.id)):
        if one.state is not RegistrationState.ENDED and wanted.has(one):
            found.setdefault(one.event, one)
    return list(found.values())


def is_due(one: Registration, now: datetime) -> bool:
    """Whether the system is to be asked about it again."""
    if one.state is RegistrationState.VERIFIED:
        return one.checked_at is None or now - one.checked_at >= CHECK_EVERY
    wait = min(HANDSHAKE_WITHIN * 2 ** min(max(one.asked - 1, 0), _MOST_DOUBLED), CHECK_EVERY)
    return one.asked_at is None or now - one.asked_at >= wait
