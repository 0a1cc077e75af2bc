"""What Jira posts to webhooks: bodies of version 2 of the API, with a token or a signature, tried again when refused.

Nothing is sent by itself: `send` posts what is due by then, and a test says when.
"""

from __future__ import annotations

import base64
import hmac
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from tests.simulators.jira import adf, shown
from tests.simulators.jira.answers import Fields
from tests.simulators.jira.people import Application
from tests.simulators.jira.site import Event, Site
from tests.simulators.jira.switches import Description, Forgery, Switches
from tests.simulators.jira.webhooks import Webhook, Webhooks

SIGNATURE = "X-Hub-Signature"
IDENTIFIER, RETRY, FLOW = "X-Atlassian-Webhook-Identifier", "X-Atlassian-Webhook-Retry", "X-Atlassian-Webhook-Flow"
TRIED_AGAIN = (0, 408, 409, 425, 429)
JWT_SECONDS = 180
PATIENCE_SECONDS = 10

type Post = Callable[[str, dict[str, str], bytes], int]
"""(URL, headers, body) -> status. Raises OSError where nobody is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One body to one webhook; its identifier stays the same whenever it is tried again."""

    webhook: Webhook
    event: str
    body: bytes
    identifier: str
    due: datetime
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A body that was posted, and what was said to it; 0 where nobody answered."""

    url: str
    event: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass(kw_only=True)
class Deliveries:
    """`post` carries a body; a test may put a function of its own there, which stays in this process."""

    site: Site
    webhooks: Webhooks
    application: Callable[[], Application]
    post: Post = field(default_factory=lambda: post_over_http)
    sent: list[Sent] = field(default_factory=list)
    waiting: list[Delivery] = field(default_factory=list)
    read: int = 0

    def send(self) -> list[Sent]:
        """Answers what was posted. What was refused for now is tried again when it is due."""
        self._queue()
        now = self.site.now()
        due = [delivery for delivery in self.waiting if delivery.due <= now]
        self.waiting = [delivery for delivery in self.waiting if delivery.due > now]
        if self._switches.newest_event_first:
            due.reverse()
        return [self._send(delivery) for delivery in due]

    @property
    def _switches(self) -> Switches:
        return self.site.switches

    def _queue(self) -> None:
        happened = self.site.events[self.read :]
        start, self.read = self.read, len(self.site.events)
        due = self.site.now() + timedelta(seconds=self._switches.event_delay_seconds)
        for place, event in enumerate(happened, start):
            if event.name in self._switches.lost_events:
                continue
            for row in self.webhooks.listening(event):
                name = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.site.place.cloud_id} {place} {row.id}")
                body = json.dumps(self._body(event)).encode()
                one = Delivery(webhook=row, event=event.name, body=body, identifier=str(name), due=due)
                self.waiting += [one] * self._switches.event_copies

    def _body(self, event: Event) -> Fields:
        """The issue in the shape of version 2, whose description is a text as a rule."""
        old = f"{self.site.base_url}/rest/api/2"
        issue = shown.issue(self.site, event.issue, None)
        if self._switches.webhook_description is Description.TEXT:
            issue["fields"] = {name: _plain(value) for name, value in issue["fields"].items()}
        body: Fields = {
            "timestamp": int(event.at * 1000),
            "webhookEvent": event.name,
            "user": shown.user(self.site, event.actor),
            **event.more,
            "issue": issue,
        }
        if event.name.startswith("worklog_"):
            del body["issue"]  # a worklog names its issue by id alone
        text = json.dumps(body).replace(f"{self.site.base_url}/rest/api/3", old)
        return dict(json.loads(text))

    def _send(self, delivery: Delivery) -> Sent:
        headers = {
            "content-type": "application/json; charset=utf-8",
            IDENTIFIER: delivery.identifier,
            FLOW: "Primary",
            **self._proof(delivery),
        }
        if delivery.attempt:
            headers[RETRY] = str(delivery.attempt)
        try:
            status = self.post(delivery.webhook.url, headers, delivery.body)
        except OSError:
            status = 0
        url, body = delivery.webhook.url, delivery.body
        sent = Sent(url=url, event=delivery.event, headers=headers, body=body, status=status)
        self.sent.append(sent)
        self._note(delivery, status)
        return sent

    def _proof(self, delivery: Delivery) -> dict[str, str]:
        """A token for a dynamic webhook, a signature for an admin one that has a secret; or a forgery of either."""
        row, forged = delivery.webhook, self._switches.forged
        if forged is Forgery.NO_PROOF or (row.owner is None and row.secret is None):
            return {}
        if row.owner is not None:
            return {"Authorization": f"Bearer {self.token(forged)}"}
        key = "another secret" if forged is not Forgery.NO else str(row.secret)
        return {SIGNATURE: signature(delivery.body, key)}

    def token(self, forged: Forgery = Forgery.NO) -> str:
        """The JWT of a delivery made now. Which claims Jira puts there is not known."""
        application, now = self.application(), int(self.site.moment())
        if forged is Forgery.EXPIRED:
            now -= 10 * JWT_SECONDS
        claims: Fields = {"iat": now, "exp": now + JWT_SECONDS}
        if self._switches.jwt_issuer:
            claims["iss"] = application.client_id
        key = "another secret" if forged is Forgery.WRONG_KEY else application.client_secret
        return jwt(claims, None if forged is Forgery.ALG_NONE else key)

    def _note(self, delivery: Delivery, status: int) -> None:
        waits = self._switches.event_retry_seconds
        if (status in TRIED_AGAIN or status >= 500) and delivery.attempt < len(waits):
            due = self.site.now() + timedelta(seconds=waits[delivery.attempt])
            self.waiting.append(replace(delivery, attempt=delivery.attempt + 1, due=due))


def signature(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()


def jwt(claims: Fields, secret: str | None) -> str:
    """Signed with HS256; without a secret, the unsigned form that nobody should take."""
    header = {"typ": "JWT", "alg": "none" if secret is None else "HS256"}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    if secret is None:
        return f"{signed}."
    return f"{signed}.{_base64(hmac.new(secret.encode(), signed.encode(), sha256).digest())}"


def post_over_http(url: str, headers: dict[str, str], body: bytes) -> int:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answered:
            return int(answered.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _plain(value: object) -> object:
    return adf.text_of(value) if adf.is_document(value) else value
