"""Where Jira is told to push. Dynamic webhooks are ours to register and to keep alive; an admin's are a person's.

Neither has a handshake: the key is known before the first delivery. Without one nothing is registered: whoever knows
that it is empty could sign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from ml_connector.connectors.jira.client import SYSTEM, JiraClient
from ml_connector.connectors.jira.issues import instant
from ml_connector.connectors.jira.models import WireWebhook
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.connectors.jira.webhook import ALL, ISSUE_EVENTS
from ml_connector.domain.errors import RejectedError
from ml_connector.pipeline.system import Opening
from ml_connector.pipeline.webhook import Callback, Callbacks

LIFE = timedelta(days=30)


def callbacks_of(client: JiraClient, settings: JiraSettings, opening: Opening) -> Callbacks:
    if settings.webhooks == "admin":
        return AdminCallbacks(opening.secret.get("webhook_secret") or None)
    return DynamicCallbacks(client, settings, key=opening.secret.get("client_secret") or None, now=opening.now)


class DynamicCallbacks:
    """They end after thirty days, and stay in the list for months after: only what has not ended counts."""

    def __init__(
        self, client: JiraClient, settings: JiraSettings, *, key: str | None, now: Callable[[], datetime]
    ) -> None:
        self.key = key
        self._client = client
        self._settings = settings
        self._now = now

    def all(self) -> Sequence[Callback]:
        if self._settings.webhooks == "off":
            return ()
        return [self._callback(wire) for wire in self._client.webhooks()]

    def register(self, *, event: str, uri: str) -> Callback:
        _needed(self.key, "client_secret")
        listed = ", ".join(self._settings.projects)
        made = self._client.register_webhook(uri, events=ISSUE_EVENTS, jql=f"project in ({listed})")
        ends = self._now() + LIFE
        return Callback(id=made, event=event, uri=uri, verified=True, expires_at=ends)

    def renew(self, callback_id: str) -> None:
        """The next look at the list shows whether it helped: Jira answers the same for an id that it does not know."""
        self._client.refresh_webhook(callback_id)

    def remove(self, callback_id: str) -> None:
        self._client.remove_webhook(callback_id)

    def confirm(self, callback_id: str, code: str) -> NoReturn:
        _no_handshake()

    def send_again(self, callback_id: str) -> NoReturn:
        _no_handshake()

    def _callback(self, wire: WireWebhook) -> Callback:
        ends = _end(wire.expires)
        lives = ends is None or ends > self._now()
        return Callback(id=wire.id, event=ALL, uri=wire.url, verified=lives, expires_at=ends)


class AdminCallbacks:
    """An administrator enters the address and the secret in Jira. Nobody but an administrator may ask what is there."""

    def __init__(self, key: str | None) -> None:
        self.key = key

    def all(self) -> None:
        return None

    def register(self, *, event: str, uri: str) -> Callback:
        """Its id is its address: that is what the administrator has to be told."""
        _needed(self.key, "webhook_secret")
        return Callback(id=uri, event=event, uri=uri, verified=True)

    def renew(self, callback_id: str) -> None:
        """It has no end."""

    def remove(self, callback_id: str) -> None:
        """Only an administrator can; until then its deliveries meet a shut door."""

    def confirm(self, callback_id: str, code: str) -> NoReturn:
        _no_handshake()

    def send_again(self, callback_id: str) -> NoReturn:
        _no_handshake()


def _end(given: str | int | None) -> datetime | None:
    """ISO text in Jira's examples, milliseconds in its schema."""
    if isinstance(given, int):
        return datetime.fromtimestamp(given / 1000, UTC)
    if isinstance(given, str) and given.isascii() and given.isdecimal():
        return datetime.fromtimestamp(int(given) / 1000, UTC)
    return instant(given)


def _needed(key: str | None, name: str) -> None:
    if key is None:
        detail = f"the connection's secret has no {name}: ml-connector replace-secret"
        raise RejectedError(detail, system=SYSTEM, operation="register callback")


def _no_handshake() -> NoReturn:
    raise RejectedError("Jira's webhooks have no handshake", system=SYSTEM, operation="confirm callback")
