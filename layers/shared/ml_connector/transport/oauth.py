"""OAuth grants. Client credentials with a token kept in this process; authorization codes as bare calls.

Who may refresh a rotating grant, and when, is decided elsewhere (the lease); a failed refresh says here whether the
refresh token may have been used up.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

import httpx

from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.system import OAuthEndpoints
from ml_connector.transport.token_call import Client, granted

__all__ = ["Client", "ClientCredentials", "TokenPair", "exchange_code", "refresh"]

_TIMEOUT = timedelta(seconds=15)


class ClientCredentials:
    """A TokenSource for the client-credentials grant. However many threads ask at once, one call is made.

    A token is renewed `endpoints.early` before it expires, but never more than a fifth of its life early: a life of
    five minutes works.
    """

    def __init__(
        self,
        *,
        endpoints: OAuthEndpoints,
        http: httpx.Client,
        client: Client,
        now: Callable[[], datetime],
        system: str,
        timeout: timedelta = _TIMEOUT,
    ) -> None:
        self._endpoints = endpoints
        self._http = http
        self._client = client
        self._now = now
        self._system = system
        self._timeout = timeout
        self._lock = Lock()
        self._token: str | None = None
        self._good_until: datetime | None = None
        self._calls = 0
        self._failure: ConnectorError | None = None

    def token(self) -> str:
        """Raises: AuthError, RateLimitedError, TransientError."""
        calls_before = self._calls
        with self._lock:
            now = self._now()
            if self._token is not None and self._good_until is not None and now < self._good_until:
                return self._token
            if self._failure is not None and self._calls != calls_before:
                raise copy(self._failure)  # the call that we waited for failed: once is enough
            return self._renewed(now)

    def refused(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = self._good_until = None

    def _renewed(self, now: datetime) -> str:
        self._token = self._good_until = self._failure = None
        try:
            pair = granted(
                self._endpoints,
                {"grant_type": "client_credentials"},
                http=self._http,
                client=self._client,
                now=now,
                system=self._system,
                operation="get a token",
                timeout=self._timeout,
                is_write=False,
            )
        except ConnectorError as error:
            self._failure = error
            raise
        finally:
            self._calls += 1
        self._token = pair.access
        self._good_until = pair.expires_at - min(self._endpoints.early, (pair.expires_at - now) / 5)
        return pair.access


def refresh(
    endpoints: OAuthEndpoints,
    *,
    http: httpx.Client,
    client: Client,
    refresh_token: str,
    now: datetime,
    system: str,
    timeout: timedelta = _TIMEOUT,
) -> TokenPair:
    """A new pair for a refresh token. An answer without a new refresh token leaves the old one in force.

    Raises: AuthError (`code` "invalid_grant" when the refresh token itself was refused), RateLimitedError,
    TransientError (it was not sent), OutcomeUnknownError (it may have been used up).
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    pair = granted(
        endpoints, form, http=http, client=client, now=now, system=system, operation="refresh a token", timeout=timeout
    )
    return pair if pair.refresh else replace(pair, refresh=refresh_token)


def exchange_code(
    endpoints: OAuthEndpoints,
    *,
    http: httpx.Client,
    client: Client,
    code: str,
    redirect_uri: str,
    now: datetime,
    system: str,
    verifier: str | None = None,
    timeout: timedelta = _TIMEOUT,
) -> TokenPair:
    """The first pair, for the code that came back from the vendor's page; `verifier` where PKCE was used.

    Raises: as `refresh`.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if verifier is not None:
        form["code_verifier"] = verifier
    return granted(
        endpoints, form, http=http, client=client, now=now, system=system, operation="exchange a code", timeout=timeout
    )
