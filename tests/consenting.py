"""A person with a browser, our three addresses, and FreshBooks' consent page, with JAGGAER and FreshBooks behind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings
from ml_connector.domain.identity import ConnectionId
from ml_connector.pipeline.connections.consent import Consenting
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.upkeep import Upkeep
from ml_connector.runtime.authorising import answer_consent
from ml_connector.runtime.systems import OpenSystems
from tests.fakes.consents import FakeConsents
from tests.fakes.hooks import Hooks, hooked
from tests.fakes.world import FakeWorld, fake_ports
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.serving import Request
from tests.unit.pipeline.office import HOLD_AGE
from tests.world import TENANT

UNCHOSEN: dict[str, Any] = {"account_id": "", "business_id": "", "business_uuid": ""}


@dataclass(frozen=True, slots=True)
class Stage:
    is_local: bool = False


@dataclass(kw_only=True)
class Page:
    status: int
    html: str
    headers: dict[str, str]
    url: str = ""


@dataclass
class Desk:
    """One process of ours: what its addresses answer with."""

    ports: Ports
    pair: Pair
    consents: Any
    settings: Stage = field(default_factory=Stage)

    def __post_init__(self) -> None:
        self.catalog = self.pair.world.catalog
        self.systems: OpenSystems = self.pair.world.open_systems(self.ports)
        self.upkeep = Upkeep(
            self.ports,
            self.catalog,
            self.pair.world.services.releaser,
            hold_age=HOLD_AGE,
            renew=self.systems.renew_grant,
        )
        self.consent = Consenting(self.ports, self.catalog, self.consents, self.systems, self.upkeep.feed, local=True)


@dataclass
class Browser:
    """Keeps its cookies, and follows redirects: ours to FreshBooks, FreshBooks' back to us."""

    scene: Scene
    cookies: dict[str, str] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        """Until a page comes that is no redirect."""
        for _ in range(5):
            page = self.fetch(url)
            if page.status != 302:
                return page
            url = urljoin(url, page.headers["location"])
        raise AssertionError(f"redirected for ever, last to {url}")

    def fetch(self, url: str, *, method: str = "GET", body: str = "") -> Page:
        """One answer; nothing is followed."""
        self.visited.append(url)
        parts = urlsplit(url)
        if "freshbooks" in (parts.hostname or ""):
            query = tuple(parse_qsl(parts.query, keep_blank_values=True))
            answer = self.scene.pair.freshbooks.handle(Request(method=method, path=parts.path, query=query))
            return Page(status=answer.status, html=answer.body.decode(), headers=dict(answer.headers), url=url)
        event = {
            "requestContext": {"http": {"method": method}},
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "body": body,
        }
        given = answer_consent(event, self.scene.desk)  # type: ignore[arg-type]  # the services it uses, and no more
        for cookie in given.get("cookies", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return Page(status=given["statusCode"], html=given["body"], headers=given["headers"], url=url)

    def begin(self, url: str) -> str:
        """As far as FreshBooks' page, and its answer: the address of ours that it sends the browser to."""
        there = self.fetch(url).headers["location"]
        return self.fetch(there).headers["location"]

    def choose(self, page: Page, business: str) -> Page:
        """Press the button of the page's form."""
        ticket = page.html.split('name="ticket" value="')[1].split('"')[0]
        body = urlencode({"ticket": ticket, "business": business})
        return self.fetch(urljoin(page.url, "choose"), method="POST", body=body)


@dataclass
class Scene:
    """`fresh` takes away what onboarding has put there: nobody has consented, and no business is chosen."""

    pair: Pair = field(default_factory=a_pair)
    consents: FakeConsents = field(default_factory=FakeConsents)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def books(self) -> ConnectionId:
        return self.pair.invoices.target_connection

    def restart(self, hooks: Hooks | None = None) -> Desk:
        """Another process of ours, on the same stores."""
        hooks = hooks or Hooks()
        ports = fake_ports(self.pair.world.fakes, hooks)
        self.desk = Desk(ports, self.pair, hooked(self.consents, "consents", hooks))
        return self.desk

    def fresh(self) -> Scene:
        self.set(settings=UNCHOSEN, account="", grant=None, state=ConnectionState.STOPPED, state_why="not authorised")
        return self

    def set(self, connection: ConnectionId | None = None, *, settings: Any = None, **changes: Any) -> None:
        stored = self.connection(connection)
        self.fakes.connections.save(replace(stored, settings={**stored.settings, **(settings or {})}, **changes))

    def connection(self, connection: ConnectionId | None = None) -> Connection:
        return self.fakes.connections.get(connection or self.books)

    def link(self, connection: ConnectionId | None = None) -> str:
        return self.desk.consent.invite(self.connection(connection), actor="ann").url

    def consent(self, connection: ConnectionId | None = None, *, browser: Browser | None = None) -> Page:
        """The whole way, by whoever is signed in at FreshBooks."""
        return (browser or self.browser()).open(self.link(connection))

    def browser(self) -> Browser:
        return Browser(self)

    def another(self, name: str = "books2", *, tenant: str = TENANT, **settings: Any) -> ConnectionId:
        """One more connection through the same application, with an enabled flow of its own; nobody has consented."""
        model = self.connection()
        connection = ConnectionId(tenant=tenant, name=name)
        secret = f"connections/{tenant}/{name}"
        self.fakes.secrets.write(secret, self.fakes.secrets.read(model.secret), token=self.fakes.ids.new())
        made = replace(
            model,
            id=connection,
            settings={**model.settings, **UNCHOSEN, **settings},
            account="",
            secret=secret,
            grant=None,
            state=ConnectionState.STOPPED,
        )
        self.fakes.connections.save(made)
        for flow in (self.pair.suppliers, self.pair.invoices):
            self.fakes.connections.save_flow(FlowSettings(id=replace(flow, tenant=tenant, target=name)))
        return connection

    @property
    def fakes(self) -> FakeWorld:
        return self.pair.world.fakes
