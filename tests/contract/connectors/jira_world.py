"""The Jira connector over its simulator, without the pipeline: one connection, opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from ml_connector.connectors.jira.models import WireField, WireIssueType
from ml_connector.connectors.jira.screens import Screen
from ml_connector.connectors.jira.settings import JiraSettings, read_settings
from ml_connector.connectors.jira.system import JiraSystem, open_system
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Action, Outcome, Write
from ml_connector.domain.records.issue import Fact, Issue
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.worklog import Worklog
from ml_connector.pipeline.system import Opening
from ml_connector.transport.single_call import Uncounted
from tests.fakes.clock import FakeClock
from tests.fakes.system import SerialParallel
from tests.simulators.jira import JiraSimulator
from tests.simulators.serving import transport

AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
A_WORKLOG = Worklog(issue="10000", started_at=AT, duration=timedelta(minutes=90), comment="Slow day", source="entry 1")


def settings(**changes: Any) -> JiraSettings:
    given = {"site_url": "https://acme.atlassian.net", "projects": ["FIN"], **changes}
    return read_settings(given, local=True)


def a_field(field_id: str, name: str, kind: str, *, custom: str = "", required: bool = False, **more: Any) -> WireField:
    form = {"type": kind, "custom": custom, **more.pop("schema", {})}
    return WireField.model_validate({"fieldId": field_id, "name": name, "required": required, "schema": form, **more})


def a_screen(*more: WireField, labels: bool = True) -> Screen:
    standard = [
        a_field("summary", "Summary", "string", required=True),
        a_field("project", "Project", "project", required=True),
        a_field("issuetype", "Issue Type", "issuetype", required=True),
        *([a_field("labels", "Labels", "array", schema={"items": "string"})] if labels else []),
    ]
    return Screen(project="FIN", type=WireIssueType(id="10001", name="Task"), fields=(*standard, *more))


def an_issue(**fields: Any) -> Issue:
    given = {"project": "FIN", "type": "Task", "summary": "Bill 7", "facts": (Fact(label="Amount", text="1.00 USD"),)}
    return Issue(**{**given, **fields})


@dataclass
class JiraWorld:
    """A connection that signs in with an API token, unless `changes` say otherwise."""

    simulator: JiraSimulator
    system: JiraSystem
    clock: FakeClock

    def write(self, action: Action, record: Record, *, marker: str = "a1b2c3", target_id: str | None = None) -> Outcome:
        write = Write(posting_id=PostingId("p"), action=action, record=record, marker=marker, target_id=target_id)
        ((_, outcome),) = self.system.write([write])
        return outcome


def a_jira_world(*, scoped: bool = False, **changes: Any) -> JiraWorld:
    """`scoped`: with an API token that has scopes, which only the gateway takes."""
    clock = FakeClock()
    simulator = JiraSimulator(clock=clock.now)
    email, token = simulator.api_token(scoped=scoped)
    given = {"site_url": simulator.site.base_url, "projects": ["FIN", "OPS"], **changes}
    opening = Opening(
        settings=given,
        secret={"email": email, "api_token": token},
        tokens=None,
        budget=Uncounted(),
        parallel=SerialParallel(),
        http=httpx.Client(transport=transport(simulator)),
        now=clock.now,
        local=True,
    )
    return JiraWorld(simulator=simulator, system=open_system(opening), clock=clock)
