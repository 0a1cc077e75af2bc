"""The JAGGAER connector, opened against the simulator as the runtime opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from ml_connector.connectors.jaggaer import CONNECTOR
from ml_connector.domain.errors import RateLimitedError
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.vendor import Vendor
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.system import Opening, Page, System
from ml_connector.transport.oauth import Client, ClientCredentials
from tests.simulators import serving
from tests.simulators.jaggaer import JaggaerSimulator

ALL_RESOURCES = ("invoice", "supplier", "purchase_order")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: int) -> None:
        self.now += timedelta(**span)


class Counter:
    def __init__(self) -> None:
        self.taken = 0

    def take(self) -> None:
        self.taken += 1

    def wait(self, error: RateLimitedError) -> bool:
        return False


class OneByOne:
    def run[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item], *, width: int
    ) -> Iterator[Result]:
        return map(work, items)


class Bench:
    """One JAGGAER and as many workers as a test opens; each worker has a token source of its own."""

    def __init__(self, **switches: Any) -> None:
        self.clock = Clock()
        self.jaggaer = JaggaerSimulator(clock=self.clock)
        self.jaggaer.switch(**switches)
        self.budget = Counter()
        self.queries: list[Mapping[str, str]] = []

    def open(
        self, *, confirmed: Iterable[str] = ALL_RESOURCES, profile: Any = None, secret: str | None = None
    ) -> System:
        given = {"instance": "acme", "confirmed": list(confirmed), **({"profile": profile} if profile else {})}
        settings = CONNECTOR.check_settings(given, local=False)
        http = httpx.Client(transport=serving.transport(self.jaggaer, seen=self._note))
        assert CONNECTOR.oauth is not None
        tokens = ClientCredentials(
            endpoints=CONNECTOR.oauth(settings),
            http=http,
            client=Client(id=self.jaggaer.client_id, secret=secret or self.jaggaer.client_secret),
            now=self.clock,
            system="jaggaer",
        )
        return CONNECTOR.open(
            Opening(
                settings=settings,
                secret={},
                tokens=tokens,
                budget=self.budget,
                parallel=OneByOne(),
                http=http,
                now=self.clock,
            )
        )

    def each_minute(self, times: int, act: Callable[[], object]) -> None:
        for _ in range(times):
            act()
            self.clock.forward(minutes=1)

    def _note(self, request: serving.Request) -> None:
        self.queries.append(dict(request.query))


def pages(
    system: System, kind: RecordKind = RecordKind.BILL, *, since: datetime | None = None, resume: str | None = None
) -> list[Page]:
    found = system.changed_since(kind, Watermark(since=since), resume=resume)
    return [page for page in found if isinstance(page, Page)]


def ids(found: Iterable[Page]) -> list[str]:
    return [row.external_id for page in found for row in page.rows]


def bill(system: System, external_id: str) -> Bill:
    record = system.fetch(RecordKind.BILL, external_id)
    assert isinstance(record, Bill)
    return record


def vendor(system: System, external_id: str) -> Vendor:
    record = system.fetch(RecordKind.VENDOR, external_id)
    assert isinstance(record, Vendor)
    return record
