"""What is plugged in: flows by name, connectors by system, and how to open a connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import SettingsError
from ml_connector.pipeline.documents import DocumentDoor
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.system import Connector, System
from ml_connector.pipeline.webhook import Webhook


class Systems(Protocol):
    def open(self, connection: Connection) -> System:
        """The connection's system, ready to call. Raises: AuthError, SettingsError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """`webhooks` are those of the systems that push, `doors` those that take partners' documents, by system."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    connectors: Mapping[str, Connector] = field(default_factory=dict)
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    doors: Mapping[str, DocumentDoor] = field(default_factory=dict)

    def flow(self, name: str) -> Flow:
        try:
            return self.flows[name]
        except KeyError as error:
            known = ", ".join(sorted(self.flows)) or "none"
            raise SettingsError(f"there is no flow {name!r}; the flows are: {known}", setting="flow") from error

    def connector(self, system: str) -> Connector:
        try:
            return self.connectors[system]
        except KeyError as error:
            known = ", ".join(sorted(self.connectors)) or "none"
            raise SettingsError(f"there is no system {system!r}; the systems are: {known}", setting="system") from error

    def connector_of(self, connection: Connection) -> Connector:
        """As the connection's settings want it."""
        return self.connector(connection.system).with_settings(connection.settings)
