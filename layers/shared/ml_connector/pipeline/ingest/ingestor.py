"""NoticeQueue: fetch what a notice names, and hand what was read to the plan. One bad record spoils no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    RateLimitedError,
    SettingsError,
    TransientError,
)
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.posting import Asked
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record, load
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.ingest.target_check import TargetCheck
from ml_connector.pipeline.ingest.unread import unread_reason
from ml_connector.pipeline.ingest.watching import TargetWatch
from ml_connector.pipeline.planning.known import ReferenceNotReadError
from ml_connector.pipeline.planning.planner import Delivery, Planner
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.ports import Deadline, PayloadKey, Ports

_MARGIN = timedelta(seconds=20)
_MOST_NEEDED = timedelta(seconds=100)
"""Of the worker's two minutes: a system that is given longer for an answer is asked by whoever has just begun."""

_MAX_ATTEMPTS = 8
_WAIT = timedelta(seconds=15)


class AttemptsUsedUpError(Exception):
    """The source did not answer for a long time: the message goes to the dead-letter queue, and can be redriven."""


class _Paused(Exception):
    """The source must not be called now; what is stored can be planned all the same."""


class Ingestor:
    def __init__(self, ports: Ports, catalog: Catalog, systems: Systems, planner: Planner) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._planner = planner
        self._check = TargetCheck(ports, systems)
        self._target = TargetWatch(ports, catalog, systems)

    def handle(self, notice: Notice, deadline: Deadline) -> None:
        """Read and plan every record of the notice. What must wait goes back to the queue as a notice of its own.

        Where a notice fails as a whole, its records go on one by one, so that the bad one alone is left behind.
        """
        if notice.cause is NoticeCause.CONTINUED:
            self._ports.runs.start(notice.flow, run_id=notice.run_id, actor=notice.actor)
            return
        try:
            self._watch(notice, deadline) if notice.cause is NoticeCause.WATCHED else self._handle(notice, deadline)
        except AttemptsUsedUpError:
            raise
        except Exception as error:
            if len(notice.records) < 2:
                raise
            self._ports.log.warning("notice failed as a whole", flow=str(notice.flow), why=repr(error))
            self._ports.notices.send([replace(notice, records=(noticed,)) for noticed in notice.records])

    def _watch(self, notice: Notice, deadline: Deadline) -> None:
        connection = self._ports.connections.get(notice.flow.target_connection)
        for position, noticed in enumerate(notice.records):
            if self._is_short(deadline, connection) or not connection.is_running:
                wait = timedelta() if connection.is_running else _WAIT * 20
                self._put_off(notice, notice.records[position:], wait)
                return
            try:
                self._target.look(RecordId(flow=notice.flow, external_id=noticed.external_id))
            except (RateLimitedError, TransientError, AuthError, SettingsError) as error:
                self._wait_for(error, connection, notice, notice.records[position:])
                return

    def _handle(self, notice: Notice, deadline: Deadline) -> None:
        flow = self._catalog.flow(notice.flow.flow)
        connection = self._ports.connections.get(notice.flow.source_connection)
        read = self._read_all(notice, flow.source.kind, connection, deadline)
        try:
            self._planner.plan(Delivery(flow=notice.flow, received=tuple(received for _, received in read)))
        except ReferenceNotReadError as error:
            self._ports.runs.start(notice.flow, run_id=notice.run_id, actor=notice.actor)
            waits = TransientError(str(error), system=connection.system)
            self._wait_for(waits, connection, notice, [noticed for noticed, _ in read])

    def _read_all(
        self, notice: Notice, kind: RecordKind, connection: Connection, deadline: Deadline
    ) -> list[tuple[NoticedRecord, Received]]:
        read: list[tuple[NoticedRecord, Received]] = []
        asked = self._ports.connections.get(notice.flow.target_connection) if _is_check(notice) else connection
        for position, noticed in enumerate(notice.records):
            if self._is_short(deadline, asked):
                self._put_off(notice, notice.records[position:], timedelta())
                break
            try:
                received = self._read(notice, noticed, kind, connection)
            except _Paused:
                self._put_off(notice, notice.records[position:], _WAIT * 20)
                break
            except (RateLimitedError, TransientError, AuthError, SettingsError) as error:
                self._wait_for(error, connection, notice, notice.records[position:])
                break
            except ConnectorError as error:
                self._unread(notice, noticed, error)
                continue
            if received is not None:
                read.append((noticed, received))
        return read

    def _is_short(self, deadline: Deadline, asked: Connection) -> bool:
        """Whether the time might be over before a call to this system is, and what it brought planned."""
        timeout = self._catalog.connector_of(asked).limits(asked.settings).request_timeout
        return deadline.remaining() < min(timeout + _MARGIN, _MOST_NEEDED)

    def _read(
        self, notice: Notice, noticed: NoticedRecord, kind: RecordKind, connection: Connection
    ) -> Received | None:
        """None where the source was asked and answers later, or a check found nothing.

        A stored version that is gone is fetched instead.
        """
        began = self._ports.clock.now()
        if _is_check(notice):
            checked = self._check.changed(RecordId(flow=notice.flow, external_id=noticed.external_id))
            if checked is None:
                return None
            noticed = checked
        if noticed.stored is not None:
            try:
                record = load(self._ports.payloads.get(self._stored_key(notice, noticed, kind)))
                return self._received(notice, noticed, record, began)
            except KeyError:
                noticed = replace(noticed, stored=None)
        if not connection.is_running:
            raise _Paused
        fetched = self._systems.open(connection).fetch(kind, noticed.external_id)
        return None if isinstance(fetched, Asked) else self._received(notice, noticed, fetched, began)

    def _stored_key(self, notice: Notice, noticed: NoticedRecord, kind: RecordKind) -> PayloadKey:
        return PayloadKey(
            connection=notice.flow.source_connection,
            kind=kind,
            external_id=noticed.external_id,
            version=noticed.stored or "",
        )

    def _received(self, notice: Notice, noticed: NoticedRecord, record: Record, began: datetime) -> Received:
        stamp = noticed.stamp
        if stamp is None and record.modified_at is not None:
            stamp = record.modified_at.isoformat()
        return Received(
            id=RecordId(flow=notice.flow, external_id=noticed.external_id),
            record=record,
            stamp=stamp,
            fetched_at=began if noticed.stored is None else notice.read_at or began,
            cause=notice.cause,
            run_id=notice.run_id,
            actor=notice.actor,
            again=noticed.stored is not None and notice.read_at is None,
        )

    def _wait_for(
        self, error: ConnectorError, connection: Connection, notice: Notice, left: Sequence[NoticedRecord]
    ) -> None:
        wait = _WAIT * 2**notice.attempt
        attempt = notice.attempt + 1
        if isinstance(error, RateLimitedError):
            wait, attempt = error.retry_after or _WAIT, notice.attempt
        if isinstance(error, AuthError | SettingsError):
            stop_connection(self._ports, connection, error)
            wait, attempt = _WAIT * 20, notice.attempt
        if attempt > _MAX_ATTEMPTS:
            raise AttemptsUsedUpError(error.detail) from error
        self._put_off(replace(notice, attempt=attempt), left, wait)

    def _put_off(self, notice: Notice, left: Sequence[NoticedRecord], wait: timedelta) -> None:
        self._ports.notices.send([replace(notice, records=tuple(left))], delay=min(wait, timedelta(minutes=15)))

    def _unread(self, notice: Notice, noticed: NoticedRecord, error: ConnectorError) -> None:
        """Gone or refused at the source: the record is held, and says so; a record nobody posted is merely noted."""
        gone = isinstance(error, NotFoundError)
        self._planner.unreadable(notice.flow, noticed.external_id, unread_reason(error), gone=gone, actor=notice.actor)


def _is_check(notice: Notice) -> bool:
    """Whether its records' objects are looked at in the target, and not the records in the source."""
    return notice.cause is NoticeCause.CHECKED
