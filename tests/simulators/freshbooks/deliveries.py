"""What FreshBooks posts to callbacks: handshakes, and signed events; late, twice, out of order or never, as switched.

Nothing is sent by itself: `send` posts what is due by then, and a test says when.
"""

from __future__ import annotations

import base64
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode

from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.callbacks import Callback, Callbacks
from tests.simulators.freshbooks.people import Business
from tests.simulators.freshbooks.switches import FieldOrder, Switches

SIGNATURE = "X-FreshBooks-Hmac-SHA256"
VERIFY = "callback.verify"
PATIENCE_SECONDS = 10
ORDERS = {
    FieldOrder.DOCUMENTED: ("name", "object_id", "account_id", "business_id", "identity_id", "user_id"),
    FieldOrder.CAPTURED: ("name", "object_id", "user_id", "identity_id", "business_id", "account_id"),
    FieldOrder.SHORT: ("name", "object_id", "account_id"),
}

type Post = Callable[[str, dict[str, str], bytes], int]
"""(URI, headers, body) -> status. Raises OSError where nobody is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One form to one callback. Without a key it goes out unsigned, as a handshake does."""

    callback_id: int
    uri: str
    form: tuple[tuple[str, str], ...]
    key: str | None
    due: datetime
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form that was posted, and what was said to it; 0 where nobody answered."""

    uri: str
    form: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass(kw_only=True)
class Deliveries:
    """`post` carries a form; a test may put a function of its own there, which stays in this process."""

    books: Books
    callbacks: Callbacks
    business: Business
    identity_id: int
    post: Post = field(default_factory=lambda: post_over_http)
    sent: list[Sent] = field(default_factory=list)
    waiting: list[Delivery] = field(default_factory=list)
    failures: dict[int, int] = field(default_factory=dict)
    read: int = 0

    def send(self) -> list[Sent]:
        """Handshakes first, then events; answers what was posted. What was not taken is tried again when it is due."""
        self._queue_handshakes()
        self._queue_events()
        now = self.books.now()
        due = [delivery for delivery in self.waiting if delivery.due <= now]
        self.waiting = [delivery for delivery in self.waiting if delivery.due > now]
        if self._switches.newest_event_first:
            due.reverse()
        return [self._send(delivery) for delivery in due]

    @property
    def _switches(self) -> Switches:
        return self.books.switches

    def _queue_handshakes(self) -> None:
        waiting, self.callbacks.handshakes = self.callbacks.handshakes, []
        for callback_id in waiting:
            row = self.callbacks.find(callback_id)
            if row is None or self._switches.handshakes_lost:
                continue
            form = (*self._form(VERIFY, str(row.id)), ("verifier", row.verifier))
            key = row.verifier if self._switches.handshake_signed else None
            self.waiting.append(Delivery(callback_id=row.id, uri=row.uri, form=form, key=key, due=self.books.now()))

    def _queue_events(self) -> None:
        """To the callbacks that are verified by now."""
        happened = self.books.events[self.read :]
        self.read = len(self.books.events)
        due = self.books.now() + timedelta(seconds=self._switches.event_delay_seconds)
        for event, object_id in happened:
            if event in self._switches.lost_events:
                continue
            for row in self.callbacks.all():
                if row.verified and row.hears(event):
                    self.waiting += [self._event(row, event, object_id, due)] * self._switches.event_copies

    def _event(self, row: Callback, event: str, object_id: str, due: datetime) -> Delivery:
        form = self._form(event, object_id)
        return Delivery(callback_id=row.id, uri=row.uri, form=form, key=row.verifier, due=due)

    def _form(self, name: str, object_id: str) -> tuple[tuple[str, str], ...]:
        business = self.business
        values = {
            "name": name,
            "object_id": object_id,
            "account_id": business.account_id,
            "business_id": str(business.business_id),
            "identity_id": str(self.identity_id),
            "user_id": "1",
        }
        return tuple((each, values[each]) for each in ORDERS[self._switches.field_order])

    def _send(self, delivery: Delivery) -> Sent:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if delivery.key is not None:
            headers[SIGNATURE] = signature(delivery.form, delivery.key)
        body = urlencode(delivery.form).encode()
        try:
            status = self.post(delivery.uri, headers, body)
        except OSError:
            status = 0
        sent = Sent(uri=delivery.uri, form=dict(delivery.form), headers=headers, body=body, status=status)
        self.sent.append(sent)
        self._note(delivery, taken=200 <= status < 300)
        return sent

    def _note(self, delivery: Delivery, *, taken: bool) -> None:
        if taken:
            self.failures.pop(delivery.callback_id, None)
            return
        self.failures[delivery.callback_id] = self.failures.get(delivery.callback_id, 0) + 1
        limit = self._switches.callback_off_after
        if limit is not None and self.failures[delivery.callback_id] >= limit:
            self.callbacks.switch_off(delivery.callback_id)
        waits = self._switches.event_retry_seconds
        if delivery.attempt < len(waits):
            due = self.books.now() + timedelta(seconds=waits[delivery.attempt])
            self.waiting.append(replace(delivery, attempt=delivery.attempt + 1, due=due))


def signature(form: Sequence[tuple[str, str]], key: str) -> str:
    """Over the JSON text of the fields in the order in which they are sent, not over the body."""
    message = json.dumps(dict(form)).encode()
    return base64.b64encode(hmac.new(key.encode(), message, sha256).digest()).decode()


def post_over_http(uri: str, headers: dict[str, str], body: bytes) -> int:
    request = urllib.request.Request(uri, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answered:
            return int(answered.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code
