"""The two vendors, each a process with an HTTP door: JAGGAER with N approved invoices, FreshBooks with its troubles."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter as Counted
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from tests.benchmarks.documents import ACCOUNTS, add_invoice
from tests.benchmarks.exactly_once import processes
from tests.benchmarks.exactly_once.clock import Counter, SharedClock
from tests.benchmarks.exactly_once.faults import SHARES, FaultyTarget, SeededFaults, Shares
from tests.simulators.freshbooks import FreshBooksSimulator, Switches
from tests.simulators.freshbooks.vendors import balances
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.serving import Request, Response, Simulator, serve

BILLS_PER_SUPPLIER = 20
_MONTH_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`lag_seconds` is how long FreshBooks' lists do not know what it has made."""

    invoices: int
    seed: int = 1
    shares: Shares = SHARES
    lag_seconds: int = 0

    @property
    def suppliers(self) -> list[tuple[str, str]]:
        """By number and name."""
        many = max(1, self.invoices // BILLS_PER_SUPPLIER)
        return [(f"{10_001 + place}", f"Fernhill Goods {place + 1} Ltd") for place in range(many)]

    @property
    def numbers(self) -> list[str]:
        return [f"INV-{place + 1:06d}" for place in range(self.invoices)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a client is told of a vendor: where it is, who the client is there, what it may name in a bill."""

    url: str
    client_id: str
    client_secret: str
    access_token: str = ""
    account_id: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    number: str
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What stands in FreshBooks when all is quiet, whatever a client believes."""

    extra: int
    missing: frozenset[str]


class Vendors:
    """Both, as whoever runs the job sees them: doors, calls counted at the doors, and what is in the books."""

    def __init__(self, job: Job, clock: SharedClock, folder: Path) -> None:
        self.job = job
        self.source_calls, self.target_calls, self._made = Counter(), Counter(), Counter()
        self._source_path, self._target_path = folder / "source", folder / "target"
        self.pids = [
            processes.start(lambda: _serve_source(job, clock, self._source_path, self.source_calls)),
            processes.start(lambda: _serve_target(job, clock, self._target_path, self.target_calls, self._made)),
        ]

    def meet(self) -> None:
        """Waits until both doors are open."""
        source = processes.Far(self._source_path).of("house")
        self._target = processes.Far(self._target_path).of("house")
        self.source: Door = source.door()
        self.target: Door = self._target.door()
        self.invoices: dict[str, Invoice] = source.invoices()

    @property
    def calls(self) -> int:
        return self.source_calls.value + self.target_calls.value

    @property
    def bills_made(self) -> int:
        return self._made.value

    def truth(self) -> Truth:
        """A bill counts for an invoice where it has its number and its total; all beyond one for each are too many."""
        wanted = {(one.number, one.total) for one in self.invoices.values()}
        found: Counted[tuple[str, Decimal]] = Counted(self._target.bills())
        right = wanted & found.keys()
        missing = frozenset(number for number, _ in wanted - right)
        return Truth(extra=found.total() - len(right), missing=missing)


@contextlib.contextmanager
def vendors(job: Job, clock: SharedClock) -> Iterator[Vendors]:
    with tempfile.TemporaryDirectory() as folder:
        made = Vendors(job, clock, Path(folder))
        try:
            made.meet()
            yield made
        finally:
            processes.kill(made.pids)
            for pid in made.pids:
                processes.ended(pid, wait=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """What a vendor's process tells whoever runs the job: asked beside the HTTP door, and not counted."""

    of: Door
    approved: Mapping[str, Invoice] = field(default_factory=dict)
    simulator: FreshBooksSimulator | None = None

    def door(self) -> Door:
        return self.of

    def invoices(self) -> Mapping[str, Invoice]:
        """By JAGGAER's id."""
        return self.approved

    def bills(self) -> list[tuple[str, Decimal]]:
        """Number and total of each that nobody deleted."""
        assert self.simulator is not None
        desk = self.simulator.desk
        rows = (row for row in desk.bills.table if not row.deleted)
        return [(str(row.fields["bill_number"]), desk.bills.total(row)) for row in rows]


def _serve_source(job: Job, clock: SharedClock, path: Path, calls: Counter) -> None:
    """Approved the day before: a poll that comes back to the list finds nothing new in it."""
    behind = [timedelta(days=1)]
    simulator = JaggaerSimulator(clock=lambda: clock.now() - behind[0])
    for number, name in job.suppliers:
        simulator.add_supplier(number=number, name=name)
    day, suppliers = clock.now() - behind[0], job.suppliers
    headers = [
        add_invoice(simulator, place, number=number, on=day, suppliers=suppliers)["header"]
        for place, number in enumerate(job.numbers)
    ]
    approved = {
        str(header["invoiceId"]): Invoice(
            number=header["supplierInvoiceNumber"], total=Decimal(str(header["total"]["value"]))
        )
        for header in headers
    }
    behind[0] = timedelta()
    with serve(_Counted(simulator, calls)) as url:
        door = Door(url=url, client_id=simulator.client_id, client_secret=simulator.client_secret)
        processes.serve(path, {"house": _House(of=door, approved=approved)})


def _serve_target(job: Job, clock: SharedClock, path: Path, calls: Counter, made: Counter) -> None:
    switches = Switches(search_lag_seconds=job.lag_seconds, access_token_seconds=_MONTH_SECONDS)
    simulator = FreshBooksSimulator(clock=clock.now, switches=switches)
    simulator.desk.vendors.owed = lambda _: (balances([]), balances([]))  # nobody asks, and it reads every bill
    for number, name in job.suppliers:
        simulator.add_vendor(name=name, account_number=number)
    counted = _Made(simulator, made)
    with serve(FaultyTarget(counted, SeededFaults(job.seed, job.shares), calls)) as url:
        door = Door(
            url=url,
            client_id=simulator.application.client_id,
            client_secret=simulator.application.client_secret,
            access_token=str(simulator.grant()["access_token"]),
            account_id=simulator.account_id,
            categories=tuple(str(category["id"]) for category in simulator.categories[: len(ACCOUNTS)]),
        )
        processes.serve(path, {"house": _House(of=door, simulator=simulator)})


class _Counted:
    def __init__(self, inner: Simulator, calls: Counter) -> None:
        self._inner = inner
        self._calls = calls

    def handle(self, request: Request) -> Response:
        self._calls.raise_by_one()
        return self._inner.handle(request)


class _Made:
    """Counts the bills as they are made, for whoever must do something in the middle of the job."""

    def __init__(self, inner: Simulator, made: Counter) -> None:
        self._inner = inner
        self._made = made

    def handle(self, request: Request) -> Response:
        response = self._inner.handle(request)
        if request.method == "POST" and response.status == 200:
            self._made.raise_by_one()
        return response
