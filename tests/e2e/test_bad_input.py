"""Bad input at the deployed stack's doors: a clear answer each, no failed function, and not a byte of the tenant's
changes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from local.stack import Stack
from tests.e2e.alarming import bury, impatient, send
from tests.e2e.canaries import everything
from tests.e2e.conftest import INVOICES, Installation, messages_in, wait

pytestmark = pytest.mark.engine

TENANT = "bad-input"
FLOW = f"{TENANT}/{INVOICES}/jaggaer/freshbooks"


BOOKKEEPING = ("#budget#", "#reference#", "#registration#", "#seal")
"""Reading a target's lists takes of its allowance and keeps the lists; upkeep tends registrations and seals trails in
any minute."""


def kept(stack: Stack) -> list[tuple[str, str]]:
    """Every item of the tenant's in every table but the bookkeeping, its secrets' versions, and all schedules."""
    found = list(everything(stack))
    items = [(where, text) for where, text in found if where.startswith("table") and TENANT in text]
    asked = [(where, text) for where, text in items if not any(each in text for each in BOOKKEEPING)]
    schedules = [(where, _without_times(text)) for where, text in found if where.startswith("schedule")]
    return sorted([*asked, *_secrets(stack), *schedules])


def _secrets(stack: Stack) -> list[tuple[str, str]]:
    """All names; versions of this tenant's alone, since upkeep renews the tokens of others in any minute."""
    client = stack.client("secretsmanager")
    pages = client.get_paginator("list_secrets").paginate()
    names = [secret["Name"] for page in pages for secret in page["SecretList"]]
    own = {name for name in names if f"/{TENANT}/" in name}
    versions = {name: client.list_secret_version_ids(SecretId=name)["Versions"] for name in own}
    return [(f"secret {name}", str(sorted(each["VersionId"] for each in versions.get(name, ())))) for name in names]


def _without_times(text: str) -> str:
    known = json.loads(text)
    return json.dumps({name: known[name] for name in ("Name", "ScheduleExpression", "State", "Target")})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/globex/overview", None, 404),
        ("GET", "/api/globex/records/INV-1", None, 404),
        ("GET", "/api/..%2F..%2Fetc/overview", None, 404),
        ("GET", "/api/bad-input/../story/overview", None, 404),
        ("GET", "/api/bad-input%23connection/overview", None, 400),
        ("GET", "/api/bad-input/records/bad-input%2Fa%23b%2Fc%2Fd%2F1", None, 400),
        ("GET", f"/api/bad-input/records/{'9' * 3000}", None, 400),
        ("GET", "/api/bad-input/secrets", None, 404),
        ("POST", "/api/bad-input/overview", {}, 404),
        ("POST", "/api/globex/runs", {"flow": FLOW}, 404),
        ("POST", "/api/bad-input/runs", {"flow": "globex/x/y/z"}, 400),
        ("POST", "/api/bad-input/runs", ["a list"], 400),
        ("POST", "/api/bad-input/runs", {"flow": "x" * 1_000_000}, 400),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_api_refuses_and_changes_nothing(
    installation: Installation, method: str, path: str, body: Any, status: int
) -> None:
    stack = installation.lab.stack
    before = kept(stack)

    answered, answer = stack.call(method, path, body)

    assert (answered, list(answer)) == (status, ["error"])
    assert kept(stack) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tenant": "globex"}, "tenant: the document is for 'globex', but --tenant or ML_TENANT is 'bad-input'"),
        ({"flows": [{"flow": "jaggaer_to_sap", "source": "jaggaer", "target": "freshbooks"}]}, "flows[1].flow: there"),
        (
            {"connections": {"jaggaer": {"settings": {"base_url": "http://169.254.169.254"}}}},
            "connections.jaggaer.settings.base_url: 169.254.169.254 is not a public address",
        ),
        (
            {"connections": {"jaggaer": {"settings": {"base_url": "https://x.example.com", "profile": "j2p"}}}},
            "connections.jaggaer.settings.profile: there is no profile 'j2p'",
        ),
        ({"mappings": {"freshbooks": {"file": "accounts.csv"}}}, "mappings.freshbooks.file: accounts.csv cannot be"),
        ({"mappings": {"freshbooks": {"account": {"1": "Gifts"}}}}, "mappings.freshbooks.account.1: 'Gifts' is not in"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_refused_onboarding_changes_nothing(
    installation: Installation, changes: dict[str, Any], message: str
) -> None:
    stack = installation.lab.stack
    whole = {"connections": {}, "flows": [], "mappings": {}, **changes}
    before = kept(stack)

    done = installation.lab.cli("onboard", str(installation.lab.onboarding(**whole)), check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ml-connector: {message}")
    assert kept(stack) == before


def test_messages_that_nobody_can_read_end_as_dead_letters_and_make_no_record(installation: Installation) -> None:
    stack = installation.lab.stack
    forged = {"flow": {"tenant": "globex", "flow": INVOICES, "source": "jaggaer", "target": "freshbooks"}}
    notice = {**forged, "cause": "polled", "run_id": "r", "records": [{"external_id": "1"}]}
    before = rows(stack)

    with impatient(stack, "NoticeQueue", "PostingQueue"):
        send(stack, "NoticeQueue", "[" * 100_000)
        send(stack, "NoticeQueue", notice)
        send(stack, "PostingQueue", '{"record": "a/b"}')
        wait(lambda: dead(stack) == {"Notice": 2, "Posting": 1}, why=lambda: dead(stack))
    report = stack.invoke("DeadLetters", {})
    bury(stack)

    assert (report["letters"], report.get("marked", 0), report["unreadable"]) == (3, 0, 2)
    assert rows(stack) == before


def test_a_dead_letter_that_nobody_can_read_is_no_tenants_to_redrive(installation: Installation) -> None:
    installation.lab.stack.client("sqs").send_message(
        QueueUrl=installation.lab.stack.outputs["NoticeDeadLetterQueueUrl"], MessageBody="poison"
    )

    done = installation.lab.cli("redrive")

    bury(installation.lab.stack)
    assert done.stdout == "No dead letter fits: nothing was sent back.\n"


def dead(stack: Stack) -> dict[str, int]:
    return {queue: messages_in(stack, f"{queue}DeadLetterQueueUrl") for queue in ("Notice", "Posting")}


def rows(stack: Stack) -> list[tuple[str, str]]:
    """Of this tenant and of the one that the letters name; what other tests' tenants have may move."""
    table = f"table {stack.outputs['CrossReferenceTable']}"
    found = [(where, text) for where, text in everything(stack) if where == table]
    return sorted(place for place in found if TENANT in place[1] or "globex" in place[1])


def test_the_api_takes_no_body_beyond_its_limit_from_somebody_unsigned(deployed: Stack) -> None:
    request = urllib.request.Request(f"{deployed.base_url}/api/bad-input/runs", data=b"x" * 100_000, method="POST")

    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=30)

    assert refusal.value.code == 403
    refusal.value.close()
