"""One tenant with JAGGAER and FreshBooks connected, and the three legs of a document's way, each to be timed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

import httpx

from ml_connector.domain.connection import Connection, FlowSettings, MappingEntry
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.notice import Notice
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.system import Parallel
from ml_connector.runtime.clock import TimeLimit
from ml_connector.runtime.parallel import ThreadParallel
from ml_connector.runtime.registry import catalog
from ml_connector.runtime.systems import OpenSystems
from tests.benchmarks.documents import ACCOUNTS
from tests.benchmarks.lean_stores import LeanQueue
from tests.benchmarks.lean_vendors import CATEGORIES, FRESHBOOKS, JAGGAER
from tests.world import TENANT, Services

SOURCE, TARGET = ConnectionId(tenant=TENANT, name="jaggaer"), ConnectionId(tenant=TENANT, name="freshbooks")
INVOICES = FlowId(tenant=TENANT, flow="jaggaer_invoice_to_freshbooks_bill", source="jaggaer", target="freshbooks")
SUPPLIERS = FlowId(tenant=TENANT, flow="jaggaer_supplier_to_freshbooks_vendor", source="jaggaer", target="freshbooks")
NOTICES_AT_ONCE = POSTINGS_AT_ONCE = 10
"""The template's BatchSize of both queues."""

_LONG = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """Seconds of one run, leg by leg."""

    poll: float
    ingest: float
    post: float

    @property
    def whole(self) -> float:
        return self.poll + self.ingest + self.post


class Scene:
    """Whoever makes it gives the stores and the way to the vendors; `take` empties the queues by so many."""

    def __init__(
        self,
        ports: Ports,
        http: httpx.Client,
        *,
        notices: Callable[[int], list[Notice]],
        postings: Callable[[int], list[RecordId]],
        parallel: Parallel | None = None,
    ) -> None:
        self.catalog: Catalog = catalog()
        systems = OpenSystems(ports, self.catalog, parallel or ThreadParallel(), local=True, http=http)
        self.ports, self.systems = ports, systems
        self.services = Services(ports, self.catalog, systems, random.Random(0))
        self._notices, self._postings = notices, postings

    @classmethod
    def lean(cls, ports: Ports, http: httpx.Client, notices: LeanQueue[Notice], postings: LeanQueue[RecordId]) -> Scene:
        return cls(ports, http, notices=notices.take, postings=postings.take)

    def run(self, *, at_once: int = POSTINGS_AT_ONCE) -> Legs:
        return Legs(
            poll=timed(self.poll),
            ingest=timed(self.ingest),
            post=timed(lambda: self.post(at_once=at_once)),
        )

    def poll(self) -> None:
        report = self.services.poller.run(INVOICES, run_id=self.ports.ids.new(), deadline=TimeLimit(_LONG))
        assert report.finished, report.text

    def ingest(self) -> None:
        while notices := self._notices(NOTICES_AT_ONCE):
            for notice in notices:
                self.services.ingestor.handle(notice, TimeLimit(_LONG))

    def post(self, *, at_once: int = POSTINGS_AT_ONCE) -> None:
        while records := self._postings(at_once):
            self.services.poster.handle(records, TimeLimit(timedelta(minutes=2)))

    def set_up(
        self,
        *,
        parallel: int = 10,
        accounts: dict[str, str] | None = None,
        source_url: str = f"https://{JAGGAER}",
        **freshbooks: Any,
    ) -> None:
        """Onboarding's result: credentials, a grant that lasts, both connections, both flows, the account mappings."""
        self._connect(parallel, source_url, freshbooks)
        for flow in (SUPPLIERS, INVOICES):
            self.ports.connections.save_flow(FlowSettings(id=flow))
        targets = accounts or dict(zip(ACCOUNTS, map(str, CATEGORIES), strict=True))
        self.ports.mappings.put(
            [
                MappingEntry(connection=TARGET, kind=ReferenceKind.ACCOUNT, code=code, target_id=target, set_by="bench")
                for code, target in targets.items()
            ]
        )

    def _connect(self, parallel: int, source_url: str, freshbooks: dict[str, Any]) -> None:
        pace = {"connection": {"max_requests_per_second": 100}}
        source = {"base_url": source_url, "confirmed": ["invoice", "supplier"], "profile": pace}
        target = {"account_id": "6BApk", "base_url": f"https://{FRESHBOOKS}", **freshbooks}
        self._save(SOURCE, "jaggaer", source, grant=None)
        self._save(TARGET, "freshbooks", {**target, "parallel": parallel, "requests_per_minute": 6000}, grant="books")

    def _save(self, connection: ConnectionId, system: str, settings: dict[str, Any], *, grant: str | None) -> None:
        checked = self.catalog.connector(system).check_settings(settings, local=True)
        secret = f"connections/{TENANT}/{system}"
        self.ports.connections.save(
            Connection(id=connection, system=system, settings=checked, account=system, secret=secret, grant=grant)
        )

    def authorise(self, *, client: tuple[str, str] = ("id", "secret"), access: str = "bench") -> None:
        """Secrets of both, and FreshBooks' tokens."""
        for number, system in enumerate(("jaggaer", "freshbooks")):
            value = {"client_id": client[0], "client_secret": client[1]}
            self.ports.secrets.write(f"connections/{TENANT}/{system}", value, token=str(number) * 32)
        now = self.ports.clock.now()
        pair = TokenPair(access=access, refresh="bench", expires_at=now + timedelta(days=30))
        GrantShelf(self.ports, tenant=TENANT, grant="books").authorise(pair, now=now)


def timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
