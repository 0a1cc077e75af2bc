"""JAGGAER and FreshBooks in one process: both simulators, the real connectors and pair, on a world's virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from local.lab import ACCOUNTS, INVOICES, SUPPLIERS
from ml_connector.domain.connection import Connection, MappingEntry
from ml_connector.domain.crossreference import CrossReference, State
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
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.serving import Simulator, transport
from tests.world import TENANT, World, patience, router

JAGGAER_URL = "https://jaggaer.example.com"
FRESHBOOKS_URL = "https://freshbooks.example.com"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One tenant with both connections and both flows. Invoices are named by JAGGAER's own ids."""

    world: World
    jaggaer: JaggaerSimulator
    freshbooks: FreshBooksSimulator
    suppliers: FlowId
    invoices: FlowId

    def run(self, *, full: bool = False) -> None:
        """A cycle as the schedules run it: suppliers before invoices, and whatever waits until nothing is due."""
        for flow in (self.suppliers, self.invoices):
            self.world.poll(flow, full=full)
            self.world.run_until_settled()

    def later(self, **span: float) -> None:
        self.world.fakes.clock.advance(timedelta(**span))

    def map(self, kind: ReferenceKind, code: str, target_id: str, **how: Any) -> None:
        """The tenant's own choice of what a code of JAGGAER is in FreshBooks."""
        target = self.invoices.target_connection
        entry = MappingEntry(connection=target, kind=kind, code=code, target_id=target_id, **how)
        self.world.fakes.mappings.put([entry])

    def category(self, name: str) -> str:
        return next(str(each["id"]) for each in self.freshbooks.categories if each["category"] == name)

    def row(self, invoice_id: int) -> CrossReference:
        return self.world.row(self.invoices, str(invoice_id))

    def rows(self, invoice_ids: Iterable[int]) -> list[CrossReference]:
        return [self.row(invoice_id) for invoice_id in sorted(invoice_ids)]

    def outcomes(self, invoice_ids: Iterable[int]) -> set[str]:
        """What became of them, as `posted`, `held: account_missing`, `skipped: not_approved`."""
        return {_outcome(row) for row in self.rows(invoice_ids)}

    def bill(self, invoice_id: int) -> dict[str, Any]:
        """The bill that FreshBooks holds for an invoice, deleted or not."""
        sure = self.row(invoice_id).confirmed
        assert sure is not None, f"{invoice_id} is not in FreshBooks"
        return next(bill for bill in self.freshbooks.all_bills if str(bill["id"]) == sure.target_id)

    def bills(self, invoice_ids: Iterable[int]) -> list[dict[str, Any]]:
        return [self.bill(invoice_id) for invoice_id in sorted(invoice_ids)]

    def header(self, invoice_id: int) -> dict[str, Any]:
        found = next(each for each in self.jaggaer.invoices if each["header"]["invoiceId"] == invoice_id)
        header: dict[str, Any] = found["header"]
        return header

    def off_by(self, invoice_ids: Iterable[int]) -> dict[int, tuple[Decimal, Decimal, str]]:
        """Posted invoices whose bill is not their total to the cent, by its lines and as a whole. Should be none."""
        wrong = {}
        for invoice_id in invoice_ids:
            total, bill = self.header(invoice_id)["total"], self.bill(invoice_id)
            wanted = (Decimal(total["value"]), Decimal(total["value"]), total["currency"])
            found = (Decimal(bill["amount"]["amount"]), line_sum(bill), bill["amount"]["code"])
            if found != wanted:
                wrong[invoice_id] = found
        return wrong

    def split(self, invoice_id: int) -> list[tuple[str, str]]:
        """The bill's lines as category and amount."""
        names = {str(each["id"]): str(each["category"]) for each in self.freshbooks.categories}
        return [(names[category_of(line)], line["amount"]["amount"]) for line in self.bill(invoice_id)["lines"]]

    def broken_links(self) -> list[str]:
        ledger = self.world.fakes.ledger
        return [fault for record in ledger.rows for fault in ledger.broken_links(record)]


