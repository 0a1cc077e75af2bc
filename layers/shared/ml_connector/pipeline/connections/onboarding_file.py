"""Read what a tenant wants from a parsed file, and check all of it before anything is done. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import BadNameError, ConnectionId, checked_name
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.mapping_targets import Choice
from ml_connector.pipeline.connections.onboarding_flows import FlowReader
from ml_connector.pipeline.connections.onboarding_secrets import check_kept, last_day, read_day, read_grant, read_secret
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.system import Connector, Grant

SAME_AS = "same_as"
_TOP = ("tenant", "connections", "flows", "mappings")
_CONNECTION = ("system", "settings", "secret", "secret_expires_on", "grant")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedConnection:
    """`secret` None leaves what is stored; `tokens` is what a person brought of an authorisation."""

    connection: Connection
    stored: Connection | None
    secret: Mapping[str, str] | None
    tokens: TokenPair | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    tenant: str
    connections: tuple[WantedConnection, ...]
    flows: tuple[FlowSettings, ...]
    mappings: tuple[Choice, ...]


def connection_secret(connection: ConnectionId) -> str:
    """The name of the secret that a connection's credentials are kept in."""
    return f"connections/{connection.tenant}/{connection.name}"


def _chosen(connector: Connector, before: Connection | None) -> Mapping[str, Any]:
    """What a person chose while authorising stays, until the file says otherwise."""
    fills = connector.consent.fills if connector.consent is not None else ()
    return {name: before.settings[name] for name in fills if name in before.settings} if before is not None else {}


