"""FreshBooks and Jira in one process: both simulators, the real connectors and pair, on a world's virtual clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from ml_connector.domain.connection import Connection, MappingEntry
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from ml_connector.pipeline.ports import Ports
from ml_connector.runtime.registry import catalog
from ml_connector.runtime.systems import OpenSystems
from tests.fakes.system import SerialParallel
from tests.fakes.world import FakeWorld
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.jira import JiraSimulator
from tests.simulators.serving import Request, transport
from tests.world import TENANT, World, patience

FRESHBOOKS_HOST = "freshbooks.example.com"
GATEWAY, SIGN_IN = "api.atlassian.com", "auth.atlassian.com"
BILLS, INVOICES = "freshbooks_bill_to_jira_issue", "freshbooks_invoice_to_jira_issue"
PAYMENTS, WITHDRAWN = "freshbooks_payment_to_jira_issue", "freshbooks_withdrawn_payment_to_jira_issue"
FAILED, EXPENSES = "freshbooks_failed_payment_to_jira_issue", "freshbooks_expense_to_jira_issue"
TIME = "freshbooks_time_entry_to_jira_worklog"

_WRITABLE = frozenset(
    {"is_logged", "started_at", "duration", "note", "client_id", "project_id", "task_id", "service_id", "billable"}
)


@dataclass(kw_only=True)
class Customer:
    """One tenant with one FreshBooks business and one Jira site."""

    tenant: str
    world: World
    freshbooks: FreshBooksSimulator
    jira: JiraSimulator
    books: ConnectionId
    site: ConnectionId
    asked: list[Request] = field(default_factory=list)

    def flow(self, name: str, **settings: Any) -> FlowId:
        given = {"project": "FIN"} if name != TIME else {}
        return self.world.flow(name, self.books, self.site, **{**given, **settings})

    def run(self, flow: FlowId, *, full: bool = False) -> None:
        """A cycle as the schedule runs it, and whatever waits until nothing is due."""
        self.world.poll(flow, full=full)
        self.world.run_until_settled()

    def later(self, **span: float) -> None:
        self.world.fakes.clock.advance(timedelta(**span))

    def row(self, flow: FlowId, external_id: object) -> CrossReference:
        return self.world.row(flow, str(external_id))

    def map(self, kind: ReferenceKind, code: str, target_id: str) -> None:
        entry = MappingEntry(connection=self.site, kind=kind, code=code, target_id=target_id)
        self.world.fakes.mappings.put([entry])

    def issue_of(self, flow: FlowId, external_id: object) -> dict[str, Any]:
        """The issue that Jira holds for a record."""
        sure = self.row(flow, external_id).confirmed
        assert sure is not None, f"{external_id} has no issue"
        return next(issue for issue in self.jira.issues if issue["id"] == sure.target_id)

    def worklogs(self) -> list[dict[str, Any]]:
        return [worklog for issue in self.jira.issues for worklog in issue["worklogs"]]

    def edit_time(self, entry_id: str, **fields: Any) -> None:
        """As a person does it through FreshBooks' own API, where an update is a full replacement."""
        entry = self._time("GET", entry_id)["time_entry"]
        kept = {name: value for name, value in entry.items() if name in _WRITABLE and value is not None}
        self._time("PUT", entry_id, {"time_entry": {**kept, **fields}})

    def delete_time(self, entry_id: str) -> None:
        self._time("DELETE", entry_id)

    def _time(self, method: str, entry_id: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        person = self.freshbooks.add_identity()
        token = self.freshbooks.grant(identity_id=person)["access_token"]
        path = f"/timetracking/business/{self.freshbooks.business_id}/time_entries/{entry_id}"
        call = httpx.Request(method, f"https://x{path}", json=body, headers={"authorization": f"Bearer {token}"})
        answer = transport(self.freshbooks).handle_request(call)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def steps(self, flow: FlowId, external_id: object) -> list[str]:
        trail = self.world.fakes.ledger.trail(self.row(flow, external_id).record)
        return [entry.event.step.value for entry in trail]


@dataclass(kw_only=True)
class _Hosts:
    """Answers by host, or by the cloud id in the path. Each call passes the process's hooks, as `jira.POST`."""

    fakes: FakeWorld
    hosts: dict[str, httpx.MockTransport] = field(default_factory=dict)
    clouds: dict[str, httpx.MockTransport] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        hooks, system = self.fakes.hooks, "freshbooks" if FRESHBOOKS_HOST in request.url.host else "jira"
        hooks.before(f"{system}.{request.method}")
        answer = self._found(request).handle_request(request)
        hooks.after(f"{system}.{request.method}")
        return answer

    def _found(self, request: httpx.Request) -> httpx.MockTransport:
        if request.url.host in self.hosts:
            return self.hosts[request.url.host]
        cloud = next((cloud for cloud in self.clouds if f"/ex/jira/{cloud}/" in request.url.path), None)
        return self.clouds[cloud] if cloud else next(iter(self.clouds.values()))


def a_world() -> tuple[World, _Hosts]:
    known, fakes = catalog(), FakeWorld()
    hosts = _Hosts(fakes=fakes)
    http = httpx.Client(transport=httpx.MockTransport(hosts.answer))

    def open_systems(ports: Ports) -> OpenSystems:
        return OpenSystems(ports, known, SerialParallel(), local=True, http=http, waiting=patience(fakes.clock))

    return World(catalog=known, open_systems=open_systems, fakes=fakes), hosts


def a_customer(
    world: World | None = None,
    hosts: _Hosts | None = None,
    *,
    tenant: str = TENANT,
    oauth: bool = False,
    seed: str = "hillside",
    named: str = "",
    **settings: Any,
) -> Customer:
    """`named` ends the names of both connections, where a tenant has several."""
    if world is None or hosts is None:
        world, hosts = a_world()
    clock = world.fakes.clock.now
    freshbooks = FreshBooksSimulator(clock=clock, seed=f"{seed} books")
    jira = JiraSimulator(clock=clock, seed=seed)
    asked: list[Request] = []
    books = f"{tenant}{named}.{FRESHBOOKS_HOST}"
    hosts.hosts[books] = transport(freshbooks)
    hosts.hosts[httpx.URL(jira.site.base_url).host] = transport(jira, seen=asked.append)
    hosts.clouds[jira.cloud_id] = transport(jira, seen=asked.append)
    return Customer(
        tenant=tenant,
        world=world,
        freshbooks=freshbooks,
        jira=jira,
        books=_connect_freshbooks(world, freshbooks, tenant, f"https://{books}", named),
        site=_connect_jira(world, jira, tenant, named, oauth=oauth, **settings),
        asked=asked,
    )


def several_customers(*tenants: str) -> Iterator[Customer]:
    world, hosts = a_world()
    for tenant in tenants:
        yield a_customer(world, hosts, tenant=tenant, seed=tenant)


def several_businesses(*names: str) -> Iterator[Customer]:
    """One tenant with several businesses, each with a site of its own."""
    world, hosts = a_world()
    for name in names:
        yield a_customer(world, hosts, seed=name, named=f"-{name}")


def _connect_freshbooks(
    world: World, simulator: FreshBooksSimulator, tenant: str, url: str, named: str
) -> ConnectionId:
    settings = {
        "base_url": url,
        "account_id": simulator.account_id,
        "business_id": str(simulator.business_id),
        "business_uuid": simulator.business_uuid,
        "redirect_uri": simulator.application.redirect_uri,
        "requests_per_minute": 6000,
    }
    application = simulator.application
    secret = {"client_id": application.client_id, "client_secret": application.client_secret}
    _authorise(world, tenant, f"freshbooks{named}", simulator.grant())
    return _connect(world, tenant, "freshbooks", named, settings, secret, has_grant=True)


def _connect_jira(
    world: World, simulator: JiraSimulator, tenant: str, named: str, *, oauth: bool, **settings: Any
) -> ConnectionId:
    given: dict[str, Any] = {
        "site_url": simulator.site.base_url,
        "projects": ["FIN", "OPS"],
        "requests_per_minute": 6000,
        **settings,
    }
    if not oauth:
        email, token = simulator.api_token()
        secret = {"email": email, "api_token": token, "webhook_secret": "an administrator's own"}
        return _connect(world, tenant, "jira", named, given, secret)
    application = simulator.application
    secret = {"client_id": application.client_id, "client_secret": application.client_secret}
    given |= {"sign_in": "oauth", "cloud_id": simulator.cloud_id, "redirect_uri": application.redirect_uri}
    _authorise(world, tenant, f"jira{named}", simulator.grant())
    return _connect(world, tenant, "jira", named, given, secret, has_grant=True)


def _authorise(world: World, tenant: str, grant: str, granted: dict[str, Any]) -> None:
    now = world.fakes.clock.now()
    expires_at = now + timedelta(seconds=granted["expires_in"])
    tokens = TokenPair(access=granted["access_token"], refresh=granted["refresh_token"], expires_at=expires_at)
    GrantShelf(world.services.ports, tenant=tenant, grant=grant).authorise(tokens, now=now)


def _connect(
    world: World,
    tenant: str,
    system: str,
    named: str,
    settings: dict[str, Any],
    secret: dict[str, str],
    *,
    has_grant: bool = False,
) -> ConnectionId:
    connection, shelf = ConnectionId(tenant=tenant, name=system + named), f"connections/{tenant}/{system}{named}"
    connector = world.catalog.connector(system)
    checked = connector.check_settings(settings, local=True)
    world.fakes.secrets.write(shelf, secret, token=world.fakes.ids.new())
    world.fakes.connections.save(
        Connection(
            id=connection,
            system=system,
            settings=checked,
            account=connector.account_of(checked),
            secret=shelf,
            grant=connection.name if has_grant else None,
        )
    )
    return connection
