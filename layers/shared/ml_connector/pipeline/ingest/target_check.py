"""Whether what a target holds is still what we meant: asked before anything is planned, so that our own echo is silent.

Only what differs is planned again; what becomes of it is decided just before the write, under the flow's policy.
"""

from __future__ import annotations

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.errors import AuthError, NotFoundError, RejectedError, SettingsError, TransientError
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import NoticedRecord
from ml_connector.domain.posting import Asked
from ml_connector.domain.records.record import load
from ml_connector.pipeline.catalog import Systems
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.planning.planner import target_payload_key
from ml_connector.pipeline.planning.settle import TARGET_DIFFERS
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.posting.lookup import is_deleted

_JUDGED_AT_POSTING = frozenset({"target_conflict", "target_gone"})


class TargetCheck:
    def __init__(self, ports: Ports, systems: Systems) -> None:
        self._ports = ports
        self._systems = systems

    def changed(self, record: RecordId) -> NoticedRecord | None:
        """The record's stored version where its object bears another hand; None where there is nothing to do.

        Raises: RateLimitedError, and TransientError where a write of ours is under way or the target cannot be asked.
        """
        row = self._ports.ledger.get(record)
        if row is None or row.wanted is None or not _stands(row):
            return None
        if row.state is State.POSTING:
            raise TransientError("a write of ours is under way", system=record.flow.target, operation="check")
        if not self._differs(row):
            return None
        return NoticedRecord(external_id=record.external_id, stamp=row.stamp, stored=row.wanted.digest)

    def _differs(self, row: CrossReference) -> bool:
        assert row.confirmed is not None
        if row.state is State.HELD and any(reason.code in _JUDGED_AT_POSTING for reason in row.reasons):
            return True
        connection = self._ports.connections.get(row.record.flow.target_connection)
        if not connection.is_running:
            raise TransientError(f"connection {connection.id.name} is {connection.state}", system=connection.system)
        try:
            system = self._systems.open(connection)
            found = system.fetch(row.kind, row.confirmed.target_id)
        except (AuthError, SettingsError) as error:
            stop_connection(self._ports, connection, error)
            raise TransientError(error.detail, system=connection.system, operation="check") from error
        except (NotFoundError, RejectedError):
            return True
        if isinstance(found, Asked):
            return False
        if is_deleted(found) or not row.confirmed.digest:
            return True
        last = load(self._ports.payloads.get(target_payload_key(row, row.confirmed.digest)))
        return bool(system.differs(last, found))


def _stands(row: CrossReference) -> bool:
    """Whether we know what the target should hold. A change that is planned reads the object before it is sent."""
    if row.confirmed is None or row.state in (State.PLANNED, State.REVERSED, State.HANDED_OVER, State.IN_DOUBT):
        return False
    return not any(reason.code == TARGET_DIFFERS for reason in row.reasons)
