"""What becomes of a consent: one grant for each identity and application of a tenant, and its connections run again.

The pair is stored before anything else is asked of the person: with most vendors it has ended the one before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ml_connector.domain.connection import Connection, ConnectionState, GrantState
from ml_connector.domain.errors import TransientError
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.consent_application import Applications
from ml_connector.pipeline.connections.consent_scopes import Needed, grant_of, lacking, needed_scopes, told
from ml_connector.pipeline.connections.consent_words import SECOND_TENANT, ConsentError
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from ml_connector.pipeline.connections.switches import Feed
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_consent import Consents, Offer
from ml_connector.pipeline.system import Business, Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """What a consent came to. `missing` are scopes that its flows need and the vendor did not give."""

    connection: Connection
    business: str
    who: str
    missing: Needed
    fed: int = 0


class ConsentGrants:
    def __init__(self, ports: Ports, catalog: Catalog, consents: Consents, feed: Feed, *, local: bool) -> None:
        self._ports = ports
        self._catalog = catalog
        self._consents = consents
        self._feed = feed
        self._local = local
        self._applications = Applications(ports, catalog)

    def keep(self, connection: Connection, pair: TokenPair, identity: Identity) -> str:
        """Store the pair where every connection of that identity and application finds it; the grant's name.

        Raises: ConsentError where the identity belongs to another tenant.
        """
        tenant, key = connection.id.tenant, self._applications.identity_key(connection, identity)
        grant = f"{connection.system}-{key[:16]}"
        if not self._consents.claim(key, tenant):
            self._hand_back(key, grant, pair)
            self._ports.log.warning("identity belongs to another tenant", connection=str(connection.id))
            raise ConsentError(SECOND_TENANT, code="second_tenant")
        shelf = GrantShelf(self._ports, tenant=tenant, grant=grant)
        now = self._ports.clock.now()
        shelf.authorise(pair, now=now, identity=key)
        for sharing in self._ports.connections.list(tenant):
            if sharing.grant == grant and sharing.id != connection.id:
                anew = replace(sharing, authorised_at=now)
                self._ports.connections.save(anew)
                self._run(anew)
        return grant

    def settle(self, connection: Connection, offer: Offer, *, grant: str, who: str, actor: str) -> Authorised:
        """The connection is that business's from now on, and goes on where it stopped. A person's pause stands."""
        settings = self._settings(connection, offer)
        account = self._catalog.connector(connection.system).account_of(settings)
        now = self._ports.clock.now()
        chosen = replace(connection, settings=settings, account=account, grant=grant, authorised_at=now)
        self._ports.connections.save(chosen)
        self._ports.log.info("connection authorised", connection=str(connection.id), grant=grant, actor=actor)
        running, fed = self._run(chosen)
        return Authorised(connection=running, business=offer.name, who=who, missing=self._missing(running), fed=fed)

    def bring_along(self, connection: Connection, identity: Identity, *, grant: str) -> None:
        """Connections that shared its former grant, whose person nobody knows, where this person has their business.

        Else they would stay with a grant that came in a file and that this very consent has ended.
        """
        former = connection.grant
        if former is None or former == grant or self._is_known(connection, former):
            return
        for sharing in self._ports.connections.list(connection.id.tenant):
            if sharing.grant == former and sharing.id != connection.id and self.own(sharing, identity) is not None:
                moved = replace(sharing, grant=grant, authorised_at=self._ports.clock.now())
                self._ports.connections.save(moved)
                self._run(moved)

    def withdraw(self, connection: Connection, *, actor: str) -> list[Connection]:
        """Forget the authorisation: whoever shares it stands still, and another tenant may have that person now.

        The row is dead before the tokens go: a process that has them cached finds that out at its next refresh.
        Raises: TransientError where somebody refreshes it in this moment.
        """
        row = grant_of(self._ports, connection)
        if row is None:
            return []
        why = f"authorisation withdrawn by {actor}"
        dead = replace(row, state=GrantState.DEAD, why=why, lease_holder=None, lease_until=None)
        if not self._ports.grants.put(dead, expected=row):
            raise TransientError(f"the authorisation {row.grant} is being refreshed: try again")
        self._ports.secrets.delete(row.secret)
        if row.identity is not None:
            self._consents.release(row.identity, row.tenant)
        sharing = [one for one in self._ports.connections.list(row.tenant) if one.grant == row.grant]
        stopped = [replace(one, grant=None, state=ConnectionState.STOPPED, state_why=why) for one in sharing]
        for one in stopped:  # last: as long as one of them names the grant, this can be done again
            self._ports.connections.save(one)
        self._ports.log.info("authorisation withdrawn", grant=row.grant, actor=actor)
        return stopped

    def own(self, connection: Connection, identity: Identity) -> Offer | None:
        """The business that the connection is set to; None where that is not among the identity's."""
        account = self.account(connection)
        found = ((one, self.account(connection, one)) for one in offers(identity))
        return next((one for one, offered in found if account and offered == account), None)

    def account(self, connection: Connection, offer: Offer | None = None) -> str:
        """The vendor's account that it is set to, or would be with that business; empty where none is chosen."""
        account_of = self._catalog.connector(connection.system).account_of
        return account_of({**connection.settings, **(offer.settings if offer is not None else {})})

    def _settings(self, connection: Connection, offer: Offer) -> dict[str, object]:
        check = self._catalog.connector(connection.system).check_settings
        return dict(check({**connection.settings, **offer.settings}, local=self._local))

    def _run(self, connection: Connection) -> tuple[Connection, int]:
        """From a stop of ours only; with scopes missing it stands still, and says which."""
        missing = self._missing(connection)
        if connection.state is ConnectionState.PAUSED:
            return connection, 0
        if missing:
            stopped = replace(
                connection, state=ConnectionState.STOPPED, state_why=f"not authorised for {told(missing)}"
            )
            self._ports.connections.save(stopped)
            return stopped, 0
        if connection.is_running:
            return connection, 0
        running = replace(connection, state=ConnectionState.ACTIVE, state_why=None)
        self._ports.connections.save(running)
        return running, self._feed(running.id)

    def _missing(self, connection: Connection) -> Needed:
        row = grant_of(self._ports, connection)
        return lacking(needed_scopes(self._ports, self._catalog, connection), row.scopes if row else ())

    def _is_known(self, connection: Connection, former: str) -> bool:
        row = grant_of(self._ports, replace(connection, grant=former))
        return row is not None and row.identity is not None

    def _hand_back(self, key: str, grant: str, pair: TokenPair) -> None:
        """This consent ended the pair of the tenant whose identity it is: that same person's same grant lives on in it.

        Not where it would be given less than it has: then it dies, plainly, and its own tenant authorises again.
        """
        for tenant in self._ports.connections.tenants():
            if not self._consents.has_claim(key, tenant):
                continue
            try:
                row = self._ports.grants.load(tenant, grant)
            except KeyError:
                return
            if set(row.scopes) <= set((pair.scope or "").split()):
                shelf = GrantShelf(self._ports, tenant=tenant, grant=grant)
                shelf.authorise(pair, now=self._ports.clock.now(), identity=key)


def offers(identity: Identity) -> tuple[Offer, ...]:
    return tuple(_offer(business) for business in identity.businesses if business.unusable is None)


def _offer(business: Business) -> Offer:
    return Offer(id=business.id, name=business.name, settings=dict(business.settings))
