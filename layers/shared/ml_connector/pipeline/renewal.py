"""Rotating grants, refreshed before they expire: each once, whoever shares it, and each for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from ml_connector.domain.connection import Connection, GrantRow, GrantState
from ml_connector.domain.errors import AuthError, ConnectorError
from ml_connector.pipeline.apart import Apart
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.figures import grants_of
from ml_connector.pipeline.ports import Ports

RENEW_WITHIN = timedelta(minutes=30)


class Renewal:
    """`renew` refreshes a connection's grant where it is due, and says whether it did."""

    def __init__(self, ports: Ports, renew: Callable[[Connection], bool]) -> None:
        self._ports = ports
        self._renew = renew

    def of(self, tenant: str, apart: Apart) -> int:
        due = apart("grants", tenant, list[Sequence[Connection]](), self._due, tenant)
        return sum(apart("grant", sharing[0].id, False, self._renewed, sharing) for sharing in due)

    def _due(self, tenant: str) -> list[Sequence[Connection]]:
        return [sharing for row, sharing in grants_of(self._ports, tenant) if self._may_be_due(row)]

    def _renewed(self, sharing: Sequence[Connection]) -> bool:
        """Through one of its connections. A dead one stops all that share it."""
        try:
            return self._renew(sharing[0])
        except AuthError as error:
            for connection in sharing:
                stop_connection(self._ports, connection, error)
        except ConnectorError as error:
            self._ports.log.warning("token not refreshed", connection=str(sharing[0].id), why=error.detail)
        return False

    def _may_be_due(self, row: GrantRow) -> bool:
        """By the row alone: most runs read no secret. A suspect is followed up; a dead one waits for a person."""
        soon = self._ports.clock.now() + RENEW_WITHIN
        return row.state is GrantState.SUSPECT or (
            row.state is GrantState.LIVE and (row.expires_at is None or row.expires_at <= soon)
        )
