"""A person's corrections in the world of invoices: roll back, replay, put aside, settle a conflict."""

from __future__ import annotations

from typing import Any

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


def of_run(world: InvoiceWorld, run_id: str) -> Selection:
    return Selection(flows=(world.invoices,), run=run_id)


def undos(done: RollbackPlan | RolledBack) -> dict[str, Undo]:
    return {entry.record.external_id: entry.undo for entry in done.entries}
