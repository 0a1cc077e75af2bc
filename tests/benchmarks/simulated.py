"""The scene against both simulators: slower than the lean vendors, and strict."""

from __future__ import annotations

import httpx

from tests.benchmarks.documents import ACCOUNTS, SUPPLIERS, add_invoice
from tests.benchmarks.lean_stores import LeanWorld
from tests.benchmarks.lean_vendors import FRESHBOOKS, JAGGAER
from tests.benchmarks.scene import Scene
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.serving import transport
from tests.world import router


class Simulated:
    """`invoices` approved invoices in JAGGAER; FreshBooks knows their vendors."""

    def __init__(self, invoices: int) -> None:
        self.world = LeanWorld()
        now = self.world.fakes.clock.now
        self.jaggaer, self.freshbooks = JaggaerSimulator(clock=now), FreshBooksSimulator(clock=now)
        self._fill(invoices)
        hosts = {JAGGAER: transport(self.jaggaer), FRESHBOOKS: transport(self.freshbooks)}
        http = httpx.Client(transport=router(hosts))
        self.scene = Scene.lean(self.world.ports(), http, self.world.notices, self.world.postings)
        self._connect()

    def _fill(self, invoices: int) -> None:
        for number, name in SUPPLIERS:
            self.jaggaer.add_supplier(number=number, name=name)
            self.freshbooks.add_vendor(name=name, account_number=number)
        for place in range(invoices):
            add_invoice(self.jaggaer, place, number=f"INV-{place}")

    def _connect(self) -> None:
        application = self.freshbooks.application
        self.scene.authorise(access=str(self.freshbooks.grant()["access_token"]))
        secrets = {
            "jaggaer": (self.jaggaer.client_id, self.jaggaer.client_secret),
            "freshbooks": (application.client_id, application.client_secret),
        }
        for system, (client_id, client_secret) in secrets.items():
            value = {"client_id": client_id, "client_secret": client_secret}
            self.world.fakes.secrets.write(f"connections/acme/{system}", value, token="f" * 32)
        categories = [str(category["id"]) for category in self.freshbooks.categories[: len(ACCOUNTS)]]
        self.scene.set_up(accounts=dict(zip(ACCOUNTS, categories, strict=True)), account_id=self.freshbooks.account_id)
