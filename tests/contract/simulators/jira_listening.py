"""Registering webhooks with the Jira simulator, and an ear that hears what it posts."""

from __future__ import annotations

import json
from typing import Any

from tests.simulators.jira.caller import Caller, body_of
from tests.simulators.serving import Response

URL = "https://connector.example/hook"


class Ear:
    """Where deliveries go: answers what it is told to, and remembers."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)
        self.heard: list[tuple[dict[str, str], bytes]] = []

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        self.heard.append((headers, body))
        return self._statuses.pop(0) if self._statuses else 200

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


def an_ear(caller: Caller, *statuses: int) -> Ear:
    ear = Ear(*statuses)
    caller.simulator.deliveries.post = ear
    return ear


def register(caller: Caller, *events: str, jql: str = "project = FIN", url: str = URL, **more: Any) -> Response:
    hook = {"events": list(events) or ["jira:issue_created"], "jqlFilter": jql, **more}
    return caller.app("POST", "webhook", body={"url": url, "webhooks": [hook]})


def result_of(response: Response) -> dict[str, Any]:
    assert response.status == 200
    return dict(body_of(response)["webhookRegistrationResult"][0])


def admin(caller: Caller, method: str = "POST", path: str = "", *, signed: str = "", **body: Any) -> Response:
    address = f"/rest/webhooks/1.0/webhook{path}"
    return caller.send(method, address, body=body or None, signed=signed or caller.administrator)


def an_admin_hook(caller: Caller, *events: str, **more: Any) -> Response:
    return admin(caller, name="ledger", url=URL, events=list(events), **more)
