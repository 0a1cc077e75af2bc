"""Stop a connection whose credentials were refused, plainly and once; start it again when they are mended."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.connection import Connection, ConnectionState
from ml_connector.domain.errors import AuthError, SettingsError
from ml_connector.pipeline.ports import Ports


def stop_connection(ports: Ports, connection: Connection, error: AuthError | SettingsError) -> None:
    """Nothing is lost: rows keep their work, polls keep their watermark, and both go on from there."""
    current = ports.connections.get(connection.id)
    if current.state is not ConnectionState.ACTIVE:
        return
    ports.connections.save(replace(current, state=ConnectionState.STOPPED, state_why=error.detail))
    ports.metrics.count("ConnectionsStopped", system=connection.system)
    ports.log.error("connection stopped", connection=str(connection.id), why=error.detail)