def line_sum(bill: dict[str, Any]) -> Decimal:
    return sum((Decimal(line["amount"]["amount"]) for line in bill["lines"]), Decimal(0))


def category_of(line: dict[str, Any]) -> str:
    return str(line["category"]["categoryid"] if "category" in line else line["categoryid"])


def a_pair(
    *,
    published: Path | None = None,
    load: Callable[[JaggaerSimulator], None] = JaggaerSimulator.load_invented,
    line: Callable[[str, Simulator], httpx.MockTransport] = lambda name, simulator: transport(simulator),
) -> Pair:
    """With the invented set, or what `load` brings, or a list published elsewhere; the usual accounts are mapped.

    `line` is the way to a simulator, by the system's name.
    """
    fakes = FakeWorld()
    jaggaer = JaggaerSimulator(clock=fakes.clock.now)
    freshbooks = FreshBooksSimulator(clock=fakes.clock.now)
    if published is None:
        load(jaggaer)
    else:
        jaggaer.load_published(published)
    hosts = {
        "jaggaer.example.com": line("jaggaer", jaggaer),
        "freshbooks.example.com": line("freshbooks", freshbooks),
    }
    http, known = httpx.Client(transport=router(hosts)), catalog()

    def open_systems(ports: Ports) -> OpenSystems:
        return OpenSystems(ports, known, SerialParallel(), local=True, http=http, waiting=patience(fakes.clock))

    world = World(catalog=known, open_systems=open_systems, fakes=fakes)
    source, target = _connect_jaggaer(world, jaggaer), _connect_freshbooks(world, freshbooks)
    pair = Pair(
        world=world,
        jaggaer=jaggaer,
        freshbooks=freshbooks,
        suppliers=world.flow(SUPPLIERS, source, target),
        invoices=world.flow(INVOICES, source, target),
    )
    for code, category in ACCOUNTS.items():
        pair.map(ReferenceKind.ACCOUNT, code, pair.category(category))
    return pair


def _connect_jaggaer(world: World, simulator: JaggaerSimulator) -> ConnectionId:
    settings = {
        "base_url": JAGGAER_URL,
        "confirmed": ["invoice", "supplier", "purchase_order"],
        "profile": {"connection": {"max_requests_per_second": 50}},
    }
    secret = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
    return _connect(world, "jaggaer", settings, secret)


def _connect_freshbooks(world: World, simulator: FreshBooksSimulator) -> ConnectionId:
    settings = {
        "base_url": FRESHBOOKS_URL,
        "account_id": simulator.account_id,
        "business_id": str(simulator.business_id),
        "business_uuid": simulator.business_uuid,
        "redirect_uri": simulator.application.redirect_uri,
        "requests_per_minute": 6000,
    }
    application = simulator.application
    secret = {"client_id": application.client_id, "client_secret": application.client_secret}
    granted, now = simulator.grant(), world.fakes.clock.now()
    expires_at = now + timedelta(seconds=granted["expires_in"])
    tokens = TokenPair(access=granted["access_token"], refresh=granted["refresh_token"], expires_at=expires_at)
    GrantShelf(world.services.ports, tenant=TENANT, grant="freshbooks").authorise(tokens, now=now)
    return _connect(world, "freshbooks", settings, secret, grant="freshbooks")


def _connect(
    world: World, system: str, settings: dict[str, Any], secret: dict[str, str], *, grant: str | None = None
) -> ConnectionId:
    connection, shelf = ConnectionId(tenant=TENANT, name=system), f"connections/{TENANT}/{system}"
    checked = world.catalog.connector(system).check_settings(settings, local=True)
    world.fakes.secrets.write(shelf, secret, token=world.fakes.ids.new())
    world.fakes.connections.save(
        Connection(
            id=connection, system=system, settings=checked, account=f"{TENANT}-{system}", secret=shelf, grant=grant
        )
    )
    return connection


def _outcome(row: CrossReference) -> str:
    if row.state in (State.POSTED, State.LINKED):
        return row.state.value
    return f"{row.state}: {', '.join(sorted({reason.code for reason in row.reasons}))}"
