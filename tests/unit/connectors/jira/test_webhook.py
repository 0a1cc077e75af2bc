"""What proves a delivery of Jira's, and what does not (FI7)."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from ml_connector.connectors.jira.webhook import WEBHOOK
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.webhook import Delivery, Pushed, UnreadableError

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = int(AT.timestamp())
KEY = "the client secret"
DYNAMIC, ADMIN = {"webhooks": "dynamic"}, {"webhooks": "admin"}
DELETED = {"webhookEvent": "jira:issue_deleted", "issue": {"id": "10001", "self": "https://acme.atlassian.net/rest/1"}}


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(claims: Any, *, key: str = KEY, head: Any = None) -> str:
    signed = f"{part(head or {'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    proof = hmac.new(key.encode(), signed.encode(), sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"


def is_proved(given: str, *, at: datetime | None = AT, facts: dict[str, str] = DYNAMIC) -> bool:
    delivery = Delivery(raw=b"{}", headers={"authorization": given}, at=at)
    return WEBHOOK.is_signed(delivery, key=KEY, facts=facts)


@pytest.mark.parametrize("scheme", ["Bearer", "JWT", "bearer"])
def test_a_token_of_our_application_in_its_time_proves_it(scheme: str) -> None:
    assert is_proved(f"{scheme} {token({'exp': NOW + 60, 'iat': NOW})}")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer a.b.c",
        f"Bearer {token({'exp': NOW + 60}, key='another')}",
        f"Bearer {token({'exp': NOW + 60}, head={'alg': 'none'})}",
        f"Bearer {part({'alg': 'none'})}.{part({'exp': NOW + 60})}.",
        f"Bearer {token({'exp': NOW + 60}, head={'alg': 'HS512'})}",
        f"Bearer {token({'exp': NOW - 61})}",
        f"Bearer {token({'iat': NOW})}",
        f"Bearer {token({'exp': 'tomorrow'})}",
        f"Bearer {token({'exp': NOW + 600, 'nbf': NOW + 300})}",
        f"Bearer {token(['no claims'])}",
        f"Basic {token({'exp': NOW + 60})}",
    ],
    ids=[
        "nothing", "no token", "no base64", "another key", "alg none", "alg none unsigned", "another alg", "too late",
        "no end", "an end that is none", "too early", "no claims", "another scheme",
    ],
)  # fmt: skip
def test_no_other_token_does(given: str) -> None:
    assert not is_proved(given)


def test_a_delivery_whose_time_is_not_known_proves_nothing() -> None:
    assert not is_proved(f"Bearer {token({'exp': NOW + 60})}", at=None)


def test_a_token_proves_nothing_for_an_admin_webhook_and_a_signature_nothing_for_a_dynamic_one() -> None:
    signature = f"sha256={hmac.new(KEY.encode(), b'{}', sha256).hexdigest()}"
    signed = Delivery(raw=b"{}", headers={"x-hub-signature": signature}, at=AT)

    assert not is_proved(f"Bearer {token({'exp': NOW + 60})}", facts=ADMIN)
    assert WEBHOOK.is_signed(signed, key=KEY, facts=ADMIN)
    assert not WEBHOOK.is_signed(signed, key=KEY, facts=DYNAMIC)


def test_the_signature_that_atlassian_publishes_as_an_example_is_ours_too() -> None:
    known = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    delivery = Delivery(raw=b"Hello World!", headers={"x-hub-signature": known})

    assert WEBHOOK.is_signed(delivery, key="It's a Secret to Everybody", facts=ADMIN)
    assert not WEBHOOK.is_signed(delivery, key="Somebody's", facts=ADMIN)


def test_an_issue_and_a_worklog_are_read_by_their_ids() -> None:
    worklog = {"webhookEvent": "worklog_deleted", "worklog": {"id": "5", "issueId": "10001", "self": "https://x/"}}

    issue = WEBHOOK.read(Delivery(raw=json.dumps(DELETED).encode()))
    logged = WEBHOOK.read(Delivery(raw=json.dumps(worklog).encode()))

    assert (issue.event, issue.object_id) == ("jira:issue_deleted", "10001")
    assert logged.object_id == "10001:5"
    assert [WEBHOOK.about(one.event) for one in (issue, logged)] == [RecordKind.ISSUE, RecordKind.WORKLOG]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"nonsense", b'{"webhookEvent": "jira:issue_deleted"}', b"\xff"])
def test_what_is_none_of_jiras_forms_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        WEBHOOK.read(Delivery(raw=raw))


@pytest.mark.parametrize(
    ("link", "meant"),
    [
        ("https://acme.atlassian.net/rest/api/2/issue/1", True),
        ("https://api.atlassian.com/ex/jira/c1/rest/api/2/issue/1", True),
        ("https://acme.atlassian.net.evil.example/rest/api/2/issue/1", False),
        ("https://other.atlassian.net/rest/api/2/issue/1", False),
        ("", False),
    ],
)
def test_a_delivery_is_meant_for_the_site_that_it_is_about(link: str, meant: bool) -> None:
    facts = {"site_url": "https://acme.atlassian.net", "cloud_id": "c1"}

    assert WEBHOOK.is_meant(Pushed(event="e", object_id="1", facts={"self": link}), facts) is meant


@pytest.mark.parametrize("facts", [DYNAMIC, ADMIN], ids=["dynamic", "admin"])
def test_an_empty_key_proves_nothing(facts: dict[str, str]) -> None:
    admins = f"sha256={hmac.new(b'', b'{}', sha256).hexdigest()}"
    headers = {"authorization": f"Bearer {token({'exp': NOW + 60, 'iat': NOW}, key='')}", "x-hub-signature": admins}

    assert not WEBHOOK.is_signed(Delivery(raw=b"{}", headers=headers, at=AT), key="", facts=facts)
