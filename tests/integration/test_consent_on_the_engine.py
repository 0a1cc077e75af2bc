"""A person's consent through the deployed stack: API Gateway, cookies, policies, KMS, and FreshBooks' own page."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import yaml

from local import engine
from local.lab import INVOICES, SUPPLIERS
from local.stack import Stack
from tests.simulators.freshbooks import Business, FreshBooksSimulator
from tests.simulators.serving import serve

pytestmark = pytest.mark.engine

TENANT = "consenting"
MILL = Business(
    account_id="Mill01", business_id=4711, business_uuid="11111111-2222-4333-8444-555555555555", name="Mill"
)


class Browser:
    """Cookies and single answers; redirects are followed by hand."""

    def __init__(self) -> None:
        self.cookie = ""

    def fetch(self, url: str, *, form: dict[str, str] | None = None) -> tuple[int, str, http.client.HTTPMessage]:
        parts = urlsplit(url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        headers = {"cookie": self.cookie} if self.cookie else {}
        body = None if form is None else urlencode(form)
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        line.request("GET" if body is None else "POST", f"{parts.path}?{parts.query}", body=body, headers=headers)
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        if cookie := answer.headers.get("set-cookie"):
            self.cookie = cookie.split(";")[0]
        return answer.status, text, answer.headers

    def open(self, url: str) -> tuple[int, str, str]:
        for _ in range(5):
            status, text, headers = self.fetch(url)
            if status != 302:
                break
            url = urljoin(url, headers["location"])
        return status, text, url


@pytest.fixture
def freshbooks(deployed: Stack) -> Iterator[tuple[FreshBooksSimulator, str]]:
    simulator = FreshBooksSimulator(seed="consenting")
    simulator.register(f"{deployed.base_url}/oauth/freshbooks/callback")
    simulator.own_another(MILL)
    with serve(simulator) as url:
        yield simulator, url


def test_a_person_authorises_chooses_a_business_and_does_it_again_after_the_grant_died_and_was_withdrawn(
    deployed: Stack, freshbooks: tuple[FreshBooksSimulator, str], tmp_path: Path
) -> None:
    simulator, url = freshbooks
    file = tmp_path / "onboarding.yaml"
    file.write_text(yaml.safe_dump(_document(simulator, url, deployed.base_url)))
    _cli(deployed, "onboard", str(file))
    link = _shown(deployed, "authorise", "books")["url"]
    browser, stranger = Browser(), Browser()

    status, html, came_to = browser.open(link)
    ticket = html.split('name="ticket" value="')[1].split('"')[0]
    chosen = {"ticket": ticket, "business": str(simulator.business_id)}
    refused = stranger.fetch(urljoin(came_to, "choose"), form=chosen)
    done = browser.fetch(urljoin(came_to, "choose"), form=chosen)
    again = Browser().open(link)

    assert (status, refused[0], done[0], again[0]) == (200, 400, 200, 400)
    assert "Mill" in html
    assert done[2]["cache-control"] == "no-store"
    (books,) = [one for one in _shown(deployed, "connections")["connections"] if one["system"] == "freshbooks"]
    assert (books["state"], books["account"], books["must_authorise"]) == ("active", simulator.account_id, None)
    assert _shown(deployed, "ping", "books")["ok"] is True

    simulator.disconnect()
    second = browser.open(_shown(deployed, "authorise", "books")["url"])

    assert second[0] == 200  # the business is known by now
    assert _shown(deployed, "ping", "books")["ok"] is True

    assert _shown(deployed, "authorise", "books", "--withdraw")["stopped"] == ["books"]
    third = browser.open(_shown(deployed, "authorise", "books")["url"])

    assert third[0] == 200
    assert _shown(deployed, "ping", "books")["ok"] is True
    assert deployed.invoke("Upkeep", {})["finished"] is True


def _document(simulator: FreshBooksSimulator, url: str, door: str) -> dict[str, Any]:
    application = simulator.application
    return {
        "tenant": TENANT,
        "connections": {
            "buying": {
                "system": "jaggaer",
                "settings": {"base_url": url, "confirmed": ["invoice", "supplier"]},
                "secret": {"client_id": "a", "client_secret": "b"},
            },
            "books": {
                "system": "freshbooks",
                "settings": {
                    "base_url": url,
                    "redirect_uri": application.redirect_uri,
                    "requests_per_minute": 6000,
                    "callback_base_url": door,
                },
                "secret": {"client_id": application.client_id, "client_secret": application.client_secret},
            },
        },
        "flows": [
            {"flow": flow, "source": "buying", "target": "books", "cadence": "rate(1 day)"}
            for flow in (SUPPLIERS, INVOICES)
        ],
    }


def _cli(stack: Stack, *arguments: str) -> str:
    done = subprocess.run(
        [str(engine.BIN / "ml-connector"), *arguments],
        cwd=engine.ROOT,
        env={**stack.environment, "ML_STACK": stack.name, "ML_TENANT": TENANT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _shown(stack: Stack, *arguments: str) -> Any:
    return json.loads(_cli(stack, *arguments, "--json"))
