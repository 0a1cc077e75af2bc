"""Documents a second of one worker with ten parallel sends, beside ten plain clients that make the same vendor calls.

Ratios of runs that took turns on the same machine. Nothing here is asserted but that every document was posted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

import httpx
import pytest

from tests.benchmarks.documents import Documents, documents
from tests.benchmarks.lean_stores import LeanWorld
from tests.benchmarks.lean_vendors import LeanVendors
from tests.benchmarks.plain_clients import PlainClients
from tests.benchmarks.report import Table, middle, runs, sizes
from tests.benchmarks.scene import POSTINGS_AT_ONCE, Scene, timed

AT_ONCE = (POSTINGS_AT_ONCE, 50)
LATENCIES_MS = (0, 50)
BUDGET = 0.8
_COLUMNS = ("ours", "plain clients", "ratio", "our CPU ms", "plain CPU ms")

pytestmark = pytest.mark.benchmark


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Documents a second, ours and the plain clients', and CPU a document: that a busy machine spares."""

    ours: float
    plain: float
    our_cpu_ms: float
    plain_cpu_ms: float

    @property
    def ratio(self) -> float:
        return self.ours / self.plain


@pytest.fixture(scope="module")
def made() -> Documents:
    return documents()


def test_posting(made: Documents) -> None:
    table = Table(
        name="throughput_posting",
        title="Posting: documents a second, one worker, ten parallel sends",
        columns=("documents", "vendor call", "a delivery", *_COLUMNS, "runs"),
    )
    for invoices in sizes("1000,10000"):
        times = runs(3 if invoices <= 1000 else 1)
        for latency in LATENCIES_MS:
            for at_once in AT_ONCE if latency else AT_ONCE[:1]:
                found = [_posting(made, invoices, latency / 1000, at_once) for _ in range(times)]
                table.add(invoices, f"{latency} ms", at_once, *_medians(found), times)
    table.note(f"budget: a ratio of at least {BUDGET} at 50 ms; the template's posting worker takes {POSTINGS_AT_ONCE}")
    table.note("at 0 ms the ratio says how much work is done beside the call, not how fast anything gets posted")
    table.show()


def test_the_whole_way(made: Documents) -> None:
    table = Table(
        name="throughput_whole",
        title="Poll, ingest and post: documents a second, one worker each, one after the other",
        columns=("documents", "vendor call", "poll", "ingest", "post", "whole", "plain clients", "ratio"),
    )
    cases = [(invoices, 0) for invoices in sizes("1000,10000")] + [(min(sizes("1000,10000")), 50)]
    for invoices, latency in cases:
        table.add(invoices, f"{latency} ms", *_whole(made, invoices, latency / 1000))
    table.note("ingest reads one detail after another; on AWS up to five ingest workers run beside each other")
    table.show()


def _posting(made: Documents, invoices: int, latency_seconds: float, at_once: int) -> Rates:
    """Everything up to the posting queue happens without latency, and is not timed."""
    vendors, world, scene, plain = _scene(made, invoices)
    scene.poll()
    scene.ingest()
    details = plain.fetch(invoices)
    vendors.latency_seconds = latency_seconds
    ours, our_cpu = _clocked(lambda: scene.post(at_once=at_once))
    theirs, their_cpu = _clocked(lambda: plain.post(details))
    assert _all_posted(world, invoices)
    return Rates(
        ours=invoices / ours,
        plain=invoices / theirs,
        our_cpu_ms=our_cpu * 1000 / invoices,
        plain_cpu_ms=their_cpu * 1000 / invoices,
    )


def _clocked(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and seconds of this process's CPU."""
    began = process_time()
    return timed(work), process_time() - began


def _medians(found: list[Rates]) -> tuple[float | str, ...]:
    ratios = [one.ratio for one in found]
    return (
        middle([one.ours for one in found]),
        middle([one.plain for one in found]),
        f"{middle(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        middle([one.our_cpu_ms for one in found]),
        middle([one.plain_cpu_ms for one in found]),
    )


def _whole(made: Documents, invoices: int, latency_seconds: float) -> tuple[float, ...]:
    vendors, world, scene, plain = _scene(made, invoices)
    vendors.latency_seconds = latency_seconds
    legs = scene.run(at_once=50)
    theirs = timed(lambda: plain.post(plain.fetch(invoices)))
    assert _all_posted(world, invoices)
    each = [invoices / seconds for seconds in (legs.poll, legs.ingest, legs.post, legs.whole, theirs)]
    return (*each, theirs / legs.whole)


def _scene(made: Documents, invoices: int) -> tuple[LeanVendors, LeanWorld, Scene, PlainClients]:
    vendors, world = LeanVendors(made, invoices=invoices), LeanWorld()
    http = httpx.Client(transport=vendors)
    scene = Scene.lean(world.ports(), http, world.notices, world.postings)
    scene.authorise()
    scene.set_up()
    return vendors, world, scene, PlainClients(http)


def _all_posted(world: LeanWorld, invoices: int) -> bool:
    rows = world.fakes.ledger.rows.values()
    return len(rows) == invoices and all(row.state == "posted" for row in rows)
