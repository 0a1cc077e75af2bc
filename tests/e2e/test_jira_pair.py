"""Third act of `make demo`, and Jira's door: invoices become issues, hours worklogs, and FreshBooks is only read."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from local.lab import ISSUES
from local.telling import Story
from local.third_act import HOURS, NUMBER, WORK, issue_of, tell_third_act, told
from tests.e2e.conftest import Installation, wait
from tests.simulators.jira import Forgery

pytestmark = pytest.mark.engine

INVENTED = False


@pytest.fixture(scope="module")
def telling(installation: Installation) -> Iterator[Installation]:
    """Each step ends the story if what it waits for does not come."""
    tell_third_act(Story(), installation.lab)
    yield installation
    installation.lab.cli("pause", "jira")


def a_delivery(installation: Installation, site: str | None = None) -> bytes:
    """It says that the invoice's issue was deleted."""
    issue_id = issue_of(installation.lab)["id"]
    address = f"{site or installation.jira.site.base_url}/rest/api/2/issue/{issue_id}"
    return json.dumps({"webhookEvent": "jira:issue_deleted", "issue": {"id": issue_id, "self": address}}).encode()


def post(installation: Installation, body: bytes, forged: Forgery | None = Forgery.NO, **more: str) -> int:
    """As Jira does to the address that was registered; without any token where `forged` is None."""
    [row] = installation.jira.webhooks.rows.values()
    token = {} if forged is None else {"authorization": f"Bearer {installation.jira.deliveries.token(forged)}"}
    url = row.url.replace(row.url.rpartition("/")[2], more.pop("registration", row.url.rpartition("/")[2]))
    headers = {"content-type": more.pop("content_type", "application/json"), **token, **more}
    return httpx.post(url, content=body, headers=headers, timeout=30).status_code


def test_the_consent_brought_the_site_and_asks_for_what_the_flows_need(telling: Installation) -> None:
    asked = telling.lab.shown("authorise", "jira")["scopes"]

    assert telling.lab.shown("ping", "jira")["ok"] is True
    assert asked == ["manage:jira-webhook", "offline_access", "read:jira-user", "read:jira-work", "write:jira-work"]
    assert ("POST", f"{telling.jira.gateway_path}/rest/api/3/issue") in telling.jira.writes


def test_one_issue_tells_of_the_invoice_and_leads_back_to_it(telling: Installation) -> None:
    [invoice] = telling.lab.ask("freshbooks", "invoices")
    issue = issue_of(telling.lab)
    lines = list(told(issue))

    assert lines[0] == f"OPS-2  Invoice {NUMBER} to Marlow & Sons Libraries: 1,400.00 USD"
    assert lines[-1] == f"FreshBooks: Invoice {invoice['id']} <https://my.freshbooks.com/#/invoice/{invoice['id']}>"
    assert issue["fields"][telling.jira.field_id("Amount")] == 1400
    assert issue["old_keys"] == ["FIN-1"]
    assert len(telling.jira.issues) == 2, "the project's own, and ours"


def test_the_hours_are_one_worklog_that_names_who_worked(telling: Installation) -> None:
    logged = {issue["fields"]["summary"]: issue["worklogs"] for issue in telling.jira.issues if issue["worklogs"]}

    assert {work: [row["timeSpentSeconds"] for row in rows] for work, rows in logged.items()} == {WORK: [5400]}
    assert HOURS in str(logged[WORK][0]["comment"])
    assert "Logged by Ida Fenn" in str(logged[WORK][0]["comment"])


def test_the_history_tells_what_was_pushed_and_that_the_issue_moved(telling: Installation) -> None:
    sentences = [moment["text"].partition(":")[0] for moment in telling.record(NUMBER)["moments"]]

    assert [text.partition(" (lines")[0] for text in sentences] == [
        f"Invoice {NUMBER} received (pushed)",
        "Planned",
        "Posted",
        "Matched",
        f"Invoice {NUMBER} received (pushed)",
        "Planned",
        "Updated",
    ]


def test_freshbooks_was_read_and_not_written_to(telling: Installation) -> None:
    calls = telling.freshbooks.calls
    apart = [path for _, path in calls if path.startswith(("/auth/", "/oauth/")) or "/events/callbacks" in path]

    assert {method for method, path in calls if path not in apart} == {"GET"}
    assert telling.freshbooks.writes == []


def test_only_what_jira_signed_for_this_site_comes_in_and_what_it_says_is_looked_at(telling: Installation) -> None:
    body = a_delivery(telling)

    statuses = {
        "no token": post(telling, body, None),
        "alg none": post(telling, body, Forgery.ALG_NONE),
        "another key": post(telling, body, Forgery.WRONG_KEY),
        "expired": post(telling, body, Forgery.EXPIRED),
        "an administrator's signature": post(telling, body, None, **{"x-hub-signature": "sha256=00"}),
        "another site": post(telling, a_delivery(telling, "https://elsewhere.atlassian.net")),
        "unknown registration": post(telling, body, registration="0" * 32),
        "another type": post(telling, body, content_type="application/x-www-form-urlencoded"),
        "no JSON": post(telling, b"{"),
        "1 MB": post(telling, b" " * 1024 * 1024),
        "its own": post(telling, body),
    }

    assert statuses == {
        "no token": 401,
        "alg none": 401,
        "another key": 401,
        "expired": 401,
        "an administrator's signature": 401,
        "another site": 403,
        "unknown registration": 404,
        "another type": 415,
        "no JSON": 400,
        "1 MB": 413,
        "its own": 200,
    }
    wait(lambda: not telling.queued())
    assert telling.state(NUMBER) == "posted", "the issue is there: a delivery is a reason to look, no more"


def test_an_issue_that_a_person_deletes_is_known_to_be_gone_and_not_made_again(telling: Installation) -> None:
    telling.jira.desk.delete_issue(issue_of(telling.lab)["key"])

    assert {sent.status for sent in telling.jira.send_events()} == {200}
    telling.comes_to(NUMBER, "reversed")
    telling.run(ISSUES, full=True)

    assert not issue_of(telling.lab)
    assert telling.state(NUMBER) == "reversed"
