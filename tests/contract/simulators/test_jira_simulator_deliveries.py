"""The Jira simulator's deliveries: what is posted to webhooks, with which proof, and how often."""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from tests.contract.simulators.jira_listening import an_admin_hook, an_ear, register
from tests.simulators.jira import Forgery
from tests.simulators.jira.caller import Caller, body_of, document
from tests.simulators.jira.deliveries import signature

URL = "https://connector.example/hook"


def claims(headers: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, payload, proof = headers["Authorization"].removeprefix("Bearer ").split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload)]
    return decoded[0], decoded[1], proof


def test_a_dynamic_delivery_carries_a_token_of_the_apps_secret() -> None:
    caller = Caller()
    ear = an_ear(caller)
    register(caller)
    key = caller.created()

    caller.simulator.send_events()

    headers, _ = ear.heard[0]
    scheme, _, token = headers["Authorization"].partition(" ")
    signed, _, proof = token.rpartition(".")
    secret = caller.simulator.application.client_secret.encode()
    expected = base64.urlsafe_b64encode(hmac.new(secret, signed.encode(), sha256).digest()).decode().rstrip("=")
    assert (scheme, proof) == ("Bearer", expected)
    assert ear.bodies[0]["issue"]["key"] == key
    assert ear.bodies[0]["webhookEvent"] == "jira:issue_created"
    assert "X-Hub-Signature" not in headers


def test_forged_deliveries_are_what_they_say() -> None:
    caller = Caller()
    ear = an_ear(caller)
    register(caller)
    for forged in Forgery:
        caller.simulator.turn(forged=forged)
        caller.created()
        caller.simulator.send_events()

    true, none, unsigned, wrong, expired = (headers for headers, _ in ear.heard)

    assert "Authorization" not in none
    assert (claims(unsigned)[0]["alg"], claims(unsigned)[2]) == ("none", "")
    assert claims(wrong)[1] == claims(true)[1]
    assert claims(wrong)[2] != claims(true)[2]
    assert claims(expired)[1]["exp"] < caller.clock.now.timestamp() < claims(true)[1]["exp"]


def test_the_signature_is_that_of_the_published_example() -> None:
    expected = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"

    assert signature(b"Hello World!", "It's a Secret to Everybody") == expected


def test_an_admin_webhook_is_signed_tells_of_worklogs_and_never_shows_its_secret() -> None:
    caller = Caller()
    ear = an_ear(caller)
    made = an_admin_hook(caller, "worklog_created", secret="a secret")
    key = caller.created()
    caller.log_work(key)

    caller.simulator.send_events()

    (headers, body) = ear.heard[0]
    assert (made.status, body_of(made)["isSigned"], "a secret" in made.body.decode()) == (201, True, False)
    assert headers["X-Hub-Signature"] == signature(body, "a secret")
    assert json.loads(body)["worklog"]["timeSpentSeconds"] == 3_600


def test_only_issues_that_pass_the_filter_are_told_of() -> None:
    caller = Caller()
    ear = an_ear(caller)
    register(caller, "jira:issue_created", "comment_created", jql="project = OPS AND issuetype != Epic")
    caller.created()
    caller.created(project={"key": "OPS"}, issuetype={"name": "Epic"})
    key = caller.created(project={"key": "OPS"})
    caller.api("POST", f"issue/{key}/comment", body={"body": document("seen")})

    caller.simulator.send_events()

    told = [(body["webhookEvent"], body["issue"]["key"]) for body in ear.bodies]
    assert told == [("jira:issue_created", "OPS-2"), ("comment_created", "OPS-2")]


def test_a_property_filter_lets_its_keys_through() -> None:
    caller = Caller()
    ear = an_ear(caller)
    register(caller, "issue_property_set", issuePropertyKeysFilter=["source"])
    key = caller.created()
    for name in ("other", "source"):
        caller.api("PUT", f"issue/{key}/properties/{name}", body=1)

    caller.simulator.send_events()

    assert [body["property"]["key"] for body in ear.bodies] == ["source"]


def test_moves_and_deletions_are_told_with_what_the_issue_was() -> None:
    caller = Caller()
    ear = an_ear(caller)
    an_admin_hook(caller, "jira:issue_updated", "jira:issue_deleted")
    key = caller.created()
    caller.desk.move_issue(key, "OPS")
    caller.desk.delete_issue("OPS-1")

    caller.simulator.send_events()

    moved, gone = ear.bodies
    changed = {item["field"]: item["toString"] for item in moved["changelog"]["items"]}
    assert (moved["issue_event_type_name"], changed) == ("issue_moved", {"project": "Operations", "Key": "OPS-1"})
    assert (gone["webhookEvent"], gone["issue"]["key"]) == ("jira:issue_deleted", "OPS-1")


def test_a_body_is_in_the_shape_of_version_2() -> None:
    caller = Caller()
    ear = an_ear(caller)
    register(caller)
    caller.created(description=document("375.00 USD"))

    caller.simulator.send_events()

    issue = ear.bodies[0]["issue"]
    assert issue["self"].startswith("https://hillside.atlassian.net/rest/api/2/issue/")
    assert issue["fields"]["description"] == "375.00 USD"


def test_a_refused_delivery_comes_again_under_the_same_identifier_five_times_at_most() -> None:
    caller = Caller()
    ear = an_ear(caller, *[503] * 9)
    register(caller)
    caller.created()
    for _ in range(9):
        caller.simulator.send_events()
        caller.clock.pass_time(minutes=15)

    identifiers = {headers["X-Atlassian-Webhook-Identifier"] for headers, _ in ear.heard}
    retries = [headers.get("X-Atlassian-Webhook-Retry") for headers, _ in ear.heard]
    assert len(identifiers) == 1
    assert retries == [None, "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(("status", "posts"), [(200, 1), (400, 1), (401, 1), (404, 1), (429, 2), (500, 2)])
def test_only_some_refusals_are_tried_again(status: int, posts: int) -> None:
    caller = Caller()
    ear = an_ear(caller, status)
    register(caller)
    caller.created()

    caller.simulator.send_events()
    caller.clock.pass_time(minutes=1)
    caller.simulator.send_events()

    assert len(ear.heard) == posts


def test_deliveries_come_twice_late_out_of_order_or_never_as_switched() -> None:
    caller = Caller(event_copies=2, event_delay_seconds=60, newest_event_first=True)
    caller.simulator.turn(lost_events=frozenset({"jira:issue_deleted"}))
    ear = an_ear(caller)
    register(caller, "jira:issue_created", "jira:issue_deleted")
    caller.created()
    caller.desk.delete_issue(caller.created())

    early = caller.simulator.send_events()
    caller.clock.pass_time(minutes=1)
    caller.simulator.send_events()

    assert early == []
    assert [body["issue"]["key"] for body in ear.bodies] == ["FIN-2", "FIN-2", "FIN-1", "FIN-1"]
