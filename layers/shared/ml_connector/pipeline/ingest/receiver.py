"""Receive what a system pushes: find its registration, verify, queue what it says, and say so. No system is called.

Nothing of a delivery takes effect before its signature was verified. A handshake cannot be signed yet: it is let in
only where a registration waits for it, and all it can do then is be asked about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ml_connector.domain.registration import Push, Registration, RegistrationState
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ports import Clock, Log, Metrics
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from ml_connector.pipeline.webhook import Delivery, Pushed, UnreadableError, Webhook

KEPT_FOR = timedelta(minutes=5)
_MOST_KEPT = 1000
_ID = re.compile(r"[0-9a-f]{32}")


class Verdict(StrEnum):
    TAKEN = "taken"
    UNKNOWN = "unknown registration"
    WRONG_TYPE = "wrong content type"
    UNREADABLE = "unreadable"
    FORGED = "forged"
    FOREIGN = "another account"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    registration: Registration
    key: str | None


class Receiver:
    """What is verified is kept for five minutes, and so is that an id is nobody's; what waits for a key is not."""

    def __init__(
        self,
        webhooks: Mapping[str, Webhook],
        ports: RegistrationPorts,
        keys: SigningKeys,
        *,
        clock: Clock,
        metrics: Metrics,
        log: Log,
    ) -> None:
        self._webhooks = webhooks
        self._ports = ports
        self._keys = keys
        self._clock = clock
        self._metrics = metrics
        self._log = log
        self._kept: dict[str, tuple[datetime, _Known | None]] = {}

    def receive(self, system: str, registration_id: str, delivery: Delivery) -> Verdict:
        webhook = self._webhooks.get(system)
        if webhook is None:
            return self._refused(Verdict.UNKNOWN, "unknown", registration_id)
        verdict = self._judged(webhook, system, registration_id, delivery)
        if verdict is not Verdict.TAKEN:
            return self._refused(verdict, system, registration_id)
        self._metrics.count("PushesTaken", system=system)
        return verdict

    def _judged(self, webhook: Webhook, system: str, registration_id: str, delivery: Delivery) -> Verdict:
        kind = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in webhook.content_types:
            return Verdict.WRONG_TYPE
        known = self._known(registration_id)
        if known is None or known.registration.system != system:
            return Verdict.UNKNOWN
        try:
            delivery = replace(delivery, at=self._clock.now())
            pushed = webhook.read(delivery)
        except UnreadableError:
            return Verdict.UNREADABLE
        registration = known.registration
        if pushed.code is not None and known.key is None and registration.awaits_handshake:
            return self._handshake(webhook, registration, pushed, pushed.code)
        if not known.key or not webhook.is_signed(delivery, key=known.key, facts=registration.facts):
            return Verdict.FORGED
        if not webhook.is_meant(pushed, registration.facts):
            return Verdict.FOREIGN
        self._ports.pushes.send(_push(registration, pushed))
        return Verdict.TAKEN

    def _handshake(self, webhook: Webhook, registration: Registration, pushed: Pushed, code: str) -> Verdict:
        """It may overtake the answer that gives us the callback's id: then the worker compares."""
        if not webhook.is_meant(pushed, registration.facts):
            return Verdict.FOREIGN
        if registration.callback_id not in (None, pushed.object_id):
            return Verdict.FORGED
        self._ports.pushes.send(
            _push(registration, pushed, candidate=self._ports.candidates.seal(registration.id, code))
        )
        return Verdict.TAKEN

    def _known(self, registration_id: str) -> _Known | None:
        if not _ID.fullmatch(registration_id):
            return None
        now = self._clock.now()
        kept = self._kept.get(registration_id)
        if kept is not None and now - kept[0] < KEPT_FOR:
            return kept[1]
        known = self._read(registration_id)
        if known is None or known.key is not None:
            self._keep(registration_id, known, now)
        return known

    def _read(self, registration_id: str) -> _Known | None:
        registration = self._ports.registrations.find(registration_id)
        if registration is None or registration.state is RegistrationState.ENDED:
            return None
        return _Known(registration=registration, key=self._keys.find(registration))

    def _keep(self, registration_id: str, known: _Known | None, now: datetime) -> None:
        """Bounded: whoever guesses at ids must not fill the memory."""
        self._kept.pop(registration_id, None)
        while len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[registration_id] = (now, known)

    def _refused(self, verdict: Verdict, system: str, registration_id: str) -> Verdict:
        """The whole id stays out of the log: it opens the door to a handshake."""
        self._metrics.count("PushesRefused", system=system, why=verdict.value)
        self._log.warning("push refused", system=system, why=verdict.value, registration=registration_id[:8])
        return verdict


def _push(registration: Registration, pushed: Pushed, *, candidate: str | None = None) -> Push:
    return Push(
        registration=registration.id,
        connection=registration.connection,
        event=pushed.event,
        object_id=pushed.object_id,
        candidate=candidate,
    )
