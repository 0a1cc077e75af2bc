"""One comparison of a connection's registrations with the system's own list, and what follows from it, one by one.

What cannot be done for one of them keeps nothing else from being done: it is told, and tried again later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import AuthError, ConnectorError, NotFoundError
from ml_connector.domain.registration import Registration, RegistrationState
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_registrations import Registrations
from ml_connector.pipeline.webhook import Callback, Callbacks

UNDER_WAY = timedelta(minutes=2)
"""A handshake that is being confirmed at this moment: verified there, and its key not yet kept here."""

RENEWED_WITHIN = timedelta(days=20)
"""Of a registration that ends by itself. Looked at each day, it may fail to be renewed for weeks before it matters."""


@dataclass(slots=True, kw_only=True)
class Tended:
    """What one look changed, counted, and what could not be done, a sentence each."""

    registered: int = 0
    asked_again: int = 0
    verified: int = 0
    ended: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.registered + self.asked_again + self.verified + self.ended


class Look:
    """`replaced` are events whose registration is worth nothing any more: they are to be registered anew."""

    def __init__(
        self,
        ports: Ports,
        registrations: Registrations,
        keys: SigningKeys,
        connection: Connection,
        callbacks: Callbacks,
        done: Tended,
    ) -> None:
        self._ports = ports
        self._registrations = registrations
        self._keys = keys
        self._connection = connection
        self._callbacks = callbacks
        self._done = done
        self._removed: set[str] = set()
        self.replaced: set[str] = set()

    def over(
        self, stored: Sequence[Registration], kept: Collection[str], due: Collection[str], *, address: str
    ) -> None:
        found = self._callbacks.all()
        listed = _as_stored(stored) if found is None else found
        by_uri = {callback.uri: callback for callback in sorted(listed, key=lambda one: one.verified)}
        for one in stored:
            callback = by_uri.get(one.uri)
            if one.id not in kept:
                self._tried(one, lambda one=one, callback=callback: self._end(one, callback))  # type: ignore[misc]
            elif one.id in due or one.state is RegistrationState.VERIFIED:
                self._tried(one, lambda one=one, callback=callback: self._mend(one, callback))  # type: ignore[misc]
        for callback in listed:
            self._sweep(callback, address)

    def register(self, event: str, *, uri: Callable[[str], str], facts: Mapping[str, str]) -> None:
        """Stored first: a handshake may come before the answer does."""
        now, new = self._ports.clock.now(), self._ports.ids.new()
        one = Registration(
            id=new,
            connection=self._connection.id,
            system=self._connection.system,
            event=event,
            uri=uri(new),
            facts=facts,
            created_at=now,
            asked_at=now,
            asked=1,
        )
        self._registrations.put(one, expected=None)
        self._tried(one, lambda: self._ask(one))

    def _ask(self, one: Registration) -> None:
        callback = self._callbacks.register(event=one.event, uri=one.uri)
        self._done.registered += 1
        if self._callbacks.key is None:
            self._put(one, callback_id=callback.id, why=None)
            return
        now, sure = self._ports.clock.now(), RegistrationState.VERIFIED
        self._keys.keep(one, self._callbacks.key)
        self._put(one, state=sure, callback_id=callback.id, verified_at=now, checked_at=now, why=None)

    def _mend(self, one: Registration, callback: Callback | None) -> None:
        if callback is None:
            self._unlisted(one)
        elif callback.verified:
            self._verified_there(one, callback)
        elif one.state is RegistrationState.VERIFIED:
            self._replace(one, callback, "it is not verified there any more")
        else:
            self._ask_again(one, callback)

    def _unlisted(self, one: Registration) -> None:
        if one.callback_id is not None:
            self._replace(one, None, "it is not there any more")
            return
        asked = self._put(one, asked=one.asked + 1, asked_at=self._ports.clock.now())
        if asked is not None:
            self._ask(asked)

    def _verified_there(self, one: Registration, callback: Callback) -> None:
        """Without its key it is deaf: nobody gives a key twice, so there must be another registration."""
        now, key = self._ports.clock.now(), self._keys.find(one)
        if key is not None and self._callbacks.key not in (None, key):
            self._replace(one, callback, "its key was replaced")
            return
        if key is None:
            if not one.awaits_handshake or one.asked_at is None or now - one.asked_at >= UNDER_WAY:
                self._replace(one, callback, "its key was lost")
            return
        self._done.verified += int(one.awaits_handshake)
        sure = RegistrationState.VERIFIED
        verified_at = one.verified_at or now
        if callback.expires_at is not None and callback.expires_at - now < RENEWED_WITHIN:
            self._callbacks.renew(callback.id)
        self._put(one, state=sure, callback_id=callback.id, verified_at=verified_at, checked_at=now, why=None)

    def _ask_again(self, one: Registration, callback: Callback) -> None:
        """The state goes first: what comes in answer must find the door open."""
        again = self._put(
            one,
            state=RegistrationState.RESEND,
            callback_id=callback.id,
            asked=one.asked + 1,
            asked_at=self._ports.clock.now(),
            why="its handshake has not come yet",
        )
        if again is not None:
            self._callbacks.send_again(callback.id)
            self._done.asked_again += 1

    def _replace(self, one: Registration, callback: Callback | None, why: str) -> None:
        self._ports.metrics.count("RegistrationsLost", system=one.system)
        self._ports.log.warning("registration lost", registration=one.id[:8], event=one.event, why=why)
        self.replaced.add(one.event)
        self._end(one, callback)

    def _end(self, one: Registration, callback: Callback | None) -> None:
        """The door is shut before the system is told; forgotten only when nothing of it is left there."""
        now = self._ports.clock.now()
        ended = self._put(one, state=RegistrationState.ENDED, asked_at=now, asked=one.asked + 1)
        if ended is None:
            return
        if callback is not None:
            self._remove(callback.id)
        self._keys.forget(ended)
        self._registrations.remove(ended)
        self._done.ended += 1

    def _sweep(self, callback: Callback, address: str) -> None:
        """Below our own address, and no registration of anybody here: a left-over of a lost row or a lost answer."""
        if callback.id in self._removed or not address or not callback.uri.startswith(address):
            return
        if self._registrations.find(callback.uri.removeprefix(address)) is None:
            try:
                self._remove(callback.id)
            except AuthError:
                raise
            except ConnectorError as error:
                self._done.problems.append(f"{callback.event}: {error.detail}")

    def _remove(self, callback_id: str) -> None:
        self._removed.add(callback_id)
        try:
            self._callbacks.remove(callback_id)
        except NotFoundError:
            return

    def _put(self, one: Registration, **changes: object) -> Registration | None:
        """None where somebody else changed it meanwhile: the next look sees what it is then."""
        changed = replace(one, **changes)  # type: ignore[arg-type]
        return changed if self._registrations.put(changed, expected=one) else None

    def _tried(self, one: Registration, act: Callable[[], None]) -> None:
        """A dead grant stops all of it; anything else is noted on its registration."""
        try:
            act()
        except AuthError:
            raise
        except ConnectorError as error:
            self._done.problems.append(f"{one.event}: {error.detail}")
            current = self._registrations.find(one.id)
            if current is not None:
                self._put(current, why=error.detail)


def _as_stored(stored: Sequence[Registration]) -> list[Callback]:
    """A person keeps them in the system, and only a person sees them there."""
    return [
        Callback(id=one.callback_id, event=one.event, uri=one.uri, verified=True) for one in stored if one.callback_id
    ]
