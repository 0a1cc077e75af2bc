"""How many calls a document costs, to the vendors and to AWS: counts, so that no machine's mood is in them."""

from __future__ import annotations

import httpx
import pytest

from tests.benchmarks.counted import LAMBDAS_OWN, Counted, counted
from tests.benchmarks.documents import documents
from tests.benchmarks.lean_stores import CountingHooks, LeanWorld
from tests.benchmarks.lean_vendors import LeanVendors
from tests.benchmarks.report import Table, sizes
from tests.benchmarks.scene import Scene

TARGET_CALLS_AT_MOST = 1.1

pytestmark = pytest.mark.benchmark


def test_calls_to_the_ports_and_to_the_vendors_per_document() -> None:
    found = {invoices: _ports_counted(invoices) for invoices in sizes("100,1000,10000")}
    table = Table(
        name="calls_ports",
        title="Calls per document, clean path, in-process stores",
        columns=("call", *(f"N={invoices:,}" for invoices in found)),
    )
    for name in _by_weight(found):
        table.add(name, *(calls.get(name, 0) / invoices for invoices, calls in found.items()))
    table.show()

    for invoices, calls in found.items():
        assert _target_calls(calls) / invoices <= TARGET_CALLS_AT_MOST + _LISTS / invoices


def test_calls_to_aws_per_document() -> None:
    found = [counted(invoices) for invoices in sizes("100,1000")]
    table = Table(
        name="calls_aws",
        title="AWS calls per document, clean path, real adapters on an emulated AWS",
        columns=("operation", *(f"N={one.documents:,}" for one in found)),
    )
    for name in _by_weight({one.documents: dict(one.whole.calls) for one in found}):
        table.add(name, *(one.whole.calls[name] / one.documents for one in found))
    table.add("ours, all", *(_ours(one) for one in found))
    for unit in ("write", "index write", "read"):
        table.add(f"DynamoDB {unit} units", *(one.whole.units[unit] / one.documents for one in found))
    table.note("units are estimated from the items as sent: a transaction's count twice, reads as one each")
    table.note("ReceiveMessage and DeleteMessageBatch are Lambda's own poller's, and not in `ours`")
    table.show()

    for one in found:
        assert not [name for name in one.whole.calls if name.endswith(".Scan")]
    assert _ours(found[-1]) <= _ours(found[0]) * 1.05


_LISTS = 2
"""Vendors and categories are read once for each cycle, however many documents it has."""


def _ports_counted(invoices: int) -> dict[str, int]:
    world, hooks = LeanWorld(), CountingHooks()
    vendors = LeanVendors(documents(), invoices=invoices)
    http = httpx.Client(transport=vendors)
    scene = Scene.lean(world.counted_ports(hooks), http, world.notices, world.postings)
    scene.authorise()
    scene.set_up()
    hooks.counts.clear()
    scene.run()
    return {**hooks.counts, **vendors.calls}


def _target_calls(calls: dict[str, int]) -> int:
    return sum(count for name, count in calls.items() if name.startswith("freshbooks"))


def _ours(one: Counted) -> float:
    return sum(count for name, count in one.whole.calls.items() if name not in LAMBDAS_OWN) / one.documents


def _by_weight(found: dict[int, dict[str, int]]) -> list[str]:
    last = found[max(found)]
    return sorted({name for calls in found.values() for name in calls}, key=lambda name: -last.get(name, 0))
