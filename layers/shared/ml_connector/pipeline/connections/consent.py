"""A person's consent at a vendor, from the link that they are given to the connection that runs.

The link carries an invite, good for a day and for one consent. Each way to the vendor has a state of its own: good for
ten minutes, once, and only in the browser that began it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlencode

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import ConnectorError, SettingsError
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections import consent_words as words
from ml_connector.pipeline.connections.consent_application import Applications
from ml_connector.pipeline.connections.consent_grants import Authorised, ConsentGrants, offers
from ml_connector.pipeline.connections.consent_tickets import Tickets, mark, same_browser, verifier
from ml_connector.pipeline.connections.consent_words import ConsentError
from ml_connector.pipeline.connections.switches import Feed
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_consent import Consents, Offer, Ticket, TicketKind
from ml_connector.pipeline.system import Identity, OAuthEndpoints

__all__ = ["Authorised", "Choice", "ConsentError", "Consenting", "Departure", "Invitation", "SignIn"]


class SignIn(Protocol):
    """The two calls to the vendor, with the connection's own application."""

    def exchange(self, connection: Connection, *, code: str, verifier: str | None) -> TokenPair: ...

    def identity(self, connection: Connection, token: str) -> Identity: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    url: str
    expires_at: datetime
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where the browser goes, and the cookie that it takes along."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Several businesses: the person chooses one, and the browser brings `ticket` back."""

    ticket: str
    offers: tuple[Offer, ...]
    who: str


