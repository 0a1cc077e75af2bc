"""A world in which one source's vendors and invoices move to one ledger, both of them fakes that obey a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from ml_connector.domain.audit import AuditEntry, Step
from ml_connector.domain.connection import Connection
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.posting import Limits
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pairs.freshbooks_jaggaer import FLOWS
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.ingest.poll_pass import PollReport
from ml_connector.pipeline.ports import Change
from ml_connector.pipeline.posting.poster import CRASHED
from ml_connector.pipeline.system import Connector, Grant, Reach
from tests.fakes.ledger import FakeLedger
from tests.fakes.system import FakeSystem
from tests.fakes.world import FakeWorld
from tests.world import World

INVOICES = "jaggaer_invoice_to_freshbooks_bill"
VENDORS = "jaggaer_supplier_to_freshbooks_vendor"


@dataclass
class FakeSystems:
    """The source is called `jaggaer`, the target `freshbooks`; a crash may fall on each of their calls."""

    by_name: Mapping[str, Any]
    errors: list[Exception] = field(default_factory=list)

    def open(self, connection: Connection) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        return self.by_name[connection.system]


class InvoiceWorld:
    """One tenant, both flows, and short words for what a test does and sees."""

    def __init__(self, world: World, source: FakeSystem, target: Any, systems: FakeSystems, settings: Any) -> None:
        self.world, self.source, self.target, self.systems = world, source, target, systems
        self.fakes = world.fakes
        jaggaer, freshbooks = world.connect("jaggaer", "jaggaer"), world.connect("freshbooks", "freshbooks")
        self.jaggaer, self.freshbooks = jaggaer, freshbooks
        self.vendors: FlowId = world.flow(VENDORS, jaggaer, freshbooks)
        self.invoices: FlowId = world.flow(INVOICES, jaggaer, freshbooks, **settings)

    @classmethod
    def made(cls, *, seed: int, settings: Mapping[str, Any], target: Any = None) -> InvoiceWorld:
        fakes = FakeWorld()
        fakes.budgets.unlimited = True
        source = FakeSystem(clock=fakes.clock, prefix="J")
        target = target(fakes.clock) if target else FakeSystem(clock=fakes.clock, prefix="F")
        systems = FakeSystems({"jaggaer": source, "freshbooks": target})

        def opened(_: Any) -> FakeSystems:
            for system in systems.by_name.values():
                if isinstance(system, FakeSystem):
                    system.hooks = fakes.hooks
            return systems

        catalog = Catalog(
            flows={flow.name: flow for flow in FLOWS},
            connectors={name: a_connector(name) for name in systems.by_name},
        )
        world = World(catalog=catalog, open_systems=opened, fakes=fakes, seed=seed)
        return cls(world, source, target, systems, settings)

    # what people do

    def know_vendor(self, number: str, name: str) -> str:
        """The ledger has this vendor, under the number."""
        known = self.target.references.setdefault(ReferenceKind.VENDOR, [])
        known.append(ReferenceItem(id=f"V{number}", name=name, external_id=number))
        return f"V{number}"

    def know_name(self, name: str) -> None:
        """The ledger has a vendor of this name, under no number."""
        known = self.target.references.setdefault(ReferenceKind.VENDOR, [])
        known.append(ReferenceItem(id=f"V{len(known) + 1}", name=name))

    def source_lists_vendors(self, *numbered: tuple[str, str]) -> None:
        """The source's own vendor list, by number and name."""
        listed = [ReferenceItem(id=number, name=name, external_id=number) for number, name in numbered]
        self.source.references[ReferenceKind.VENDOR] = listed

    def source_has(self, *records: Record) -> None:
        """Each stamped a moment after the one before it."""
        for record in records:
            self.fakes.clock.advance(timedelta(seconds=1))
            self.source.shelf.put(record)

    def target_has(self, record: Record) -> None:
        self.target.shelf.put(record)

    def person_replays(self, external_id: str, *, flow: FlowId | None = None) -> None:
        """What a person does to a row that waits for one."""
        self.notice(external_id, cause=NoticeCause.REPLAYED, actor="ann", flow=flow)
        self.run()

    def person_asks_again(self, external_id: str) -> None:
        """The same, planned and not yet posted."""
        self.notice(external_id, cause=NoticeCause.REPLAYED, actor="ann")
        self.ingest_beside()
        self.fakes.postings.messages.clear()

    def notice(
        self, *external_ids: str, cause: NoticeCause = NoticeCause.PUSHED, flow: FlowId | None = None, **changes: Any
    ) -> None:
        """The notice of a webhook or of a person's command, on its queue."""
        records = tuple(NoticedRecord(external_id=external_id) for external_id in external_ids)
        notice = Notice(flow=flow or self.invoices, cause=cause, records=records, run_id="run", **changes)
        self.fakes.notices.send([notice])

    def bury(self, external_id: str) -> None:
        """The row as it stands after its worker crashed too often: dead, with whatever was unsettled."""
        row = self.row(external_id)
        dead = replace(row, state=State.DEAD, in_flight=None, reasons=(Reason(code=CRASHED, text="it crashed"),))
        self.fakes.ledger.commit(Change(before=row, after=dead, events=()))

    def lose_tables(self) -> None:
        """A restore to the very beginning: no rows, no guards, no watermark, and the epoch found behind."""
        self.restore(FakeLedger())
        self.fakes.polls.progress.clear()
        self.fakes.epochs.lose_tables()

    def restore(self, ledger: FakeLedger) -> None:
        self.fakes.ledger = ledger
        self.world.restart()

    # running

    def poll(self, flow: FlowId | None = None, **how: Any) -> PollReport:
        """One pass, and all that follows from it by itself."""
        report = self.world.poll(flow or self.invoices, **how)
        self.run()
        return report

    def run(self) -> None:
        self.world.run_until_quiet()

    def settle(self) -> None:
        self.world.run_until_settled()

    def ingest_beside(self) -> None:
        """Another worker handles the notices that are there."""
        other = self.world.another_process()
        for message in self.fakes.notices.receive():
            other.ingestor.handle(message.body, self.world.deadline())
            self.fakes.notices.ack(message)

    def post_beside(self, *external_ids: str) -> None:
        """Another worker is hinted at these invoices."""
        records = [self.record(external_id) for external_id in external_ids or ("1",)]
        self.world.another_process().poster.handle(records, self.world.deadline())

    def later(self, **time: float) -> None:
        self.fakes.clock.advance(timedelta(**time))

    # looking

    def row(self, external_id: str = "1", flow: FlowId | None = None) -> CrossReference:
        return self.world.row(flow or self.invoices, external_id)

    def state(self, external_id: str = "1") -> State:
        return self.row(external_id).state

    def reasons(self, external_id: str = "1") -> list[str]:
        return [reason.code for reason in self.row(external_id).reasons]

    def trail(self, external_id: str = "1") -> list[AuditEntry]:
        return self.fakes.ledger.trail(self.row(external_id).record)

    def steps(self, external_id: str = "1") -> list[Step]:
        return [entry.event.step for entry in self.trail(external_id)]

    def record(self, external_id: str = "1") -> RecordId:
        return RecordId(flow=self.invoices, external_id=external_id)

    @property
    def bills(self) -> list[tuple[str | None, Money | None]]:
        """Number and total of each bill that stands in the target."""
        return [(bill.number, bill.total) for bill in self.standing]

    @property
    def numbers(self) -> list[str]:
        return [bill.number or "" for bill in self.standing]

    @property
    def standing(self) -> list[Bill]:
        return [bill for bill in self.target.shelf.of(RecordKind.BILL) if bill.status is not BillStatus.DELETED]

    @property
    def actions(self) -> list[str]:
        """Every write that left us, in order."""
        return [write.action.value for write in self.target.sent]


def a_connector(name: str) -> Connector:
    unused: Any = None
    return Connector(
        system=name,
        title=name.title(),
        reach=Reach.CALLED,
        grant=Grant.BASIC,
        reads=frozenset(RecordKind),
        writes=frozenset(RecordKind),
        references=frozenset(ReferenceKind),
        secret_fields=(),
        check_settings=unused,
        oauth=None,
        open=unused,
        account_of=unused,
        limits=lambda _: Limits(),
    )
