"""Tickets of a consent: what a browser brings back has to be ours, in time, unused, and from the same browser.

A token is the tenant's name and chance; a ticket is found by the token's hash under that tenant. What proves the
browser is a cookie of which only the hash is stored, and the PKCE verifier is made from the cookie: it is kept nowhere.
"""

from __future__ import annotations

import hmac
import re
from datetime import timedelta

from ml_connector.domain.identity import BadNameError, ConnectionId, checked_name, fingerprint
from ml_connector.pipeline.connections import consent_words as words
from ml_connector.pipeline.connections.consent_words import ConsentError
from ml_connector.pipeline.ports import Clock, IdSource
from ml_connector.pipeline.ports_consent import Consents, Offer, Ticket, TicketKind

INVITE_LIVES = timedelta(days=1)
STATE_LIVES = timedelta(minutes=10)
_BROWSER = re.compile(r"[0-9a-f]{64}")
_LONGEST = 200


class Tickets:
    """All refusals are ConsentErrors, in words for the person at the browser."""

    def __init__(self, consents: Consents, clock: Clock, ids: IdSource) -> None:
        self._consents = consents
        self._clock = clock
        self._ids = ids

    def invite(self, connection: ConnectionId, *, made_by: str) -> tuple[str, Ticket]:
        expires_at = self._clock.now() + INVITE_LIVES
        ticket = Ticket(kind=TicketKind.INVITE, connection=connection, made_by=made_by, expires_at=expires_at)
        return self._kept(ticket), ticket

    def follow(
        self,
        before: Ticket,
        kind: TicketKind,
        *,
        invite: str,
        browser: str,
        grant: str = "",
        who: str = "",
        offers: tuple[Offer, ...] = (),
    ) -> str:
        """The next step of what `before` began, in that browser; its token."""
        ticket = Ticket(
            kind=kind,
            connection=before.connection,
            made_by=before.made_by,
            expires_at=self._clock.now() + STATE_LIVES,
            browser=_hash_of(browser),
            invite=invite,
            grant=grant,
            who=who,
            offers=offers,
        )
        return self._kept(ticket)

    def look(self, token: str, kind: TicketKind) -> Ticket:
        tenant = _tenant_of(token)
        return self._good(self._consents.look(tenant, mark(token)) if tenant else None, kind)

    def take(self, token: str, kind: TicketKind) -> Ticket:
        """Used up by this, whoever asked."""
        tenant = _tenant_of(token)
        return self._good(self._consents.take(tenant, mark(token)) if tenant else None, kind)

    def check_invite(self, ticket: Ticket) -> None:
        """Another consent may have used it up in the meantime."""
        if self._consents.look(ticket.connection.tenant, ticket.invite) is None:
            raise ConsentError(words.BAD_INVITE, code="bad_ticket")

    def spend_invite(self, ticket: Ticket) -> None:
        if self._consents.take(ticket.connection.tenant, ticket.invite) is None:
            raise ConsentError(words.BAD_INVITE, code="bad_ticket")

    def browser(self, given: str | None) -> str:
        """The cookie that the browser has already, so that two consents in one browser do not disturb each other."""
        return given if given and _BROWSER.fullmatch(given) else self._ids.new() + self._ids.new()

    def _kept(self, ticket: Ticket) -> str:
        token = f"{ticket.connection.tenant}.{self._ids.new()}{self._ids.new()}"
        self._consents.keep(mark(token), ticket)
        return token

    def _good(self, ticket: Ticket | None, kind: TicketKind) -> Ticket:
        """The store may keep a ticket for days after its end: what counts is the end itself."""
        if ticket is None or ticket.kind is not kind or ticket.expires_at <= self._clock.now():
            refusal = words.BAD_INVITE if kind is TicketKind.INVITE else words.BAD_STATE
            raise ConsentError(refusal, code="bad_ticket")
        return ticket


def same_browser(ticket: Ticket, browser: str | None) -> str:
    """In constant time. Raises: ConsentError."""
    if browser is None or not hmac.compare_digest(_hash_of(browser), ticket.browser):
        raise ConsentError(words.OTHER_BROWSER, code="other_browser")
    return browser


def mark(token: str) -> str:
    return fingerprint("ticket", token, length=64)


def verifier(browser: str, state: str) -> str:
    """RFC 7636, 4.1: 64 characters that only the browser's cookie leads to."""
    return fingerprint("verifier", browser, state, length=64)


def _hash_of(browser: str) -> str:
    return fingerprint("browser", browser, length=64)


def _tenant_of(token: str) -> str | None:
    """The tenant that a token names; None where it cannot be one of ours."""
    tenant, _, chance = token.partition(".")
    try:
        return checked_name(tenant, "tenant") if chance and len(token) <= _LONGEST else None
    except BadNameError:
        return None
