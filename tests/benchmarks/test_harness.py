"""The one benchmark that every test run has: thirty invoices through the harness, on simulators and on lean vendors."""

from __future__ import annotations

import httpx

from tests.benchmarks.documents import documents
from tests.benchmarks.lean_stores import CountingHooks, LeanWorld
from tests.benchmarks.lean_vendors import LeanVendors
from tests.benchmarks.plain_clients import PlainClients
from tests.benchmarks.scene import Scene
from tests.benchmarks.simulated import Simulated

INVOICES = 30


def test_the_simulators_get_one_bill_for_each_invoice() -> None:
    simulated = Simulated(INVOICES)

    simulated.scene.run()

    assert sorted(bill["bill_number"] for bill in simulated.freshbooks.bills) == sorted(
        f"INV-{place}" for place in range(INVOICES)
    )


def test_the_lean_vendors_get_one_detail_call_and_one_bill_for_each_invoice() -> None:
    vendors, world, hooks = LeanVendors(documents(), invoices=INVOICES), LeanWorld(), CountingHooks()
    http = httpx.Client(transport=vendors)
    scene = Scene.lean(world.counted_ports(hooks), http, world.notices, world.postings)
    scene.authorise()
    scene.set_up()

    scene.run()

    assert (vendors.calls["jaggaer detail"], vendors.calls["freshbooks create bill"]) == (INVOICES, INVOICES)
    assert [row.state for row in world.fakes.ledger.rows.values()] == ["posted"] * INVOICES
    assert hooks.counts["ledger.commit"] == INVOICES * 3


def test_the_plain_clients_make_the_same_calls() -> None:
    vendors = LeanVendors(documents(), invoices=INVOICES)
    plain = PlainClients(httpx.Client(transport=vendors))

    created = plain.post(plain.fetch(INVOICES))

    assert len(set(created)) == INVOICES
    assert vendors.calls == {"jaggaer detail": INVOICES, "freshbooks create bill": INVOICES}
