"""Connections, flows and poll leases in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.watermark import PollProgress


class FakeConnections:
    def __init__(self) -> None:
        self.connections: dict[ConnectionId, Connection] = {}
        self.settings: dict[FlowId, FlowSettings] = {}

    def tenants(self) -> list[str]:
        return sorted({key.tenant for key in self.connections})

    def get(self, connection: ConnectionId) -> Connection:
        return _apart(self.connections[connection])

    def save(self, connection: Connection) -> None:
        self.connections[connection.id] = _apart(connection)

    def flow(self, flow: FlowId) -> FlowSettings:
        return _apart(self.settings[flow])

    def flows(self, tenant: str) -> list[FlowSettings]:
        return [self.flow(key) for key in sorted(self.settings) if key.tenant == tenant]

    def save_flow(self, flow: FlowSettings) -> None:
        self.settings[flow.id] = _apart(flow)

    def list(self, tenant: str) -> list[Connection]:
        return [self.get(key) for key in sorted(self.connections) if key.tenant == tenant]


class FakePolls:
    def __init__(self) -> None:
        self.progress: dict[FlowId, PollProgress] = {}
        self.leases: dict[FlowId, tuple[str, datetime]] = {}

    def begin(self, flow: FlowId, *, holder: str, until: datetime, now: datetime) -> PollProgress | None:
        lease = self.leases.get(flow)
        if lease is not None and lease[0] != holder and lease[1] >= now:
            return None
        self.leases[flow] = (holder, until)
        return self.load(flow)

    def load(self, flow: FlowId) -> PollProgress:
        return self.progress.get(flow, PollProgress())

    def save(self, flow: FlowId, progress: PollProgress, *, holder: str, until: datetime) -> bool:
        if not self._is_held_by(flow, holder):
            return False
        self.leases[flow] = (holder, until)
        self.progress[flow] = progress
        return True

    def end(self, flow: FlowId, *, holder: str) -> None:
        if self._is_held_by(flow, holder):
            del self.leases[flow]

    def reset(self, flow: FlowId) -> None:
        """Takes the lease away too: a pass that is running must not write its mark over this."""
        kept = self.load(flow)
        self.progress[flow] = replace(PollProgress(), last_finished=kept.last_finished, last_full=kept.last_full)
        self.leases.pop(flow, None)

    def _is_held_by(self, flow: FlowId, holder: str) -> bool:
        lease = self.leases.get(flow)
        return lease is not None and lease[0] == holder


def _apart[Kept: (Connection, FlowSettings)](kept: Kept) -> Kept:
    """A copy whose settings nobody else holds; everything else of it is immutable."""
    return replace(kept, settings=_copied(kept.settings))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
