"""The back door of a served Jira simulator, its state, and its life as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.simulators.jira import JiraSimulator
from tests.simulators.jira.caller import Caller, body_of
from tests.simulators.jira.control import Controlled
from tests.simulators.serving import Request, Response, transport

ROOT = Path(__file__).parents[3]


def post(controlled: Controlled, name: str, body: dict[str, Any]) -> Response:
    return controlled.handle(Request(method="POST", path=f"/_control/{name}", body=json.dumps(body).encode()))


@contextmanager
def a_process(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.simulators.jira", "--control", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_person_works_by_the_back_door() -> None:
    simulator = JiraSimulator()
    door = httpx.Client(transport=transport(Controlled(simulator)), base_url="http://jira.test/_control")

    issue = door.post("/add_issue", json={"summary": "By hand"}).json()
    door.post("/edit_issue", json={"issue": issue["key"], "labels": ["fb-7"]})
    door.post("/move_issue", json={"issue": issue["key"], "project": "OPS"})
    door.post("/add_field", json={"name": "Cost centre", "kind": "textfield"})
    door.post("/set_screen", json={"project": "FIN", "field": "Cost centre", "required": True})
    door.post("/withhold", json={"permission": "DELETE_ISSUES"})

    assert [(row["key"], row["fields"]["labels"]) for row in door.get("/issues").json()] == [("OPS-1", ["fb-7"])]
    assert "Cost centre" in door.get("/about").json()["custom_fields"]
    assert door.get("/events").json()[-1] == ["jira:issue_updated", "OPS-1"]
    assert simulator.calls == simulator.writes == []


def test_both_ways_in_are_given_out_by_the_back_door() -> None:
    client = httpx.Client(transport=transport(Controlled(JiraSimulator())), base_url="http://jira.test")
    about = client.get("/_control/about").json()
    token = client.post("/_control/api_token").json()
    pair = client.post("/_control/grant").json()

    site = client.get("/rest/api/3/myself", auth=(token["email"], token["token"]))
    bearer = {"authorization": f"Bearer {pair['access_token']}"}
    gateway = client.get(f"{about['gateway_path']}/rest/api/3/myself", headers=bearer)

    assert site.json()["accountId"] == gateway.json()["accountId"] == about["account_id"]


def test_faults_and_switches_are_set_by_the_back_door() -> None:
    simulator = JiraSimulator()
    controlled = Controlled(simulator)
    sent = {"lost_events": ["jira:issue_deleted"], "forged": "alg none", "burst": {"requests": 1, "window_seconds": 9}}

    post(controlled, "faults", {"faults": ["lose the answer"], "method": "POST", "path": "/issue"})
    answered = body_of(post(controlled, "switches", sent))["switches"]

    assert simulator.faults.left == 1
    assert (answered["lost_events"], answered["forged"]) == (["jira:issue_deleted"], "alg none")
    assert simulator.switches.burst is not None


def test_nonsense_at_the_back_door_is_a_400() -> None:
    controlled = Controlled(JiraSimulator())

    assert post(controlled, "move_issue", {"issue": "FIN-1", "project": "OPS"}).status == 400
    assert post(controlled, "switches", {"forged": "somehow"}).status == 400
    assert post(controlled, "nothing", {}).status == 404


def test_a_restored_site_is_the_same_site() -> None:
    caller = Caller()
    key = caller.created(labels=["fb-7"])
    caller.log_work(key)
    caller.desk.move_issue(key, "OPS")
    hook = {"events": ["jira:issue_created"], "jqlFilter": "project = FIN"}
    caller.app("POST", "webhook", body={"url": "https://connector.example", "webhooks": [hook]})
    kept = json.loads(json.dumps(caller.simulator.snapshot()))

    other = Caller()
    other.simulator.restore(kept)

    assert other.simulator.issues == caller.simulator.issues
    assert other.simulator.snapshot() == caller.simulator.snapshot()
    assert other.found("key = FIN-1") == ["OPS-1"]
    assert other.api("GET", "myself", signed=caller.basic).status == 200
    assert other.app("GET", "webhook", signed=caller.bearer).body == caller.app("GET", "webhook").body


def test_a_second_process_finds_what_the_first_left(tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "site.json"))
    with a_process(*options) as url:
        token = httpx.post(f"{url}/_control/api_token").json()
        httpx.post(f"{url}/_control/add_issue", json={"summary": "By hand"})

    with a_process(*options) as url:
        issue = httpx.get(f"{url}/rest/api/3/issue/FIN-1", auth=(token["email"], token["token"]))

    assert issue.json()["fields"]["summary"] == "By hand"
