"""The vendor's application that a connection goes through: who it is, where it sends people, and what it asks for."""

from __future__ import annotations

from urllib.parse import urlsplit

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import AuthError, ConnectorError, SettingsError
from ml_connector.domain.identity import fingerprint
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.consent_scopes import needed_scopes
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.system import Identity, OAuthEndpoints


class Applications:
    def __init__(self, ports: Ports, catalog: Catalog) -> None:
        self._ports = ports
        self._catalog = catalog

    def endpoints(self, connection: Connection) -> OAuthEndpoints:
        """Raises: SettingsError where nobody could come back from the vendor's page."""
        connector = self._catalog.connector_of(connection)
        if connector.consent is None or connector.oauth is None:
            raise SettingsError(f"{connector.title} takes no consent: its secret is enough", setting="connection")
        endpoints = connector.oauth(connection.settings)
        callback = f"/oauth/{connection.system}/callback"
        if not urlsplit(endpoints.redirect_uri).path.endswith(callback):
            text = f"set it to this installation's own ...{callback}, and register the same with the application"
            raise SettingsError(text, setting=f"connections.{connection.id.name}.settings.redirect_uri")
        return endpoints

    def client_id(self, connection: Connection) -> str:
        """Raises: AuthError where no credentials are stored."""
        try:
            return self._ports.secrets.read(connection.secret)["client_id"]
        except KeyError as error:
            text = f"connection {connection.id.name} has no credentials stored: onboard it again, or replace its secret"
            raise AuthError(text, system=connection.system, operation="read the secret", code="no_secret") from error

    def scopes(self, connection: Connection) -> tuple[str, ...]:
        """For all connections through the same application: where it is one person's, they share this one grant."""
        mine = self._named(connection)
        sharing = [
            one
            for one in self._ports.connections.list(connection.id.tenant)
            if one.system == connection.system and (one.id == connection.id or self._is(mine, one))
        ]
        return tuple(sorted(needed_scopes(self._ports, self._catalog, *sharing)))

    def identity_key(self, connection: Connection, identity: Identity) -> str:
        """Of this person, at this vendor's own token URL, through this application. Nothing can be read back from it.

        The URL is in it because whoever sets it decides who answers: a stranger's URL cannot claim a vendor's person.
        """
        return fingerprint("identity", connection.system, *self._named(connection), identity.id, length=64)

    def _named(self, connection: Connection) -> tuple[str, str]:
        oauth = self._catalog.connector_of(connection).oauth
        return oauth(connection.settings).token_url if oauth is not None else "", self.client_id(connection)

    def _is(self, application: tuple[str, str], connection: Connection) -> bool:
        try:
            return self._named(connection) == application
        except ConnectorError:
            return False
