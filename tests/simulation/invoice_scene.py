"""The pair between two systems in memory that obey a script: cheap enough for a million postings."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.connection import ConnectionState, MappingEntry
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.errors import ConnectorError, RateLimitedError, TransientError
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import load
from ml_connector.pipeline.planning.planner import target_payload_key
from ml_connector.pipeline.ports import Ports
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.fakes.hooks import Hooks
from tests.fakes.system import Act, FakeSystem
from tests.simulation.jobs import OFTEN
from tests.simulation.odds import Odds
from tests.simulation.person import looks_after
from tests.simulation.scene import Document, Effect, Ended
from tests.world import Services

UNKNOWN_ACCOUNT = "7000"
_WRONG = (
    Act.LOSE_ANSWER,
    Act.LOSE_ANSWER,
    Act.LATE,
    Act.LATE,
    Act.UNKNOWN,
    Act.NOT_SENT,
    Act.TRANSIENT,
    Act.RATE_LIMITED,
    Act.CONFLICT,
    Act.REJECT,
)


class InvoiceScene:
    """`documents` invoices of one vendor, and more to come; one's account is known only once a person has mapped it."""

    name = "systems in memory"
    often = OFTEN

    def __init__(self, chance: random.Random, *, seed: int, faults: Sequence[Act], documents: int) -> None:
        self.chance = chance
        self.stage = an_invoice_world(vendor=False, seed=seed)
        self.world, self.target, self.source = self.stage.world, self.stage.target, self.stage.source
        self.flows = (self.stage.vendors, self.stage.invoices)
        self.names = [str(place) for place in range(1, documents + 1)]
        self.burst = max(1, documents // 2)
        self.odd_one = self.names[-1]
        self.totals = dict.fromkeys(self.names, "100.00")
        self.cancelled: set[str] = set()
        self.forgotten: set[str] = set()
        self.is_mapped = False
        self.target.late_by = timedelta(seconds=chance.randrange(90))
        self.target.search_lag = timedelta(seconds=chance.randrange(50))
        self.target.will(*faults)
        self.stage.source_has(a_vendor(), *(self._bill(name) for name in self.names))

    def announce(self, hooks: Hooks) -> None:
        self.source.hooks = self.target.hooks = hooks

    def services(self, ports: Ports, hooks: Hooks) -> Services:
        return Services(ports, self.world.catalog, self.stage.systems, self.chance)

    def is_outside(self, call: str) -> bool:
        return call.startswith("system.")

    def is_write(self, call: str) -> bool:
        return call == "system.send"

    def trouble(self, call: str, odds: Odds) -> str | None:
        if call == "system.send" and self.chance.random() < odds.moved:
            self._touch()
            return "revision moved"
        if self.chance.random() >= (odds.vendor if call == "system.send" else odds.vendor / 4):
            return None
        if call == "system.send":
            act = Act.LIE if odds.refusals_lie and self.chance.random() < 0.5 else self.chance.choice(_WRONG)
            self.target.script.appendleft(act)
            return f"send: {act.value}"
        error = self.chance.choice((TransientError("busy"), RateLimitedError("slow", retry_after=timedelta(seconds=9))))
        self._fail_read(error)
        return f"read: {type(error).__name__}"

    def edit(self) -> str | None:
        """Some documents come, or change, or are cancelled and stay so. Somebody maps the account that nobody knew."""
        if not self.is_mapped and self.chance.random() < 0.1:
            self._map()
            return f"account {UNKNOWN_ACCOUNT} mapped"
        some = self.chance.randrange(1, self.burst + 1)
        if self.chance.random() < 0.3:
            names = [str(len(self.names) + place) for place in range(1, some + 1)]
            self.names += names
        else:
            names = [name for name in self.chance.choices(self.names, k=some) if name not in self.cancelled]
        for name in dict.fromkeys(names):
            self.totals[name] = f"{self.chance.randrange(1, 900)}.00"
            if self.chance.random() < 0.1:
                self.cancelled.add(name)
            self.stage.source_has(self._bill(name))
        self.stage.notice(*names)
        return ", ".join(
            f"INV-{name} is {'cancelled' if name in self.cancelled else self.totals[name]}" for name in names
        )

    def revoke(self) -> str | None:
        self.target.script.appendleft(Act.AUTH)
        return "grant dead"

    def mend(self) -> None:
        connections = self.world.fakes.connections
        for connection in connections.list("acme"):
            if not connection.is_running:
                connections.save(replace(connection, state=ConnectionState.ACTIVE))
        if self.is_mapped:  # tables that were restored may not know it
            self._map()

    def push(self, services: Services) -> str | None:
        """What a webhook says of one record; perhaps of one that nobody changed."""
        self.stage.notice(self.chance.choice(self.names))
        return None

    def calm(self) -> None:
        self.target.script.clear()
        for system in (self.source, self.target):
            system.read_errors.clear()

    def given_up(self) -> frozenset[str]:
        return looks_after(self.world, self.stage.invoices, self)

    def marked(self, marker: str) -> list[str]:
        return [bill.external_id for bill in self.stage.standing if bill.marker == marker]

    def delete(self, target_id: str) -> None:
        bill = self.target.shelf.records[(RecordKind.BILL, target_id)]
        assert isinstance(bill, Bill)
        self.stage.target_has(replace(bill, status=BillStatus.DELETED))

    def correct(self, row: CrossReference) -> None:
        assert row.confirmed is not None
        meant = load(self.world.fakes.payloads.get(target_payload_key(row, row.confirmed.digest)))
        assert isinstance(meant, Bill)
        self.stage.target_has(replace(meant, external_id=row.confirmed.target_id, marker=row.record.marker))

    def is_cancelled(self, external_id: str) -> bool:
        return external_id in self.cancelled

    def ended(self) -> Ended:
        standing = [(str(bill.number), str(bill.total)) for bill in self.stage.standing]
        vendors = self.target.shelf.of(RecordKind.VENDOR)
        landed = self.target.shelf.landed
        return Ended(
            documents={name: self._document(name) for name in self.names},
            standing=standing,
            sources={self.stage.vendors: {"s1"}, self.stage.invoices: set(self.names)},
            effects=[
                Effect(
                    action=one.write.action,
                    target_id=one.target_id,
                    marker=one.write.marker,
                    posting=one.write.posting_id,
                )
                for one in landed
            ],
            forgotten=self.forgotten,
            left_over=[] if len(vendors) == 1 else [f"there are {len(vendors)} vendors"],
        )

    def _document(self, name: str) -> Document:
        waits = name == self.odd_one and not self.is_mapped
        return Document(
            number=f"INV-{name}",
            total=f"{self.totals[name]} USD",
            cancelled=name in self.cancelled,
            may_wait=waits,
        )

    def _map(self) -> None:
        entry = MappingEntry(
            connection=self.stage.freshbooks, kind=ReferenceKind.ACCOUNT, code=UNKNOWN_ACCOUNT, target_id="6000"
        )
        self.world.fakes.mappings.put([entry])
        self.is_mapped = True

    def _touch(self) -> None:
        """Somebody opens and saves every bill: the same content at another Revision."""
        for bill in self.target.shelf.of(RecordKind.BILL):
            self.target.shelf.put(bill, at=bill.modified_at)

    def _fail_read(self, error: ConnectorError) -> None:
        system: FakeSystem = self.chance.choice((self.source, self.target))
        system.read_errors.append(error)

    def _bill(self, name: str) -> Bill:
        status = BillStatus.CANCELLED if name in self.cancelled else BillStatus.APPROVED
        account = UNKNOWN_ACCOUNT if name == self.odd_one else "6000"
        return a_bill(name, total=self.totals[name], status=status, account=account)
