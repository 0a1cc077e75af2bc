"""The main story, told over whatever happens: vendors and invoices come, change, are cancelled, are released."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.records.bill import BillStatus
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.fakes.hooks import Crash, CrashAt
from tests.fakes.queues import FakeQueue
from tests.invoices import InvoiceWorld

EXPECTED = [("INV-1", "120.00 USD"), ("INV-3", "300.00 USD")]


def tell(crash: CrashAt | None = None, *, moment: str = "before") -> InvoiceWorld:
    """Three invoices and their vendor; one changes, one is cancelled, one is held until its account is mapped."""
    world = an_invoice_world(vendor=False)
    if crash is not None:
        setattr(world.fakes.hooks, f"on_{moment}", crash)
    return told(world)


def told(world: InvoiceWorld) -> InvoiceWorld:
    for chapter in (arrive, change, release):
        chapter(world)
        settled_poll(world, world.vendors)
        settled_poll(world, world.invoices)
    last_cycle(world)
    return world


def arrive(world: InvoiceWorld) -> None:
    world.source_has(a_vendor())
    world.source_has(a_bill("1"), a_bill("2", total="200.00"), a_bill("3", total="300.00", account="7000"))


def change(world: InvoiceWorld) -> None:
    world.source_has(a_bill("1", total="120.00"), a_bill("2", total="200.00", status=BillStatus.CANCELLED))


def release(world: InvoiceWorld) -> None:
    entry = MappingEntry(connection=world.freshbooks, kind=ReferenceKind.ACCOUNT, code="7000", target_id="6000")
    world.fakes.mappings.put([entry])


def settled_poll(world: InvoiceWorld, flow: FlowId) -> None:
    """A poll, again after a crash, upkeep, and all that follows."""
    while not _polled(world, lambda: world.world.poll(flow)):
        world.later(minutes=10)
    world.world.look_after()
    world.settle()


def last_cycle(world: InvoiceWorld) -> None:
    """What a crash lost on its way is asked for again by the next cycle."""
    world.later(hours=1)
    for flow in (world.vendors, world.invoices):
        settled_poll(world, flow)


def _polled(world: InvoiceWorld, poll: Callable[[], object]) -> bool:
    try:
        poll()
    except Crash:
        world.world.restart()
        return False
    return True


def faults(world: InvoiceWorld) -> list[str]:
    """Everything that is wrong with how the story ended; nothing if it ended well."""
    rows = world.fakes.ledger.rows.values()
    found = [f"{row.record.external_id} is left {row.state}" for row in rows if row.is_busy]
    found += [fault for row in rows for fault in world.fakes.ledger.broken_links(row.record)]
    found += [fault for row in rows for fault in world.fakes.ledger.untold_state(row.record)]
    found += [f"dead letter {message.body}" for queue in _queues(world) for message in queue.dead]
    found += [f"left on a queue: {message.body}" for queue in _queues(world) for message in queue.messages]
    if (bills := sorted((str(number), str(total)) for number, total in world.bills)) != EXPECTED:
        found.append(f"the bills are {bills}")
    if (vendors := len(world.target.shelf.of(RecordKind.VENDOR))) != 1:
        found.append(f"there are {vendors} vendors")
    if (states := Counter(world.world.states(world.invoices))) != {State.POSTED: 2, State.REVERSED: 1}:
        found.append(f"the states are {states}")
    return found


def _queues(world: InvoiceWorld) -> list[FakeQueue[Any]]:
    return [world.fakes.notices, world.fakes.postings]


def faults_of_every_crash(moment: str, *, start: int, stride: int) -> dict[int, list[str]]:
    """The story told anew for every stride-th call from `start`, each time with a crash there."""
    calls = tell().fakes.hooks.calls
    ended = {n: faults(tell(CrashAt(n), moment=moment)) for n in range(start, len(calls) + 1, stride)}
    return {n: [calls[n - 1], *found] for n, found in ended.items() if found}


ON_THE_WAY = ("ledger.", "payloads.", "postings.", "system.", "notices.", "epochs.", "budgets.")
"""Calls on the way from a notice to a bill that is confirmed."""


def faults_of_two_crashes(seed: int, *, samples: int) -> dict[tuple[int, int], list[str]]:
    """The story told anew with two processes killed, at calls chosen by chance."""
    chance = random.Random(seed)
    calls = tell().fakes.hooks.calls
    places = [n for n, call in enumerate(calls, start=1) if call.startswith(ON_THE_WAY)]
    pairs = [(first, chance.randrange(1, 40)) for first in chance.choices(places, k=samples)]
    ended = {pair: faults(tell_twice(*pair, moment=chance.choice(("before", "after")))) for pair in pairs}
    return {pair: [calls[pair[0] - 1], *found] for pair, found in ended.items() if found}


def tell_twice(first: int, later: int, *, moment: str) -> InvoiceWorld:
    """Killed at the first place, and again so many calls into the life of the process that takes over."""
    world = an_invoice_world(vendor=False)
    crashes = [CrashAt(later), CrashAt(first)]
    restart = world.world.restart

    def restarted() -> None:
        restart()
        if crashes:
            setattr(world.fakes.hooks, f"on_{moment}", crashes.pop())

    world.world.restart = restarted  # type: ignore[method-assign]
    restarted()
    return told(world)
