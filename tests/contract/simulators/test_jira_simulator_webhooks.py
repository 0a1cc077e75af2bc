"""The Jira simulator's webhooks: dynamic ones, which end, and admin ones."""

from __future__ import annotations

import pytest

from tests.contract.simulators.jira_listening import admin, an_ear, register, result_of
from tests.simulators.jira import Expiration
from tests.simulators.jira.caller import Caller, body_of

URL = "https://connector.example/hook"


def listed(caller: Caller) -> list[int]:
    return [row["id"] for row in body_of(caller.app("GET", "webhook"))["values"]]


def fresh(caller: Caller) -> str:
    caller.pair = caller.simulator.grant()
    return caller.bearer


def test_only_an_app_registers_dynamic_webhooks() -> None:
    caller = Caller()
    body = {"url": URL, "webhooks": [{"events": ["jira:issue_created"], "jqlFilter": "project = FIN"}]}

    assert caller.api("POST", "webhook", body=body).status == 403
    assert caller.api("GET", "webhook").status == 403
    assert list(result_of(caller.app("POST", "webhook", body=body))) == ["createdWebhookId"]


@pytest.mark.parametrize(
    ("events", "jql"),
    [
        (["worklog_created"], "project = FIN"),
        (["jira:issue_created"], "watchCount = 1"),
        (["jira:issue_created"], 'summary ~ "rent"'),
        (["jira:issue_created"], "project = NONE"),
        (["jira:issue_created"], "project > FIN"),
        (["jira:issue_created"], "project = "),
        ([], "project = FIN"),
    ],
)
def test_a_registration_that_fails_is_inside_a_200(events: list[str], jql: str) -> None:
    caller = Caller()
    hook = {"events": events, "jqlFilter": jql}

    result = result_of(caller.app("POST", "webhook", body={"url": URL, "webhooks": [hook]}))

    assert list(result) == ["errors"]
    assert listed(caller) == []


def test_five_webhooks_are_the_most_and_have_one_url() -> None:
    caller = Caller()

    results = [result_of(register(caller)) for _ in range(6)]

    assert ["errors" in each for each in results] == [False] * 5 + [True]
    assert "errors" in result_of(register(caller, url="https://other.example/"))


def test_a_webhook_ends_after_30_days_unless_it_is_refreshed() -> None:
    caller = Caller()
    ear = an_ear(caller)
    ended, kept = (result_of(register(caller))["createdWebhookId"] for _ in range(2))
    caller.clock.pass_time(days=29)
    refreshed = caller.app("PUT", "webhook/refresh", signed=fresh(caller), body={"webhookIds": [kept, 999]})
    caller.clock.pass_time(days=1)

    caller.created()
    caller.simulator.send_events()

    until = body_of(refreshed)["expirationDate"] / 1000
    assert until == pytest.approx(caller.clock.now.timestamp() + 29 * 86_400)
    assert len(ear.heard) == 1
    fresh(caller)
    assert listed(caller) == [ended, kept]


def test_what_is_over_is_listed_for_three_months_and_is_not_refreshed() -> None:
    caller = Caller()
    hook = result_of(register(caller))["createdWebhookId"]
    caller.clock.pass_time(days=31)
    fresh(caller)

    caller.app("PUT", "webhook/refresh", body={"webhookIds": [hook]})
    rows = body_of(caller.app("GET", "webhook"))["values"]
    caller.clock.pass_time(days=90)
    fresh(caller)

    assert rows[0]["expirationDate"] / 1000 < caller.clock.now.timestamp() - 90 * 86_400
    assert listed(caller) == []


def test_an_end_may_be_written_as_text() -> None:
    caller = Caller(expiration=Expiration.TEXT)
    register(caller)

    row = body_of(caller.app("GET", "webhook"))["values"][0]

    assert row["expirationDate"] == "2026-04-01T15:00:00.000+0000"


def test_deleted_webhooks_are_gone_and_unknown_ids_pass() -> None:
    caller = Caller()
    hook = result_of(register(caller))["createdWebhookId"]

    response = caller.app("DELETE", "webhook", body={"webhookIds": [hook, 999]})

    assert (response.status, listed(caller)) == (202, [])


def test_admin_webhooks_are_the_administrators() -> None:
    caller = Caller()

    assert admin(caller, "GET", signed=caller.basic).status == 403
    assert body_of(admin(caller, "GET")) == []
