"""What FreshBooks and Jira push to us in one process: the receiver's entry point, the workers, a virtual clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.registration import Registration
from ml_connector.pipeline.connections.registrations import Registrar, Tended
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ingest.pushes import PushIngestor
from ml_connector.pipeline.ingest.receiver import Receiver
from ml_connector.runtime.receiving import answer_push
from tests.fakes.registrations import FakeDoors
from tests.freshbooks_jira import BILLS, Customer
from tests.push_event import push_event
from tests.simulators.jira.deliveries import Sent
from tests.world import World

API_URL = "https://connector.example"


@dataclass
class Door:
    """The one address of a deployment that all its systems push to. `post` stands for API Gateway."""

    world: World
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.doors = FakeDoors(self.world.fakes.clock)
        services, opened = self.world.services, self.doors.ports(self.world.fakes.hooks)
        ports, keys, catalog = services.ports, SigningKeys(services.ports.secrets), self.world.catalog
        self.registrar = Registrar(ports, catalog, services.systems, opened, keys, api_url=API_URL)
        self.ingestor = PushIngestor(ports, catalog, services.systems, opened, keys)
        self.receiver = Receiver(
            catalog.webhooks, opened, keys, clock=ports.clock, metrics=ports.metrics, log=ports.log
        )

    def tend(self, connection: ConnectionId, *, thorough: bool = False) -> Tended:
        done = self.registrar.tend(self.world.fakes.connections.get(connection), thorough=thorough)
        self.work()
        return done

    def of(self, connection: ConnectionId) -> list[Registration]:
        return [one for one in self.doors.registrations.rows.values() if one.connection == connection]

    def work(self) -> None:
        for message in self.doors.pushes.receive(1000):
            self.ingestor.handle(message.body)
            self.doors.pushes.ack(message)
        self.world.run_until_settled()

    def post(self, uri: str, headers: dict[str, str], body: bytes) -> int:
        event = push_event(uri, headers, body)
        door: Any = SimpleNamespace(receiver=self.receiver, metrics=self.world.services.ports.metrics, stack="ours")
        self.answers.append(int(answer_push(event, door)["statusCode"]))
        return self.answers[-1]


class PushingBooks:
    """Customers of one deployment whose FreshBooks pushes what people enter there."""

    def __init__(self, customers: Sequence[Customer]) -> None:
        self.customers = customers
        self.door = Door(customers[0].world)
        for customer in customers:
            customer.freshbooks.deliveries.post = self.door.post

    def registered(self) -> None:
        """Registered and verified, as upkeep and the queue do it."""
        for customer in self.customers:
            self.door.tend(customer.books)
        self.send()

    def send(self) -> None:
        """Each FreshBooks posts what is due, and all that follows from it here."""
        for customer in self.customers:
            customer.freshbooks.send_events()
        self.door.work()


@dataclass
class PushingJira:
    """A customer with one bill that has its issue."""

    customer: Customer

    def __post_init__(self) -> None:
        self.door = Door(self.customer.world)
        self.jira = self.customer.jira
        self.jira.deliveries.post = self.door.post
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
        return self.door.of(self.customer.site)

    @property
    def answers(self) -> list[int]:
        return self.door.answers

    def tend(self, *, thorough: bool = False) -> Tended:
        return self.door.tend(self.customer.site, thorough=thorough)

    def lapse(self) -> None:
        """The webhook's thirty days are over, nobody renewed it, and somebody deleted the issue meanwhile."""
        self.customer.later(days=31)
        self.jira.desk.delete_issue(self.key)
        self.send()
        self.tend()

    def days(self, count: int) -> None:
        """Upkeep once a day."""
        for _ in range(count):
            self.customer.later(days=1)
            self.tend()

    def send(self) -> list[Sent]:
        sent = self.jira.send_events()
        self.door.work()
        return sent
