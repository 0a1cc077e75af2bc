"""The back door of a served FreshBooks simulator, and its life as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.freshbooks.control import Controlled
from tests.simulators.serving import Request, Response, transport

ROOT = Path(__file__).parents[3]


def post(controlled: Controlled, name: str, body: dict[str, Any]) -> Response:
    return controlled.handle(Request(method="POST", path=f"/_control/{name}", body=json.dumps(body).encode()))


@contextmanager
def a_process(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.simulators.freshbooks", "--control", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_person_adds_pays_and_edits_by_the_back_door() -> None:
    simulator = FreshBooksSimulator()
    door = httpx.Client(transport=transport(Controlled(simulator)), base_url="http://freshbooks.test/_control")

    vendor = door.post("/add_vendor", json={"name": "Timberyard Ltd"}).json()
    bill = door.post("/add_bill", json={"vendorid": vendor["id"], "amount": "40.00"}).json()
    door.post("/edit_bill", json={"bill_id": bill["id"], "bill_number": "T-9"})
    door.post("/pay_bill", json={"bill_id": bill["id"], "amount": "40.00"})

    assert [(row["bill_number"], row["status"]) for row in door.get("/bills").json()] == [("T-9", "paid")]
    assert simulator.calls == simulator.writes == []


def test_a_grant_by_the_back_door_opens_the_front() -> None:
    simulator = FreshBooksSimulator()
    client = httpx.Client(transport=transport(Controlled(simulator)), base_url="http://freshbooks.test")

    pair = client.post("/_control/grant").json()

    me = client.get("/auth/api/v1/users/me", headers={"authorization": f"Bearer {pair['access_token']}"})
    assert me.json()["response"]["identity_id"] == simulator.owner_id


def test_faults_and_switches_are_set_by_the_back_door() -> None:
    simulator = FreshBooksSimulator()
    controlled = Controlled(simulator)

    post(controlled, "faults", {"faults": ["break"], "method": "POST", "path": "/bills/bills"})
    post(controlled, "switches", {"gated": ["bills"], "rate_limit": {"requests": 1, "window_seconds": 60}})

    assert simulator.faults.left == 1
    assert simulator.switches.gated == {"bills"}
    assert simulator.switches.rate_limit is not None


def test_nonsense_at_the_back_door_is_a_400() -> None:
    controlled = Controlled(FreshBooksSimulator())

    assert post(controlled, "pay_bill", {"bill_id": 1, "amount": "1"}).status == 400


def test_a_second_process_finds_what_the_first_left(tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "books.json"))
    with a_process(*options) as url:
        httpx.post(f"{url}/_control/add_vendor", json={"name": "Timberyard Ltd"})
        pair = httpx.post(f"{url}/_control/grant").json()

    with a_process(*options) as url:
        vendors = httpx.get(f"{url}/_control/vendors").json()
        me = httpx.get(f"{url}/auth/api/v1/users/me", headers={"authorization": f"Bearer {pair['access_token']}"})

    assert ([vendor["vendor_name"] for vendor in vendors], me.status_code) == (["Timberyard Ltd"], 200)
