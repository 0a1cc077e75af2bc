"""The pair as it is deployed: the real connectors, over httpx, against the simulators of both vendors."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from ml_connector.domain.connection import GrantState
from ml_connector.domain.posting import Action
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.ports import Ports
from tests.fakes.hooks import Hooks
from tests.fakes.registrations import FakeDoors
from tests.fakes.system import Act
from tests.jaggaer_freshbooks import a_pair
from tests.simulation.jobs import OFTEN, Job
from tests.simulation.odds import Odds
from tests.simulation.person import looks_after
from tests.simulation.scene import Effect, Ended
from tests.simulation.vendor_books import (
    SUPPLIER_ID,
    UNKNOWN_ACCOUNT,
    Invoices,
    VendorBooks,
    a_supplier,
    consents_again,
    lets_run,
    marker_of,
)
from tests.simulation.vendor_line import LATE, VendorLine
from tests.simulation.vendor_services import VendorServices
from tests.simulators.faults import Fault
from tests.simulators.serving import Simulator
from tests.world import TENANT, Services

_WRONG_WRITES = (
    *(Fault.LOSE_ANSWER, LATE, Fault.BREAK_AFTER, Fault.BREAK) * 2,
    *(Fault.GARBLE, Fault.REFUSE, Fault.REFUSE_BARE, Fault.LOSE_REQUEST, Fault.STALE_TOKEN),
)
_WRONG_READS = (Fault.BREAK, Fault.GARBLE, Fault.REFUSE, Fault.LOSE_REQUEST, Fault.LOSE_ANSWER, Fault.STALE_TOKEN)
_ACTIONS = {"create": Action.CREATE, "update": Action.UPDATE, "delete": Action.VOID}


class VendorScene:
    """`documents` invoices of one supplier, and more to come; one's account is known once a person has mapped it."""

    name = "simulators of both vendors"
    often = (*(Job.POLL,) * 4, *OFTEN)  # JAGGAER pushes nothing

    def __init__(self, chance: random.Random, *, seed: int, faults: Sequence[Act], documents: int) -> None:
        self.chance = chance
        self.lines: dict[str, VendorLine] = {}
        self.effects: list[tuple[str, str]] = []
        self.stage = self.pair = a_pair(load=a_supplier, line=self._line)
        self.world, self.freshbooks, self.jaggaer = self.pair.world, self.pair.freshbooks, self.pair.jaggaer
        self.flows = (self.pair.suppliers, self.pair.invoices)
        self.doors = FakeDoors(self.world.fakes.clock)
        self.invoices = Invoices(self.jaggaer, chance)
        self.books = VendorBooks(self.freshbooks, self.invoices)
        self.is_mapped = self.is_revoked = False
        self.burst = max(1, documents // 2)
        self._prepare()
        self.invoices.come(documents)

    def announce(self, hooks: Hooks) -> None:
        for each in self.lines.values():
            each.hooks = hooks

    def services(self, ports: Ports, hooks: Hooks) -> Services:
        systems = self.world.open_systems(ports)
        return VendorServices(ports, self.world.catalog, systems, self.chance).wire(self.doors, hooks)

    def is_outside(self, call: str) -> bool:
        return call.startswith(("jaggaer.", "freshbooks."))

    def is_write(self, call: str) -> bool:
        return call.startswith(("freshbooks.POST bill", "freshbooks.PUT bill"))

    def trouble(self, call: str, odds: Odds) -> str | None:
        way = self.lines[call.split(".")[0]]
        is_write = self.is_write(call)
        if is_write and self.chance.random() < odds.moved:
            self.books.touch()
            return "record touched"
        if self.chance.random() >= (odds.vendor if is_write else odds.vendor / 4):
            return None
        lies = odds.refusals_lie and is_write and self.chance.random() < 0.5
        way.next = Fault.REFUSE_AFTER if lies else self.chance.choice(_WRONG_WRITES if is_write else _WRONG_READS)
        return f"{'send' if is_write else 'read'}: {way.next}"

    def edit(self) -> str | None:
        if not self.is_mapped and self.chance.random() < 0.1:
            self._map()
            return f"account {UNKNOWN_ACCOUNT} mapped"
        some = self.chance.randrange(1, self.burst + 1)
        return self.invoices.come(some) if self.chance.random() < 0.3 else self.invoices.change(some)

    def revoke(self) -> str | None:
        if self.chance.random() < 0.5:
            self.jaggaer.revoke_tokens()
            return "token revoked"
        self.freshbooks.disconnect()
        self.is_revoked = True
        return "grant dead"

    def mend(self) -> None:
        grant = self.world.fakes.grants.load(TENANT, "freshbooks")
        if self.is_revoked or grant.state is GrantState.DEAD:  # revoked, or its tokens died with a process
            consents_again(self.world, self.freshbooks)
            self.is_revoked = False
        lets_run(self.world)
        if self.is_mapped:  # tables that were restored may not know it
            self._map()

    def push(self, services: Services) -> str | None:
        """What FreshBooks has to say comes to this process' door; then the queue behind it is worked off."""
        assert isinstance(services, VendorServices)
        self.freshbooks.deliveries.post = services.answer
        self.freshbooks.send_events()
        while messages := self.doors.pushes.receive(10):
            for message in messages:
                services.push_ingestor.handle(message.body)
                self.doors.pushes.ack(message)
        return None

    def calm(self) -> None:
        for each in self.lines.values():
            each.next = Fault.NONE

    def given_up(self) -> frozenset[str]:
        return looks_after(self.world, self.pair.invoices, self.books)

    def ended(self) -> Ended:
        documents = self.invoices.documents(is_mapped=self.is_mapped)
        return Ended(
            documents=documents,
            standing=[
                (str(bill["bill_number"]), f"{bill['amount']['amount']} {bill['amount']['code']}")
                for bill in self.freshbooks.bills
            ],
            sources={self.pair.suppliers: {SUPPLIER_ID}, self.pair.invoices: set(documents)},
            effects=self._effects(),
            forgotten=self.books.forgotten,
            left_over=self._left_over(),
        )

    def _effects(self) -> list[Effect]:
        rows = self.world.fakes.ledger.rows.values()
        markers: dict[str, str | None] = {
            row.confirmed.target_id: row.record.marker for row in rows if row.confirmed is not None
        }
        markers |= {str(bill["id"]): marker_of(bill) for bill in self.freshbooks.all_bills}
        return [
            Effect(
                action=_ACTIONS[event.split(".")[1]], target_id=target_id, marker=markers.get(target_id), posting=None
            )
            for event, target_id in self.effects
        ]

    def _left_over(self) -> list[str]:
        """Only one vendor, no push unheard, and nothing ever written to JAGGAER."""
        vendors = self.freshbooks.vendors
        left = [f"pushed and left: {body}" for body in self.doors.pushes.bodies]
        left += [f"there are {len(vendors)} vendors"] if len(vendors) != 1 else []
        return left + [f"wrote to JAGGAER: {write}" for write in self.jaggaer.writes]

    def _prepare(self) -> None:
        for each in self.lines.values():
            each.clock, each.late_by = self.world.fakes.clock, timedelta(seconds=self.chance.randrange(90))
        self.lines["freshbooks"].watched = self._watched
        self.freshbooks.turn(
            search_lag_seconds=self.chance.randrange(50),
            event_copies=self.chance.choice((1, 2)),
            event_delay_seconds=self.chance.choice((0, 60, 900)),
            newest_event_first=self.chance.random() < 0.5,
        )
        self._allow(self.chance.choice((6000, 600, 60)))

    def _allow(self, requests_per_minute: int) -> None:
        connections = self.world.fakes.connections
        target = connections.get(self.pair.invoices.target_connection)
        connections.save(replace(target, settings={**target.settings, "requests_per_minute": requests_per_minute}))

    def _line(self, name: str, simulator: Simulator) -> httpx.MockTransport:
        faulty: Any = simulator
        self.lines[name] = VendorLine(name=name, simulator=faulty)
        return self.lines[name].transport()

    def _watched(self, made: Callable[[], httpx.Response]) -> httpx.Response:
        """What happened in the books by a call of ours is an effect; what people do there is none."""
        happened = len(self.freshbooks.books.events)
        try:
            return made()
        finally:
            self.effects += self.freshbooks.books.events[happened:]

    def _map(self) -> None:
        self.pair.map(ReferenceKind.ACCOUNT, UNKNOWN_ACCOUNT, self.pair.category("Supplies"))
        self.is_mapped = True
