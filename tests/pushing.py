"""FreshBooks pushing to us in one process: its simulator, the receiver's entry point, the workers, a virtual clock.

Beside JAGGAER's flows into FreshBooks there may be one that reads FreshBooks' bills into a third system, a fake.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.decision import Decision, Post
from ml_connector.domain.identity import FlowId
from ml_connector.domain.notice import Notice
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.registration import Registration, RegistrationState
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.registrations import Registrar, Tended
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.flow import Flow, Known, Side
from ml_connector.pipeline.ingest.pushes import PushIngestor
from ml_connector.pipeline.ingest.receiver import Receiver
from ml_connector.runtime.receiving import answer_push
from tests.fakes.hooks import Crash
from tests.fakes.registrations import FakeDoors
from tests.fakes.system import FakeSystem
from tests.invoices import a_connector
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.push_event import push_event
from tests.simulators.freshbooks.deliveries import SIGNATURE, Sent, signature

API_URL = "https://connector.example"
FORM = "application/x-www-form-urlencoded"
SOURCE_EVENTS = ["bill.create", "bill.delete", "bill.update"]
TARGET_EVENTS = ["bill.delete", "bill.update", "bill_vendor.delete", "bill_vendor.update"]


def _copied(record: Record, known: Known) -> Decision:
    return Post(record)


COPY = Flow(
    name="freshbooks_bill_to_copy",
    title="FreshBooks bills, as they are",
    source=Side(system="freshbooks", kind=RecordKind.BILL),
    target=Side(system="copy", kind=RecordKind.BILL),
    needs=lambda record: frozenset(),
    plan=_copied,
)


@dataclass
class _WithCopy:
    """The real systems, and the fake one."""

    real: Any
    copy: FakeSystem

    def open(self, connection: Connection) -> Any:
        return self.copy if connection.system == "copy" else self.real.open(connection)


@dataclass
class Pushed:
    """`post` stands for API Gateway: what FreshBooks sends goes through the function's own code, and may kill it."""

    pair: Pair = field(default_factory=a_pair)
    api_url: str = API_URL

    def __post_init__(self) -> None:
        world = self.world = self.pair.world
        self.fakes, self.freshbooks = world.fakes, self.pair.freshbooks
        self.copy = FakeSystem(clock=self.fakes.clock, prefix="C")
        connectors = {**world.catalog.connectors, "copy": a_connector("copy")}
        flows = {**world.catalog.flows, COPY.name: COPY}
        world.catalog = Catalog(flows=flows, connectors=connectors, webhooks=world.catalog.webhooks)
        opened = world.open_systems
        world.open_systems = lambda ports: _WithCopy(opened(ports), self.copy)
        world.restart()
        self.books = self.pair.invoices.target_connection
        self.copies: FlowId = FlowId(tenant=self.books.tenant, flow=COPY.name, source=self.books.name, target="copy")
        world.connect("copy", "copy")
        self.doors = FakeDoors(self.fakes.clock)
        self.freshbooks.deliveries.post = self.post
        self.answers: list[int] = []
        self.start()

    def start(self) -> None:
        """A new process: nothing in its memory."""
        services, doors = self.world.services, self.doors.ports(self.fakes.hooks)
        ports, keys = services.ports, SigningKeys(services.ports.secrets)
        catalog, systems = self.world.catalog, services.systems
        self.registrar = Registrar(ports, catalog, systems, doors, keys, api_url=self.api_url)
        self.ingestor = PushIngestor(ports, catalog, systems, doors, keys)
        self.receiver = Receiver(catalog.webhooks, doors, keys, clock=ports.clock, metrics=ports.metrics, log=ports.log)

    def restart(self) -> None:
        """After a crash."""
        self.world.restart()
        self.start()

    # what happens

    def copy_bills(self, *, enabled: bool = True) -> None:
        """Let the flow that reads FreshBooks begin, or end."""
        self.fakes.connections.save_flow(FlowSettings(id=self.copies, enabled=enabled))

    def end_all_flows(self) -> None:
        for settings in self.fakes.connections.flows(self.books.tenant):
            self.fakes.connections.save_flow(replace(settings, enabled=False))

    def tend(self, *, thorough: bool = False) -> Tended:
        return self.registrar.tend(self.fakes.connections.get(self.books), thorough=thorough)

    def registered(self) -> list[Registration]:
        """Registered and verified, as upkeep and the queue do it."""
        self.tend()
        self.send()
        return self.live

    def send(self) -> list[Sent]:
        """FreshBooks posts what is due, and all that follows from it here."""
        sent = self.freshbooks.send_events()
        self.work()
        return sent

    def work(self) -> None:
        self.hand_over()
        self.world.run_until_settled()

    def hand_over(self) -> list[Notice]:
        """What was pushed becomes notices, which wait then; answers them."""
        for message in self.doors.pushes.receive(1000):
            self.ingestor.handle(message.body)
            self.doors.pushes.ack(message)
        return self.fakes.notices.bodies

    def later(self, **span: float) -> None:
        self.fakes.clock.advance(timedelta(**span))

    # what comes in

    def post(self, uri: str, headers: dict[str, str], body: bytes) -> int:
        event = push_event(uri, headers, body)
        door: Any = SimpleNamespace(receiver=self.receiver, metrics=self.world.services.ports.metrics, stack="ours")
        try:
            answer = answer_push(event, door)
        except Crash:
            self.restart()
            answer = {"statusCode": 500}
        self.answers.append(answer["statusCode"])
        return int(answer["statusCode"])

    def form(self, **changes: str) -> dict[str, str]:
        business = self.freshbooks.business
        ids = {"account_id": business.account_id, "business_id": str(business.business_id)}
        return {"name": "bill.update", "object_id": "1001", **ids, "identity_id": "1", "user_id": "1", **changes}

    def push(self, one: Registration, form: dict[str, str], *, key: str | None = None) -> int:
        """Somebody posts this form to a registration, signed with a key if they have one."""
        headers = {"content-type": FORM} | ({SIGNATURE: signature([*form.items()], key)} if key else {})
        return self.post(one.uri, headers, urlencode(form).encode())

    # looking

    @property
    def live(self) -> list[Registration]:
        """In the order of their events."""
        return sorted(self.doors.registrations.rows.values(), key=lambda one: one.event)

    @property
    def states(self) -> set[RegistrationState]:
        return {one.state for one in self.live}

    def key(self, one: Registration) -> str:
        return SigningKeys(self.fakes.secrets).find(one) or ""

    def one(self, event: str) -> Registration:
        return next(one for one in self.live if one.event == event)

    def refused(self, why: str, *, system: str = "freshbooks") -> int:
        return self.fakes.metrics.by_dimensions[("PushesRefused", (("system", system), ("why", why)))]

    @property
    def copied(self) -> list[str | None]:
        """The numbers of the bills that the third system holds."""
        return sorted(bill.number for bill in self.copy.shelf.of(RecordKind.BILL))
