"""What Jira pushes: JSON about an issue or a worklog, proved in one of two ways that have nothing in common.

A dynamic webhook carries a JWT signed with the application's client secret; an admin webhook a signature over the body,
with a secret that its administrator chose. Nothing is imported here but the standard library and the signatures: the
receiver starts with this file alone.

Source: Atlassian, "Webhooks". The claims of the JWT are not documented: signature and times are checked, no more.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.webhook import Delivery, Pushed, UnreadableError
from ml_connector.transport.signatures import hmac_sha256, hmac_sha256_hex, same

SIGNATURE = "x-hub-signature"
ALL = "jira:issue"
"""One registration for everything: Jira lets an application register one URL."""

ISSUE_DELETED = "jira:issue_deleted"
ISSUE_EVENTS = ("jira:issue_updated", ISSUE_DELETED)
LEEWAY = timedelta(seconds=60)

_WORKLOG_EVENTS = ("worklog_updated", "worklog_deleted")
_WRITTEN = frozenset({RecordKind.ISSUE, RecordKind.WORKLOG})
_LONGEST_TOKEN = 8192


class JiraWebhook:
    content_types = frozenset({"application/json"})

    def facts(self, settings: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "webhooks": str(settings.get("webhooks") or "off"),
            "site_url": str(settings.get("site_url") or "").rstrip("/"),
            "cloud_id": str(settings.get("cloud_id") or ""),
        }

    def events(
        self, *, reads: Iterable[RecordKind], writes: Iterable[RecordKind], settings: Mapping[str, Any]
    ) -> frozenset[str]:
        """Only of what we wrote ourselves: nothing of Jira is read for its own sake."""
        wanted = settings.get("webhooks") in ("dynamic", "admin") and not _WRITTEN.isdisjoint(writes)
        return frozenset({ALL}) if wanted else frozenset()

    def about(self, event: str) -> RecordKind | None:
        if event in ISSUE_EVENTS:
            return RecordKind.ISSUE
        return RecordKind.WORKLOG if event in _WORKLOG_EVENTS else None

    def is_end(self, event: str) -> bool:
        """Of its worklogs too: dynamic webhooks tell nothing of them."""
        return event == ISSUE_DELETED

    def read(self, delivery: Delivery) -> Pushed:
        body = _object(delivery.raw)
        event = body.get("webhookEvent")
        if not isinstance(event, str) or not event:
            raise UnreadableError("the body names no event")
        issue, worklog = _within(body, "issue"), _within(body, "worklog")
        object_id, link = str(issue.get("id") or ""), str(issue.get("self") or "")
        if worklog:
            object_id, link = f"{worklog.get('issueId')}:{worklog.get('id')}", str(worklog.get("self") or "")
        if not object_id:
            raise UnreadableError("the body names no object")
        return Pushed(event=event, object_id=object_id, facts={"self": link})

    def is_signed(self, delivery: Delivery, *, key: str, facts: Mapping[str, str]) -> bool:
        """Only in the way that this connection's webhooks are made: the other one's proof proves nothing here."""
        if not key:
            return False
        if facts.get("webhooks") == "dynamic":
            return _is_token(delivery.headers.get("authorization", ""), key, delivery.at)
        given = delivery.headers.get(SIGNATURE, "")
        return same(given, f"sha256={hmac_sha256_hex(key, delivery.raw)}")

    def is_meant(self, pushed: Pushed, facts: Mapping[str, str]) -> bool:
        """By the address of what it is about: the site's own, or the gateway's with the site's cloud id."""
        link, site, cloud = pushed.facts.get("self", ""), facts.get("site_url", ""), facts.get("cloud_id", "")
        own = bool(site) and link.startswith(f"{site}/")
        return own or (bool(cloud) and f"/ex/jira/{cloud}/" in link)


def _is_token(header: str, key: str, at: datetime | None) -> bool:
    """HS256 and nothing else: the algorithm is ours to choose, not the token's."""
    scheme, _, token = header.partition(" ")
    parts = token.strip().split(".")
    if scheme.casefold() not in ("bearer", "jwt") or len(parts) != 3 or len(token) > _LONGEST_TOKEN or at is None:
        return False
    try:
        signed = f"{parts[0]}.{parts[1]}".encode("ascii")
        proof = base64.urlsafe_b64encode(hmac_sha256(key, signed)).decode().rstrip("=")
        is_ours = same(parts[2].rstrip("="), proof)
        head, claims = _segment(parts[0]), _segment(parts[1])
    except (ValueError, UnreadableError):
        return False
    return is_ours and head.get("alg") == "HS256" and _is_in_time(claims, at)


def _is_in_time(claims: Mapping[str, Any], at: datetime) -> bool:
    """A token without an end is none of Jira's."""
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    until, since = claims.get("exp"), claims.get("nbf", claims.get("iat", 0))
    if not isinstance(until, int | float) or not isinstance(since, int | float):
        return False
    return until > now - leeway and since <= now + leeway


def _segment(text: str) -> dict[str, Any]:
    return _object(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error
    if not isinstance(found, dict):
        raise UnreadableError("not an object")
    return found


def _within(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


WEBHOOK = JiraWebhook()