class Consenting:
    def __init__(
        self, ports: Ports, catalog: Catalog, consents: Consents, sign_in: SignIn, feed: Feed, *, local: bool
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._sign_in = sign_in
        self._tickets = Tickets(consents, ports.clock, ports.ids)
        self._applications = Applications(ports, catalog)
        self._grants = ConsentGrants(ports, catalog, consents, feed, local=local)

    def invite(self, connection: Connection, *, actor: str) -> Invitation:
        """A link for somebody without AWS access. Raises: SettingsError, AuthError where it could only fail."""
        endpoints, scopes = self._applications.endpoints(connection), self._applications.scopes(connection)
        if not scopes:
            raise SettingsError(f"no flow of {connection.id.name} is enabled, so nothing is needed", setting="flows")
        token, ticket = self._tickets.invite(connection.id, made_by=actor)
        self._ports.log.info("consent asked for", connection=str(connection.id), actor=actor)
        url = f"{endpoints.redirect_uri.removesuffix('/callback')}/start?{urlencode({'invite': token})}"
        return Invitation(url=url, expires_at=ticket.expires_at, scopes=scopes)

    def withdraw(self, connection: Connection, *, actor: str) -> list[Connection]:
        """Those that stand still from now on; none where there was no authorisation."""
        return self._grants.withdraw(connection, actor=actor)

    def start(self, system: str, *, invite: str, browser: str | None) -> Departure:
        """Raises: ConsentError."""
        ticket = self._tickets.look(invite, TicketKind.INVITE)
        connection = self._connection(ticket, system)
        try:
            endpoints, scopes = self._applications.endpoints(connection), self._applications.scopes(connection)
            client_id = self._applications.client_id(connection)
        except ConnectorError as error:
            raise words.failed(error, self._title(connection)) from error
        cookie = self._tickets.browser(browser)
        state = self._tickets.follow(ticket, TicketKind.STATE, invite=mark(invite), browser=cookie)
        query = _asking(endpoints, client_id, scopes) | {"state": state} | _challenge(endpoints, cookie, state)
        return Departure(url=f"{endpoints.authorize_url}?{urlencode(query)}", browser=cookie)

    def callback(
        self, system: str, *, state: str, browser: str | None, code: str | None, error: str | None
    ) -> Authorised | Choice:
        """Raises: ConsentError. The state is used up, whatever comes of it."""
        ticket = self._tickets.take(state, TicketKind.STATE)
        connection, cookie = self._connection(ticket, system), same_browser(ticket, browser)
        if error:
            raise words.refused(error, asked=", ".join(self._applications.scopes(connection)))
        if not code:
            raise ConsentError(words.NO_CODE, code="no_code")
        self._tickets.check_invite(ticket)
        identity, grant = self._granted(connection, code, verifier(cookie, state))
        chosen = self._chosen(connection, identity)
        self._grants.bring_along(connection, identity, grant=grant)
        if chosen is not None:
            return self._settled(ticket, chosen, grant=grant, who=identity.name)
        found = offers(identity)
        token = self._tickets.follow(
            ticket,
            TicketKind.CHOICE,
            invite=ticket.invite,
            browser=cookie,
            grant=grant,
            who=identity.name,
            offers=found,
        )
        return Choice(ticket=token, offers=found, who=identity.name)

    def choose(self, system: str, *, ticket: str, browser: str | None, business: str) -> Authorised:
        """Raises: ConsentError. A choice that was not offered leaves the list open."""
        found = self._tickets.look(ticket, TicketKind.CHOICE)
        self._connection(found, system)
        same_browser(found, browser)
        offer = next((one for one in found.offers if one.id == business), None)
        if offer is None:
            raise ConsentError(words.NOT_OFFERED, code="not_offered")
        taken = self._tickets.take(ticket, TicketKind.CHOICE)
        return self._settled(taken, offer, grant=taken.grant, who=taken.who)

    def _granted(self, connection: Connection, code: str, proof: str) -> tuple[Identity, str]:
        try:
            with_pkce = self._applications.endpoints(connection).pkce
            pair = self._sign_in.exchange(connection, code=code, verifier=proof if with_pkce else None)
            identity = self._sign_in.identity(connection, pair.access)
        except ConnectorError as error:
            self._ports.log.warning("consent failed", connection=str(connection.id), why=error.detail)
            raise words.failed(error, self._title(connection)) from error
        if pair.scope is None:  # then it is what was asked for: RFC 6749, 5.1
            pair = replace(pair, scope=" ".join(self._applications.scopes(connection)))
        return identity, self._grants.keep(connection, pair, identity)

    def _chosen(self, connection: Connection, identity: Identity) -> Offer | None:
        """The business that the connection has, else the only one there is; None where the person has to choose."""
        found = offers(identity)
        if account := self._grants.account(connection):
            own = self._grants.own(connection, identity)
            if own is None:
                text = words.OTHER_BUSINESS.format(title=self._title(connection), account=account)
                raise ConsentError(text, code="other_business")
            return own
        if not found:
            reasons = "; ".join(f"{one.name}: {one.unusable}" for one in identity.businesses) or "there is none"
            text = f"You have no business at {self._title(connection)} that can be connected ({reasons})."
            raise ConsentError(text, code="no_business")
        return found[0] if len(found) == 1 else None

    def _settled(self, ticket: Ticket, offer: Offer, *, grant: str, who: str) -> Authorised:
        """The invite is used up here, so that a consent that failed may be begun again with the same link."""
        self._tickets.spend_invite(ticket)
        connection = self._ports.connections.get(ticket.connection)
        return self._grants.settle(connection, offer, grant=grant, who=who, actor=ticket.made_by)

    def _connection(self, ticket: Ticket, system: str) -> Connection:
        try:
            connection = self._ports.connections.get(ticket.connection)
        except KeyError as error:
            raise ConsentError(words.BAD_INVITE, code="bad_ticket") from error
        if connection.system != system:
            raise ConsentError(words.BAD_INVITE, code="bad_ticket")
        return connection

    def _title(self, connection: Connection) -> str:
        return self._catalog.connector(connection.system).title


def _asking(endpoints: OAuthEndpoints, client_id: str, scopes: tuple[str, ...]) -> dict[str, str]:
    return {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": endpoints.redirect_uri,
        "scope": " ".join(scopes),
        **endpoints.authorize_extra,
    }


def _challenge(endpoints: OAuthEndpoints, browser: str, state: str) -> dict[str, str]:
    """RFC 7636, 4.2."""
    if not endpoints.pkce:
        return {}
    digest = base64.urlsafe_b64encode(sha256(verifier(browser, state).encode()).digest())
    return {"code_challenge": digest.decode().rstrip("="), "code_challenge_method": "S256"}
