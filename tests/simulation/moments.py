"""Let something happen in the very moment of a call: another worker, a person, the time that passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.ingest.poll_pass import PollReport
from tests.builders import a_bill, an_invoice_world
from tests.fakes.hooks import Crash
from tests.invoices import InvoiceWorld
from tests.world import Services


def once_on(call: str, act: Callable[[], None]) -> Callable[[str], None]:
    """A hook that acts at the first call of that name."""
    left = [act]

    def hook(name: str) -> None:
        if name == call and left:
            left.pop()()

    return hook


def change_and_ingest(world: InvoiceWorld, record: Record) -> None:
    """A person changes the source, and another worker reads and plans it."""
    world.source_has(record)
    world.notice("1")
    world.ingest_beside()


def six_invoices() -> InvoiceWorld:
    """On three pages."""
    world = an_invoice_world()
    world.source.page_size = 2
    world.source_has(*[a_bill(str(n)) for n in range(1, 7)])
    return world


def crashed_poll(world: InvoiceWorld, *, full: bool = False) -> None:
    with pytest.raises(Crash):
        world.world.poll(world.invoices, full=full)
    world.world.restart()


def run(world: InvoiceWorld, services: Services) -> PollReport:
    """Another process polls the invoices."""
    return services.poller.run(world.invoices, run_id="other", deadline=world.world.deadline())


def backdated(world: InvoiceWorld, bill: Bill) -> None:
    """It is there, and its stamp says that it has been for long."""
    long_ago = world.fakes.clock.now() - timedelta(days=9)
    world.source.shelf.records[(bill.kind, bill.external_id)] = replace(bill, modified_at=long_ago)
