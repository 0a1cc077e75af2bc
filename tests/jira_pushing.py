"""Jira pushing to us in one process: its simulator, the receiver's entry point, the workers, a virtual clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.registration import Registration
from ml_connector.pipeline.connections.registrations import Registrar, Tended
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ingest.pushes import PushIngestor
from ml_connector.pipeline.ingest.receiver import Receiver
from ml_connector.runtime.receiving import answer_push
from tests.fakes.registrations import FakeDoors
from tests.freshbooks_jira import BILLS, Customer
from tests.simulators.jira.deliveries import Sent

API_URL = "https://connector.example"


@dataclass
class PushingJira:
    """A customer with one bill that has its issue. `post` stands for API Gateway."""

    customer: Customer
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.customer.world
        doors = FakeDoors(world.fakes.clock)
        self.doors, services = doors, world.services
        ports, keys = services.ports, SigningKeys(services.ports.secrets)
        opened = doors.ports(world.fakes.hooks)
        self.registrar = Registrar(ports, world.catalog, services.systems, opened, keys, api_url=API_URL)
        self.ingestor = PushIngestor(ports, world.catalog, services.systems, opened, keys)
        self.receiver = Receiver(
            world.catalog.webhooks, opened, keys, clock=ports.clock, metrics=ports.metrics, log=ports.log
        )
        self.jira = self.customer.jira
        self.jira.deliveries.post = self.post
        self.bills = self.customer.flow(BILLS)
        vendor = self.customer.freshbooks.add_vendor(name="Northwind Paper")
        self.bill = self.customer.freshbooks.add_bill(vendorid=vendor["id"], amount="375.00", bill_number="NW-1")["id"]
        self.customer.run(self.bills)

    @property
    def row(self) -> CrossReference:
        return self.customer.row(self.bills, self.bill)

    @property
    def key(self) -> str:
        """The issue's, as it is at this moment."""
        return str(self.customer.issue_of(self.bills, self.bill)["key"])

    @property
    def registrations(self) -> list[Registration]:
        return list(self.doors.registrations.rows.values())

    def tend(self, *, thorough: bool = False) -> Tended:
        connections = self.customer.world.fakes.connections
        done = self.registrar.tend(connections.get(self.customer.site), thorough=thorough)
        self.work()
        return done

    def days(self, count: int) -> None:
        """Upkeep once a day."""
        for _ in range(count):
            self.customer.later(days=1)
            self.tend()

    def send(self) -> list[Sent]:
        sent = self.jira.send_events()
        self.work()
        return sent

    def work(self) -> None:
        for message in self.doors.pushes.receive(1000):
            self.ingestor.handle(message.body)
            self.doors.pushes.ack(message)
        self.customer.world.run_until_settled()

    def post(self, uri: str, headers: dict[str, str], body: bytes) -> int:
        system, registration = uri.split("/")[-2:]
        event = {
            "pathParameters": {"system": system, "registration": registration},
            "headers": headers,
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        metrics = self.customer.world.services.ports.metrics
        door: Any = SimpleNamespace(receiver=self.receiver, metrics=metrics, stack="ours")
        self.answers.append(int(answer_push(event, door)["statusCode"]))
        return self.answers[-1]
