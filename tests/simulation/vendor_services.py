"""One process of the deployed product, with the door that FreshBooks pushes to and upkeep's care for it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from ml_connector.pipeline.connections.registrations import Registrar
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ingest.pushes import PushIngestor
from ml_connector.pipeline.ingest.receiver import Receiver
from ml_connector.pipeline.upkeep import Upkeep
from ml_connector.runtime.receiving import answer_push
from tests.fakes.hooks import Hooks
from tests.fakes.registrations import FakeDoors
from tests.push_event import push_event
from tests.world import Services

API_URL = "https://connector.example"


class VendorServices(Services):
    """Wired as `runtime` wires them."""

    def wire(self, doors: FakeDoors, hooks: Hooks) -> VendorServices:
        ports, keys = self.ports, SigningKeys(self.ports.secrets)
        registrations, systems = doors.ports(hooks), self.systems
        registrar = Registrar(ports, self.catalog, systems, registrations, keys, api_url=API_URL)
        self.push_ingestor = PushIngestor(ports, self.catalog, systems, registrations, keys)
        self.receiver = Receiver(
            self.catalog.webhooks, registrations, keys, clock=ports.clock, metrics=ports.metrics, log=ports.log
        )
        opened: Any = systems
        self.upkeep = Upkeep(
            ports,
            self.catalog,
            self.releaser,
            hold_age=timedelta(days=7),
            renew=opened.renew_grant,
            tend=lambda connection: registrar.tend(connection).changed,
        )
        return self

    def answer(self, uri: str, headers: dict[str, str], body: bytes) -> int:
        """What API Gateway and the function behind it say to a push. One that dies has said nothing."""
        event = push_event(uri, headers, body)
        door: Any = SimpleNamespace(receiver=self.receiver, metrics=self.ports.metrics, stack="ours")
        return int(answer_push(event, door)["statusCode"])
