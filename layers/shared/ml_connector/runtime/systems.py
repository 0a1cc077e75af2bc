"""Open connections: secrets, token source, allowance and HTTP client put together, and kept for a few minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from ml_connector.domain.codec import encode
from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import AuthError
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.records.record import canonical
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.grants import GrantTokens
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.system import (
    Connector,
    Grant,
    Identity,
    OAuthEndpoints,
    Opening,
    Parallel,
    System,
    TokenSource,
)
from ml_connector.runtime.budget import SharedBudget, Waiting

if TYPE_CHECKING:
    import httpx


_KEPT_FOR = timedelta(minutes=5)
_RENEWED_WITHIN = timedelta(minutes=30)


class OpenSystems:
    """Kept per connection, settings and consent; a replaced secret is used within five minutes, or after a refusal."""

    def __init__(
        self,
        ports: Ports,
        catalog: Catalog,
        parallel: Parallel,
        *,
        local: bool,
        http: httpx.Client | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        """`waiting`: how long this process may still run, and how it waits; without it nothing ends it or waits."""
        self._ports = ports
        self._catalog = catalog
        self._parallel = parallel
        self._local = local
        self._given_http = http
        self._waiting = waiting
        self._open: dict[ConnectionId, tuple[datetime, bytes, System]] = {}

    def open(self, connection: Connection) -> System:
        now = self._ports.clock.now()
        consented = connection.grant, encode(connection.authorised_at)
        mark = canonical([dict(connection.settings), connection.secret, *consented, connection.state])
        kept = self._open.get(connection.id)
        if kept is not None and kept[1] == mark and now - kept[0] < _KEPT_FOR:
            return kept[2]
        system = self._opened(connection)
        self._open[connection.id] = (now, mark, system)
        return system

    def _opened(self, connection: Connection) -> System:
        connector = self._catalog.connector_of(connection)
        secret = self._secret(connection)
        limits = connector.limits(connection.settings)
        return connector.open(
            Opening(
                settings=connection.settings,
                secret=secret,
                tokens=self._tokens(connector, connection, secret),
                budget=SharedBudget(self._ports, connection, limits, waiting=self._waiting),
                parallel=self._parallel,
                http=self._http,
                now=self._ports.clock.now,
                local=self._local,
            )
        )

    def _secret(self, connection: Connection) -> dict[str, str]:
        try:
            return dict(self._ports.secrets.read(connection.secret))
        except KeyError as error:
            text = f"connection {connection.id.name} has no credentials stored: onboard it again, or replace its secret"
            raise AuthError(text, system=connection.system, operation="read the secret") from error

    def _tokens(self, connector: Connector, connection: Connection, secret: dict[str, str]) -> TokenSource | None:
        if connector.oauth is None:
            return None
        endpoints = connector.oauth(connection.settings)
        if connector.grant is Grant.CLIENT_CREDENTIALS:
            from ml_connector.transport.oauth import Client, ClientCredentials

            return ClientCredentials(
                endpoints=endpoints,
                http=self._http,
                client=Client(id=secret["client_id"], secret=secret["client_secret"]),
                now=self._ports.clock.now,
                system=connection.system,
            )
        return self._grant_tokens(connection, endpoints)

    def _grant_tokens(self, connection: Connection, endpoints: OAuthEndpoints) -> GrantTokens:
        """Refreshes under the grant's lease, with the application's secret as it is stored at that moment."""
        if connection.grant is None:
            text = f"connection {connection.id.name} was never authorised: ml-connector authorise {connection.id.name}"
            raise AuthError(text, system=connection.system, operation="find the grant")
        return GrantTokens(
            self._ports,
            tenant=connection.id.tenant,
            grant=connection.grant,
            application_secret=connection.secret,
            refresh=lambda application, token: self._refreshed(connection, endpoints, application, token),
            early=endpoints.early,
            turn=self._waiting.turn if self._waiting is not None else None,
        )

    def _refreshed(
        self, connection: Connection, endpoints: OAuthEndpoints, application: Mapping[str, str], token: str
    ) -> TokenPair:
        from ml_connector.transport import oauth

        return oauth.refresh(
            endpoints,
            http=self._http,
            client=oauth.Client(id=application["client_id"], secret=application["client_secret"]),
            refresh_token=token,
            now=self._ports.clock.now(),
            system=connection.system,
        )

    def exchange(self, connection: Connection, *, code: str, verifier: str | None) -> TokenPair:
        """The first pair of a consent. Raises: AuthError, TransientError, RateLimitedError, OutcomeUnknownError."""
        from ml_connector.transport import oauth

        application, endpoints = self._secret(connection), self._endpoints(connection)
        return oauth.exchange_code(
            endpoints,
            http=self._http,
            client=oauth.Client(id=application["client_id"], secret=application["client_secret"]),
            code=code,
            redirect_uri=endpoints.redirect_uri,
            now=self._ports.clock.now(),
            system=connection.system,
            verifier=verifier,
        )

    def identity(self, connection: Connection, token: str) -> Identity:
        """Who consented. Raises: the errors of a read."""
        consent = self._catalog.connector_of(connection).consent
        assert consent is not None, f"{connection.system} asks nobody for consent"
        return consent.identity(connection.settings, http=self._http, token=token)

    def _endpoints(self, connection: Connection) -> OAuthEndpoints:
        oauth = self._catalog.connector_of(connection).oauth
        assert oauth is not None, f"{connection.system} gives no tokens"
        return oauth(connection.settings)

    def renew_grant(self, connection: Connection) -> bool:
        """Refresh the connection's rotating grant where it is due soon; False where there is none, or nothing to do."""
        connector = self._catalog.connector_of(connection)
        if connector.grant is not Grant.AUTHORIZATION_CODE or connector.oauth is None or connection.grant is None:
            return False
        return self._grant_tokens(connection, connector.oauth(connection.settings)).refresh_if_due(_RENEWED_WITHIN)

    @cached_property
    def _http(self) -> httpx.Client:
        if self._given_http is not None:
            return self._given_http
        import httpx

        from ml_connector.transport.guard import only_public

        hooks = {} if self._local else {"request": [only_public]}
        return httpx.Client(follow_redirects=False, limits=httpx.Limits(max_connections=32), event_hooks=hooks)
