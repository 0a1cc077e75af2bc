"""NoticeQueue, for what was pushed: a handshake is confirmed with its system, an event becomes notices of its flows.

An event is a reason to look, never a fact: what it names is read again, so repeats and a wrong order change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import Guard, GuardKind
from ml_connector.domain.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    TransientError,
)
from ml_connector.domain.identity import ConnectionId, RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.registration import Push, Registration, RegistrationState
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from ml_connector.pipeline.webhook import Callback, Pushing

_WAIT = timedelta(seconds=10)
_MAX_ATTEMPTS = 5
_TRIES = 4


class PushIngestor:
    def __init__(
        self, ports: Ports, catalog: Catalog, systems: Systems, doors: RegistrationPorts, keys: SigningKeys
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._doors = doors
        self._keys = keys

    def handle(self, push: Push) -> None:
        """What has come to nothing meanwhile is dropped, and counted: the reconciling read sees what it missed."""
        registration = self._doors.registrations.find(push.registration)
        if registration is None or registration.state is RegistrationState.ENDED:
            self._dropped(push, "the registration has ended")
        elif push.candidate is None:
            self._event(push)
        elif not registration.awaits_handshake:
            self._dropped(push, "nobody waits for a handshake")
        else:
            self._handshake(push, registration, push.candidate)

    # an event

    def _event(self, push: Push) -> None:
        connection = self._ports.connections.get(push.connection)
        webhook = self._catalog.webhooks.get(connection.system)
        kind = webhook.about(push.event) if webhook else None
        if webhook is None or kind is None:
            self._dropped(push, "no kind of ours")
            return
        read = {*self._read_there(connection, kind, push)}
        written = {*self._written_there(connection, kind, push)} - read
        if webhook.is_end(push.event):
            written |= {*self._standing_in(connection, push)} - read
        if not read and not written:
            self._ports.metrics.count("PushesUnowned", system=connection.system, event=push.event)
            return
        run_id = self._ports.ids.new()
        causes = dict.fromkeys(read, NoticeCause.PUSHED) | {record: self._cause(record) for record in written}
        self._ports.notices.send([_notice(record, cause, run_id) for record, cause in sorted(causes.items())])

    def _read_there(self, connection: Connection, kind: RecordKind, push: Push) -> Iterator[RecordId]:
        """The object is a record of every flow that reads its kind in this connection."""
        for settings in self._flows(connection):
            side = self._catalog.flow(settings.id.flow).source
            if settings.id.source_connection == connection.id and side.kind is kind:
                yield RecordId(flow=settings.id, external_id=push.object_id)

    def _written_there(self, connection: Connection, kind: RecordKind, push: Push) -> Iterator[RecordId]:
        """The object is one that a record of ours owns: that record is looked at again, under its flow's policy."""
        guard = Guard(
            connection=connection.id, kind=GuardKind.OWNERSHIP, record_kind=kind, key=push.object_id, owner=""
        )
        owner = self._ports.ledger.guard_owner(guard)
        if owner is None:
            return
        record = RecordId.parse(owner)
        if record.flow in {settings.id for settings in self._flows(connection)}:
            yield record

    def _standing_in(self, connection: Connection, push: Push) -> Iterator[RecordId]:
        """What stood in it, as a worklog does in its issue, answers to its id; who else does is looked at in vain."""
        for record in self._ports.ledger.by_number(connection.id.tenant, push.object_id):
            is_there = record.flow.target_connection == connection.id
            if is_there and self._catalog.flow(record.flow.flow).follows_target:
                yield record

    def _cause(self, owner: RecordId) -> NoticeCause:
        """What we wrote is looked at in the target where its flow asks for it; else its source is read again."""
        flow = self._catalog.flow(owner.flow.flow)
        if flow.follows_target:
            return NoticeCause.WATCHED
        return NoticeCause.CHECKED if flow.watches else NoticeCause.PUSHED

    def _flows(self, connection: Connection) -> list[FlowSettings]:
        """What is paused is read when it goes on, by its poll."""
        sides = (
            settings
            for settings in self._ports.connections.flows(connection.id.tenant)
            if connection.id in (settings.id.source_connection, settings.id.target_connection)
        )
        return [settings for settings in sides if settings.enabled and not settings.paused]

    # a handshake

    def _handshake(self, push: Push, registration: Registration, candidate: str) -> None:
        """Nobody is believed but the system: it is asked with the code, for our own callback and no other."""
        if registration.callback_id is None:
            self._put_off(push, "the callback's id is not known yet")
            return
        if push.object_id != registration.callback_id:
            self._dropped(push, "it is about another callback")
            return
        try:
            code = self._doors.candidates.open(registration.id, candidate)
            callback = self._confirmed(registration.connection, registration.callback_id, code)
        except (TransientError, RateLimitedError, OutcomeUnknownError) as error:
            self._put_off(push, error.detail)
        except (RejectedError, AuthError, SettingsError, ValueError) as error:
            self._dropped(push, error.detail if isinstance(error, ConnectorError) else str(error))
        else:
            if callback.verified and callback.id == registration.callback_id:
                self._verified(registration, code)
            else:
                self._dropped(push, "the system does not call it verified")

    def _confirmed(self, connection_id: ConnectionId, callback_id: str, code: str) -> Callback:
        connection = self._ports.connections.get(connection_id)
        if not connection.is_running:
            raise TransientError(f"connection {connection.id.name} is {connection.state}", system=connection.system)
        try:
            system = self._systems.open(connection)
            assert isinstance(system, Pushing), f"{connection.system} offers no callbacks"
            return system.callbacks.confirm(callback_id, code)
        except (AuthError, SettingsError) as error:
            stop_connection(self._ports, connection, error)
            raise

    def _verified(self, registration: Registration, code: str) -> None:
        """The key first: a registration that is called verified has one."""
        self._keys.keep(registration, code)
        for _ in range(_TRIES):
            now = self._ports.clock.now()
            sure = replace(registration, state=RegistrationState.VERIFIED, verified_at=now, checked_at=now, why=None)
            if self._doors.registrations.put(sure, expected=registration):
                self._ports.log.info(
                    "registration verified", registration=registration.id[:8], event=registration.event
                )
                return
            current = self._doors.registrations.find(registration.id)
            if current is None or not current.awaits_handshake:
                return
            registration = current

    def _put_off(self, push: Push, why: str) -> None:
        """For a few minutes; after that the daily check asks the system to send it again."""
        if push.attempt >= _MAX_ATTEMPTS:
            self._dropped(push, why)
            return
        self._doors.pushes.send(replace(push, attempt=push.attempt + 1), delay=_WAIT * 2**push.attempt)

    def _dropped(self, push: Push, why: str) -> None:
        self._ports.metrics.count("PushesDropped", what="handshake" if push.candidate else "event")
        self._ports.log.warning("push dropped", registration=push.registration[:8], event=push.event, why=why)


def _notice(record: RecordId, cause: NoticeCause, run_id: str) -> Notice:
    noticed = NoticedRecord(external_id=record.external_id)
    return Notice(flow=record.flow, cause=cause, records=(noticed,), run_id=run_id, actor="webhook")
