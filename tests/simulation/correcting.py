"""A person's corrections in the world of invoices: roll back, replay, put aside, settle a conflict."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.identity import RecordId
from ml_connector.domain.money import Money
from ml_connector.pipeline.correcting.rollback import Rollback, RollbackPlan, RolledBack
from ml_connector.pipeline.correcting.selection import Selection
from ml_connector.pipeline.correcting.undo import Undo
from tests.builders import a_bill, an_invoice_world
from tests.invoices import InvoiceWorld

MARCH_RUN, APRIL_RUN = "run-of-march", "run-of-april"


def a_month_posted(count: int = 3, **settings: Any) -> InvoiceWorld:
    """Invoices 1 to `count`, of 100, 200 ... USD, posted by the run of March."""
    world = an_invoice_world(**settings)
    world.source_has(*[a_bill(str(n), total=f"{n}00.00") for n in range(1, count + 1)])
    run_named(world, MARCH_RUN)
    return world


def run_named(world: InvoiceWorld, run_id: str, *, full: bool = False) -> None:
    """One pass of the invoices under this run's id, and all that follows."""
    world.world.services.poller.run(world.invoices, run_id=run_id, deadline=world.world.deadline(), full=full)
    world.settle()


def rollback_of(world: InvoiceWorld) -> Rollback:
    services = world.world.services
    return Rollback(services.ports, services.catalog, services.systems)


def planned(world: InvoiceWorld, chosen: Selection | None = None) -> RollbackPlan:
    return rollback_of(world).plan(chosen or Selection(flows=(world.invoices,)))


def roll_back(world: InvoiceWorld, chosen: Selection | None = None) -> RolledBack:
    """Asked for, and carried out by the workers."""
    done = begin(world, chosen)
    world.settle()
    return done


def begin(world: InvoiceWorld, chosen: Selection | None = None) -> RolledBack:
    rollback = rollback_of(world)
    plan = rollback.plan(chosen or Selection(flows=(world.invoices,)))
    return rollback.carry_out(plan, actor="ann", reason="posted to the wrong business")


def refusals(world: InvoiceWorld, record: RecordId | None = None) -> list[AuditEvent]:
    """Of the first invoice, or of this record: the rollbacks of it that were refused."""
    trail = world.fakes.ledger.trail(record or world.record())
    return [entry.event for entry in trail if entry.event.step is Step.REFUSED]


def of_run(world: InvoiceWorld, run_id: str) -> Selection:
    return Selection(flows=(world.invoices,), run=run_id)


def undos(done: RollbackPlan | RolledBack) -> dict[str, Undo]:
    return {entry.record.external_id: entry.undo for entry in done.entries}


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def updated_in_april(**settings: str) -> InvoiceWorld:
    """Invoice 1 over 100.00, posted by the run of March and brought to 120.00 by that of April."""
    world = a_month_posted(1, **settings)
    world.source_has(a_bill(total="120.00"))
    run_named(world, APRIL_RUN)
    assert world.bills == [("INV-1", usd("120"))]
    return world
