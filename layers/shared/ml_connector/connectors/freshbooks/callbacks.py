"""FreshBooks' callbacks, as the pipeline keeps them: one an event, verified by the code that its handshake brought."""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.connectors.freshbooks.client import FreshBooksClient
from ml_connector.connectors.freshbooks.listing import read_all
from ml_connector.connectors.freshbooks.models import WireCallback
from ml_connector.pipeline.webhook import Callback


class FreshBooksCallbacks:
    key: str | None = None

    def __init__(self, client: FreshBooksClient) -> None:
        self._client = client

    def all(self) -> Sequence[Callback]:
        """Complete, or IncompleteReadError: what is not in it counts as gone."""
        return [_callback(wire) for wire in read_all(self._client.callbacks, what="callbacks")]

    def register(self, *, event: str, uri: str) -> Callback:
        return _callback(self._client.register_callback(event=event, uri=uri))

    def confirm(self, callback_id: str, code: str) -> Callback:
        return _callback(self._client.confirm_callback(callback_id, verifier=code))

    def send_again(self, callback_id: str) -> None:
        self._client.resend_handshake(callback_id)

    def renew(self, callback_id: str) -> None:
        """It has no end."""

    def remove(self, callback_id: str) -> None:
        self._client.remove_callback(callback_id)


def _callback(wire: WireCallback) -> Callback:
    return Callback(id=wire.id, event=wire.event, uri=wire.uri, verified=wire.verified)