class OnboardingFile:
    """One reading of one file; `problems` holds what is wrong with it."""

    def __init__(self, ports: Ports, catalog: Catalog, *, local: bool) -> None:
        self._ports = ports
        self._catalog = catalog
        self._local = local
        self._now = ports.clock.now()
        self.problems = Problems()

    def read(self, file: Mapping[str, Any]) -> Wanted:
        self.problems.only(file, _TOP, "")
        tenant = self._tenant(file.get("tenant"))
        stored = {connection.id.name: connection for connection in self._ports.connections.list(tenant)}
        given = self.problems.mapping(file.get("connections"), "connections")
        wanted = [self._connection(tenant, name, given, stored) for name in given]
        connections = tuple(one for one in wanted if one is not None)
        known = {**stored, **{one.connection.id.name: one.connection for one in connections}}
        flows = FlowReader(self._ports, self._catalog, self.problems, tenant, known, frozenset(given))
        return Wanted(
            tenant=tenant,
            connections=connections,
            flows=flows.read(file.get("flows")),
            mappings=self._mappings(file.get("mappings"), known, frozenset(given)),
        )

    def _tenant(self, name: Any) -> str:
        """A wrong one is a problem, and the reading goes on under a name that no tenant can have been given."""
        try:
            return checked_name(str(name), "tenant")
        except BadNameError as error:
            self.problems.add("tenant", str(error))
            return "x" * 40

    def _connection(
        self, tenant: str, name: str, given: Mapping[str, Any], stored: Mapping[str, Connection]
    ) -> WantedConnection | None:
        place = f"connections.{name}"
        fields = self.problems.mapping(given[name], place)
        self.problems.only(fields, _CONNECTION, place)
        before = stored.get(name)
        with self.problems.at(place):
            connection_id = ConnectionId(tenant=tenant, name=name)
            stored_settings = before.settings if before else {}
            given_settings = self.problems.mapping(fields.get("settings", stored_settings), f"{place}.settings")
            connector = self._connector(fields, before).with_settings(given_settings)
            secret = self._secret(connector, connection_id, fields, place)
            tokens = self._tokens(connector, fields, place)
            settings = self._settings(connector, given_settings, before)
            connection = Connection(
                id=connection_id,
                system=connector.system,
                settings=settings,
                account=connector.account_of(settings),
                secret=connection_secret(connection_id),
                grant=self._grant(connector, name, fields, given, stored),
                created_at=self._now,
                secret_expires_on=self._expires_on(connector, fields, before),
            )
            if tokens is not None and connector.consent is not None and not connection.account:
                self.problems.add(f"{place}.settings", f"with a grant, name {', '.join(connector.consent.fills)} too")
            kept = self._with_state(connection, before, is_authorised=tokens is not None)
            return WantedConnection(connection=kept, stored=before, secret=secret, tokens=tokens)
        return None

    def _connector(self, fields: Mapping[str, Any], before: Connection | None) -> Connector:
        system = fields.get("system", before.system if before else None)
        if before is not None and system != before.system:
            text = f"it is a connection to {before.system}: give the one to {system} a name of its own"
            raise SettingsError(text, setting="system")
        return self._catalog.connector(str(system))

    def _settings(self, connector: Connector, given: Mapping[str, Any], before: Connection | None) -> Mapping[str, Any]:
        try:
            return connector.check_settings({**_chosen(connector, before), **given}, local=self._local)
        except SettingsError as error:
            text = error.detail.removeprefix(f"{error.setting}: ")
            raise SettingsError(text, setting=f"settings.{error.setting}") from error

    def _expires_on(self, connector: Connector, fields: Mapping[str, Any], before: Connection | None) -> date | None:
        """A day, or nothing; new credentials without a day have the vendor's longest, or none that we know."""
        if "secret_expires_on" not in fields and before is not None and "secret" not in fields:
            return before.secret_expires_on
        given = read_day(fields.get("secret_expires_on"), setting="secret_expires_on")
        return last_day(connector, given, now=self._now)

    def _secret(
        self, connector: Connector, connection: ConnectionId, fields: Mapping[str, Any], place: str
    ) -> Mapping[str, str] | None:
        stored = self._stored_secret(connection) if "secret" not in fields else None
        if stored is not None:
            check_kept(connector, stored, self.problems, f"{place}.secret")
            return None
        given = self.problems.mapping(fields.get("secret"), f"{place}.secret")
        return read_secret(connector, given, self.problems, f"{place}.secret")

    def _stored_secret(self, connection: ConnectionId) -> Mapping[str, str] | None:
        try:
            return self._ports.secrets.read(connection_secret(connection))
        except KeyError:
            return None

    def _tokens(self, connector: Connector, fields: Mapping[str, Any], place: str) -> TokenPair | None:
        given = self.problems.mapping(fields.get("grant"), f"{place}.grant")
        if not given or SAME_AS in given:
            self.problems.only(given, (SAME_AS,), f"{place}.grant")
            return None
        if connector.grant is not Grant.AUTHORIZATION_CODE:
            self.problems.add(f"{place}.grant", f"{connector.title} takes no tokens: leave it out")
            return None
        return read_grant(given, self.problems, f"{place}.grant", now=self._now)

    def _grant(
        self,
        connector: Connector,
        name: str,
        fields: Mapping[str, Any],
        given: Mapping[str, Any],
        stored: Mapping[str, Connection],
    ) -> str | None:
        """The grant's name: the connection's own, or that of the connection whose authorisation it shares."""
        if connector.grant is not Grant.AUTHORIZATION_CODE:
            return None
        grant = fields.get("grant")
        if not isinstance(grant, Mapping) or SAME_AS not in grant:
            before = stored.get(name)
            return before.grant if before is not None and before.grant and not grant else name
        shared = str(grant[SAME_AS])
        other = given.get(shared)
        system = other.get("system") if isinstance(other, Mapping) else None
        system = system or (stored[shared].system if shared in stored else None)
        if shared == name or system != connector.system:
            raise SettingsError(f"{shared!r} is no other connection to {connector.title}", setting=f"grant.{SAME_AS}")
        return (stored[shared].grant if shared in stored else None) or shared

    def _with_state(self, connection: Connection, before: Connection | None, *, is_authorised: bool) -> Connection:
        if before is not None:
            return replace(
                connection,
                state=before.state,
                state_why=before.state_why,
                capabilities=before.capabilities,
                created_at=before.created_at,
            )
        if connection.grant != connection.id.name or is_authorised or self._has_grant(connection):
            return connection
        why = f"not authorised yet: ml-connector authorise {connection.id.name}"
        return replace(connection, state=ConnectionState.STOPPED, state_why=why)

    def _has_grant(self, connection: Connection) -> bool:
        try:
            self._ports.grants.load(connection.id.tenant, connection.grant or "")
        except KeyError:
            return False
        return True

    def _mappings(self, given: Any, known: Mapping[str, Connection], named: frozenset[str]) -> tuple[Choice, ...]:
        wanted: list[Choice] = []
        for name, kinds in self.problems.mapping(given, "mappings").items():
            place = f"mappings.{name}"
            connection = known.get(name)
            if connection is None:
                if name not in named:  # else its own problem is told already
                    self.problems.add(place, f"there is no connection {name!r}")
                continue
            for kind, codes in self.problems.mapping(kinds, place).items():
                wanted += self._codes(connection, kind, codes, f"{place}.{kind}")
        return tuple(wanted)

    def _codes(self, connection: Connection, kind: str, codes: Any, place: str) -> list[Choice]:
        offered = self._catalog.connector(connection.system).mapped_kinds
        if kind not in offered:
            self.problems.add(
                place, f"{connection.id.name} has no such list; its lists are: {', '.join(sorted(offered))}"
            )
            return []
        wanted = []
        for code, target in self.problems.mapping(codes, place).items():
            text = str(target).strip() if isinstance(target, str | int) and not isinstance(target, bool) else ""
            if not text or not code.strip():
                self.problems.add(f"{place}.{code}", "name the entry of the target: its id, its number or its name")
                continue
            wanted.append(
                Choice(
                    connection=connection,
                    kind=ReferenceKind(kind),
                    code=code,
                    target=text,
                    place=f"{place}.{code}",
                )
            )
        return wanted
