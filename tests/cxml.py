"""Partners' cXML in one process: the receiver's entry point, the desk of upkeep, JAGGAER, FreshBooks, a virtual clock.

Beside the flows of invoices and suppliers there is the one that keeps purchase orders in view.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx

from ml_connector.connectors.jaggaer.cxml.door import DOOR
from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.connection import FlowSettings
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.document import Document
from ml_connector.domain.identity import ConnectionId
from ml_connector.pairs.freshbooks_jaggaer.in_view import ORDERS_IN_VIEW
from ml_connector.pipeline.ingest.document_desk import LOOK_AGAIN_AFTER, DocumentDesk
from ml_connector.pipeline.ingest.document_receiver import DocumentReceiver, DoorPorts
from ml_connector.runtime.receiving_documents import answer_document
from ml_connector.runtime.systems import OpenSystems
from tests.fakes.documents import FakeDocuments
from tests.fakes.hooks import hooked
from tests.fakes.system import SerialParallel
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.jaggaer.cxml_documents import Letterhead
from tests.simulators.jaggaer.cxml_partner import CxmlPartner
from tests.simulators.serving import transport
from tests.world import router

SECRET = "open-sesame"
STATUS_URL = "https://hub.example.com/cxml"
CXML: dict[str, Any] = {"identity": "NetworkID:BUYER", "senders": ["NetworkId:SUPPLIER-HUB"]}
UPDATES = {"url": STATUS_URL, "to": "NetworkID:SUPPLIER-HUB", "tell": ["posted", "held", "rejected"]}
SUPPLIER = "000451"


@dataclass
class Doored:
    """`partner` sends through API Gateway's event; `attend` is upkeep's look."""

    pair: Pair = field(default_factory=a_pair)
    cxml: dict[str, Any] | None = field(default_factory=lambda: dict(CXML))
    secrets: dict[str, str] = field(default_factory=lambda: {"cxml_secret": SECRET})

    def __post_init__(self) -> None:
        self.world, self.jaggaer = self.pair.world, self.pair.jaggaer
        self.fakes = self.world.fakes
        self.documents = FakeDocuments()
        self.connection = self.pair.invoices.source_connection
        self.partner = CxmlPartner(post=lambda headers, body: self.post(headers, body))
        self.jaggaer.add_supplier(number=SUPPLIER, name="Quillfeather Labware")
        self._plug_in()
        self.set_up(self.connection, self.cxml, self.secrets)
        self.start()

    def _plug_in(self) -> None:
        """The pair's vendors, and the partner beside them."""
        world = self.world
        hosts = {
            "jaggaer.example.com": transport(self.jaggaer),
            "freshbooks.example.com": transport(self.pair.freshbooks),
            "hub.example.com": transport(self.partner),
        }
        http = httpx.Client(transport=router(hosts))
        world.open_systems = lambda ports: OpenSystems(ports, world.catalog, SerialParallel(), local=True, http=http)
        world.restart()
        self.orders = replace(self.pair.invoices, flow=ORDERS_IN_VIEW.name)
        self.fakes.connections.save_flow(FlowSettings(id=self.orders))

    def set_up(self, connection: ConnectionId, cxml: dict[str, Any] | None, secrets: dict[str, str]) -> None:
        """As onboarding keeps it."""
        held = self.fakes.connections.get(connection)
        settings = {name: value for name, value in held.settings.items() if name != "cxml"}
        settings = settings if cxml is None else {**settings, "cxml": cxml}
        checked = self.world.catalog.connector("jaggaer").check_settings(settings, local=True)
        self.fakes.connections.save(replace(held, settings=checked))
        kept = {**self.fakes.secrets.read(held.secret), **secrets}
        self.fakes.secrets.write(held.secret, kept, token=self.fakes.ids.new())

    def start(self) -> None:
        """A new process: nothing in its memory."""
        ports, documents = self.world.services.ports, hooked(self.documents, "documents", self.fakes.hooks)
        self.desk = DocumentDesk(ports, self.world.catalog, self.world.services.systems, documents)
        self.receiver = DocumentReceiver(
            DOOR,
            "jaggaer",
            DoorPorts(
                connections=ports.connections,
                secrets=ports.secrets,
                payloads=ports.payloads,
                documents=documents,
                ids=ports.ids,
                clock=ports.clock,
                metrics=ports.metrics,
                log=ports.log,
            ),
        )

    def restart(self) -> None:
        """After a crash."""
        self.world.restart()
        self.start()

    # what happens

    def add_invoice(
        self, number: str, *, total: str = "100.00", order: str | None = None, account: str = "600100", **more: Any
    ) -> int:
        line = {"quantity": 1, "unitPrice": total, "account": account, **({"poNumber": order} if order else {})}
        added = self.jaggaer.add_invoice(number=number, supplier=SUPPLIER, lines=[line], **more)
        return int(added["header"]["invoiceId"])

    def posted(self, number: str, **more: Any) -> CrossReference:
        """An approved invoice, in FreshBooks by now."""
        invoice = self.add_invoice(number, **more)
        self.pair.run()
        return self.pair.row(invoice)

    def order(self, number: str) -> CrossReference:
        lines = [{"quantity": 1, "unitPrice": "100.00"}]
        self.jaggaer.add_purchase_order(number=number, supplier=SUPPLIER, lines=lines)
        self.world.poll(self.orders)
        self.world.run_until_settled()
        rows = [row for row in self.fakes.ledger.rows.values() if row.record.flow == self.orders]
        return next(row for row in rows if row.number == number)

    def attend(self) -> int:
        """Upkeep looks, once enough time has passed to look again."""
        self.fakes.clock.advance(LOOK_AGAIN_AFTER + timedelta(seconds=1))
        return self.desk.attend(self.fakes.connections.get(self.connection))

    # what comes in

    def post(self, headers: dict[str, str], body: bytes, *, at: tuple[str, str] | None = None) -> bytes:
        """Binary, as API Gateway hands on what is not plain text."""
        tenant, name = at or (self.connection.tenant, self.connection.name)
        event = {
            "pathParameters": {"tenant": tenant, "connection": name},
            "headers": headers,
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        return self.answer(event).encode()

    def answer(self, event: dict[str, Any]) -> str:
        ports = self.world.services.ports
        door: Any = SimpleNamespace(receiver=self.receiver, metrics=ports.metrics, log=ports.log)
        answer = answer_document(event, door)
        assert answer["statusCode"] == 200
        assert answer["headers"]["content-type"] == "text/xml; charset=utf-8"
        return str(answer["body"])

    # looking

    @property
    def kept(self) -> list[Document]:
        return self.documents.all(self.connection)

    def events(self, row: CrossReference, step: Step = Step.ATTACHED) -> list[AuditEvent]:
        return [entry.event for entry in self.fakes.ledger.trail(row.record) if entry.event.step is step]

    def stored(self) -> tuple[Any, ...]:
        """All that a sender could have changed."""
        return (
            dict(self.documents.rows),
            dict(self.fakes.payloads.stored),
            dict(self.fakes.ledger.rows),
            self.fakes.notices.bodies,
            self.fakes.postings.bodies,
        )


def a_letterhead(**changes: Any) -> Letterhead:
    return replace(Letterhead(), **changes)
