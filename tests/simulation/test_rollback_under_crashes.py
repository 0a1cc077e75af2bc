"""P12, P10: killed before or after any call of a rollback, the next one finishes it; nothing is taken out twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.posting import Action
from ml_connector.domain.records.bill import BillStatus
from tests.builders import a_bill
from tests.fakes.hooks import Crash, CrashAt
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import APRIL_RUN, MARCH_RUN, a_month_posted, of_run, refusals, roll_back, run_named

INVOICES = ("1", "2")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("start", range(1, 5), ids=lambda start: f"from call {start}")
def test_a_rollback_ends_well_whatever_call_the_process_is_killed_at(moment: str, start: int) -> None:
    calls = rolled_back(None, moment).fakes.hooks.calls
    told = {n: faults(rolled_back(CrashAt(n), moment)) for n in range(start, len(calls) + 1, 4)}

    assert {n: [calls[n - 1], *found] for n, found in told.items() if found} == {}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_former_values_get_there_whatever_call_the_process_is_killed_at(moment: str) -> None:
    calls = restored(None, moment).fakes.hooks.calls
    told = {n: restored_faults(restored(CrashAt(n), moment)) for n in range(1, len(calls) + 1)}

    assert {n: [calls[n - 1], *found] for n, found in told.items() if found} == {}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refusal_is_audited_once_whatever_call_the_process_is_killed_at(moment: str) -> None:
    calls = kept_back(None, moment).fakes.hooks.calls
    told = {n: len(refusals(kept_back(CrashAt(n), moment))) for n in range(1, len(calls) + 1)}

    assert {n: [calls[n - 1], found] for n, found in told.items() if found != 1} == {}


def test_the_crash_points_include_each_step_of_a_rollback() -> None:
    calls = set(rolled_back(None, "before").fakes.hooks.calls)

    assert calls >= {"ledger.summaries", "system.fetch", "ledger.commit", "postings.send", "system.send"}


def rolled_back(crash: CrashAt | None, moment: str) -> InvoiceWorld:
    """Two bills rolled back, and once more after a crash."""
    world = a_month_posted(2)
    tried(world, lambda: roll_back(world, of_run(world, MARCH_RUN)), crash, moment)
    return world


def kept_back(crash: CrashAt | None, moment: str) -> InvoiceWorld:
    """A paid bill that somebody wants rolled back."""
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))
    tried(world, lambda: roll_back(world, of_run(world, MARCH_RUN)), crash, moment)
    return world


def restored(crash: CrashAt | None, moment: str) -> InvoiceWorld:
    world = a_month_posted(1)
    world.source_has(a_bill(total="120.00"))
    run_named(world, APRIL_RUN)
    tried(world, lambda: roll_back(world, of_run(world, APRIL_RUN)), crash, moment)
    return world


def tried(world: InvoiceWorld, work: Callable[[], object], crash: CrashAt | None, moment: str) -> None:
    """A crash in the command ends it; one in a worker is mended by the world. Then a person asks again."""
    world.world.restart()
    if crash is not None:
        setattr(world.fakes.hooks, f"on_{moment}", crash)
    try:
        work()
    except Crash:
        world.world.restart()
    if crash is None:
        return
    world.later(minutes=10)
    work()
    world.poll(full=True)


def faults(world: InvoiceWorld) -> list[str]:
    found = [fault for n in INVOICES for fault in world.fakes.ledger.broken_links(world.row(n).record)]
    found += [f"invoice {n} is {world.state(n)} {world.reasons(n)}" for n in INVOICES if not is_back(world, n)]
    found += [f"{number} still stands" for number in world.numbers]
    took_effect = [write.target_id for write in world.target.shelf.log if write.action is Action.VOID]
    if sorted(took_effect) != ["F1", "F2"]:
        found.append(f"taken out: {took_effect}")
    if any(world.steps(n).count(Step.ROLLED_BACK) != 1 for n in INVOICES):
        found.append("not audited once each")
    return found


def is_back(world: InvoiceWorld, invoice: str) -> bool:
    return world.state(invoice) is State.REVERSED and world.reasons(invoice) == ["rolled_back"]


def restored_faults(world: InvoiceWorld) -> list[str]:
    found = list(world.fakes.ledger.broken_links(world.row().record))
    if [str(total) for _, total in world.bills] != ["100.00 USD"]:
        found.append(f"the bills are {world.bills}")
    if (world.state(), world.reasons()) != (State.HELD, ["rolled_back"]):
        found.append(f"it is {world.state()} {world.reasons()}")
    return found
