"""A caller of the simulator, for its own tests: signed in both ways, with a clock of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulators.faults import FaultPlan
from tests.simulators.jira.simulator import JiraSimulator
from tests.simulators.jira.switches import Switches
from tests.simulators.serving import Request, Response


class VirtualClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)


class Caller:
    """One simulator, one virtual clock, the integration's user by API token and by OAuth, and an administrator."""

    def __init__(self, *, faults: FaultPlan | None = None, **switches: Any) -> None:
        self.clock = VirtualClock()
        self.simulator = JiraSimulator(
            faults=faults,
            switches=Switches(**switches),
            clock=self.clock,
            sleep=lambda seconds: self.clock.pass_time(seconds=seconds),
        )
        self.desk = self.simulator.desk
        self.basic = as_basic(*self.simulator.api_token())
        self.administrator = as_basic(*self.simulator.api_token(administrator=True))
        self.pair = self.simulator.grant()

    @property
    def bearer(self) -> str:
        return f"Bearer {self.pair['access_token']}"

    def send(
        self, method: str, path: str, *, body: Any = None, query: Sequence[tuple[str, str]] = (), signed: str = ""
    ) -> Response:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | ({"authorization": signed} if signed else {})
        request = Request(method=method, path=path, query=tuple(query), headers=headers, body=content)
        return self.simulator.handle(request)

    def api(self, method: str, path: str, **more: Any) -> Response:
        """A call on the site's own address."""
        return self.send(method, f"/rest/api/3/{path}", signed=more.pop("signed", self.basic), **more)

    def app(self, method: str, path: str, **more: Any) -> Response:
        """The same as an OAuth app, at the gateway."""
        path = f"{self.simulator.gateway_path}/rest/api/3/{path}"
        return self.send(method, path, signed=more.pop("signed", self.bearer), **more)

    def token(self, **sent: str) -> Response:
        application = self.simulator.application
        credentials = {"client_id": application.client_id, "client_secret": application.client_secret}
        return self.send("POST", "/oauth/token", body={**credentials, **sent})

    def refresh(self, token: str, **sent: str) -> Response:
        return self.token(grant_type="refresh_token", refresh_token=token, **sent)

    def an_issue(self, **changes: Any) -> dict[str, Any]:
        """The body of an issue that Jira takes."""
        fields = {"project": {"key": "FIN"}, "issuetype": {"name": "Task"}, "summary": "Bill INV-1 from Timberyard"}
        return {"fields": {**fields, "description": document("375.00 USD"), **changes}}

    def create(self, **changes: Any) -> Response:
        return self.api("POST", "issue", body=self.an_issue(**changes))

    def created(self, **changes: Any) -> str:
        """The key of a new issue."""
        return str(body_of(self.create(**changes))["key"])

    def found(self, jql: str, **more: Any) -> list[str]:
        """The keys that search finds."""
        answer = self.api("POST", "search/jql", body={"jql": jql, "fields": ["key"], **more})
        return [issue["key"] for issue in body_of(answer)["issues"]]

    def log_work(self, key: str, **changes: Any) -> Response:
        return self.api("POST", f"issue/{key}/worklog", body=self.a_worklog(**changes))

    def a_worklog(self, **changes: Any) -> dict[str, Any]:
        body = {"started": "2026-03-02T09:00:00.000+0000", "timeSpentSeconds": 3_600, **changes}
        return {name: value for name, value in body.items() if value is not None}


def document(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def as_basic(email: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{email}:{token}".encode()).decode()


def body_of(response: Response) -> Any:
    return json.loads(response.body)


def errors_in(response: Response) -> Mapping[str, str]:
    """What is said of each field."""
    assert response.status == 400
    return dict(body_of(response)["errors"])
