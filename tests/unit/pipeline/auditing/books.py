"""A tenant's books over some days: records with their entries, sealed on the way, and exported as a test may change."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.auditing.export import MANIFEST, TRAIL, Exporter
from ml_connector.pipeline.auditing.faults import Findings
from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.auditing.verify import verify
from ml_connector.pipeline.ports import Change
from tests.fakes.audit import FakeAudit, is_signed
from tests.fakes.clock import START, FakeDeadline
from tests.fakes.world import FakeWorld

FLOW = FlowId(tenant="acme", flow="invoice_to_bill", source="jaggaer", target="books")
TENANT = FLOW.tenant
STATES = (State.PLANNED, State.HELD, State.POSTED)

type Line = dict[str, Any]


@dataclass(kw_only=True)
class Export:
    """`seals` by number; `trail` and the seals are lines as they stand in the files."""

    manifest: dict[str, Any]
    seals: dict[int, list[bytes]]
    trail: list[bytes]

    def verify(self) -> Findings:
        files = [(f"seals/{number:010d}.jsonl", number, lines) for number, lines in sorted(self.seals.items())]
        return verify(self.manifest, files, self.trail, is_signed)

    def line(self, place: int) -> Line:
        line: Line = json.loads(self.trail[place])
        return line

    def put(self, place: int, **changes: Any) -> None:
        self.trail[place] = json.dumps({**self.line(place), **changes}).encode()

    @property
    def entries(self) -> list[int]:
        """Where the entries stand in the trail."""
        return [place for place in range(len(self.trail)) if "clear" in self.line(place)]

    @property
    def rows(self) -> list[int]:
        return [place for place in range(len(self.trail)) if "row" in self.line(place)]

    @property
    def heads(self) -> list[int]:
        """Where a record begins, or the journal, which has no row."""
        return [place for place in range(len(self.trail)) if "record" in self.line(place)]

    def record_of(self, place: int) -> str:
        record: str = self.line(max(head for head in self.heads if head <= place))["record"]
        return record

    def block(self, record: str) -> list[int]:
        return [place for place in range(len(self.trail)) if self.record_of(place) == record]


@dataclass(kw_only=True)
class Books:
    world: FakeWorld = field(default_factory=FakeWorld)

    def __post_init__(self) -> None:
        self.audit = FakeAudit(self.world.ledger, self.world.journal)
        for side in (FLOW.source_connection, FLOW.target_connection):
            self.world.connections.save(Connection(id=side, system="fake", account=side.name, created_at=START))
        self.world.connections.save_flow(FlowSettings(id=FLOW))

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def sealer(self) -> Sealer:
        """A new process's, with nothing in its memory."""
        return Sealer(self.audit.ports, self.world.connections, self.world.clock, self.world.log)

    def seal(self) -> int:
        return self.sealer().seal(TENANT, FakeDeadline(self.world.clock))

    def later(self, **how: float) -> None:
        self.world.clock.advance(timedelta(**how))

    def hours(self, number: int) -> None:
        """They pass, and each is sealed."""
        for _ in range(number):
            self.later(hours=1)
            self.seal()

    def write(self, name: str, *texts: str, state: State = State.PLANNED, flow: FlowId = FLOW) -> CrossReference:
        """One step of a record, with an entry for each text."""
        record = RecordId(flow=flow, external_id=name)
        before = self.world.ledger.get(record)
        events = tuple(
            AuditEvent(step=Step.RECEIVED, at=self.now, actor="anna", text=text, detail={"of": text}) for text in texts
        )
        fresh = CrossReference(
            record=record, kind=RecordKind.BILL, source_kind=RecordKind.BILL, state=state, month="2026-03"
        )
        after = replace(before, state=state) if before else fresh
        return self.world.ledger.commit(Change(before=before, after=after, events=events))

    def note(self, text: str, *, tenant: str = TENANT) -> None:
        """What a person did to the flow, in the tenant's journal."""
        self.world.journal.append(replace(FLOW, tenant=tenant), Step.RESCHEDULED, text, actor="anna", at=self.now)

    def export(self) -> Export:
        files: dict[str, list[bytes]] = {}

        def put(name: str, lines: Iterable[bytes]) -> None:
            files[name] = b"".join(lines).splitlines(keepends=True)

        Exporter(self.world.ports, self.audit.ports).export(TENANT, put)
        return Export(
            manifest=json.loads(files[MANIFEST][0]),
            seals={int(name[6:16]): lines for name, lines in files.items() if name.startswith("seals/")},
            trail=files[TRAIL],
        )


def three_days() -> Books:
    """Five records and a journal, three to nine entries each; checkpoints and two days; the last hour is not sealed."""
    books = Books()
    for hour in range(60):
        name = str(hour % 5)
        if hour % 3 == 0:
            books.write(name, f"entry of hour {hour}", state=STATES[hour % len(STATES)])
        if hour % 7 == 0:
            books.note(f"change of hour {hour}")
        books.later(hours=1)
        books.seal()
    books.write("0", "one", "and another", state=State.POSTED)
    books.write("1", "not sealed yet", state=State.HELD)
    return books
