"""A tenant's journal sealed, exported and verified over its stores, fake and real alike: each tampering is located."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import pytest

from ml_connector.aws import keys
from ml_connector.aws.batches import query_all
from ml_connector.domain.audit import Step, entry_hash
from ml_connector.domain.connection import Connection
from ml_connector.domain.journal import journal_id
from ml_connector.domain.seal import Head
from ml_connector.pipeline.auditing.export import MANIFEST, TRAIL, Exporter
from ml_connector.pipeline.auditing.faults import Kind
from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.auditing.verify import verify
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_audit import AuditPorts
from ml_connector.transport.signatures import ecdsa_check
from tests.contract.ports.builders import ACME, GLOBEX, a_first, a_row
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import audit_ports, real_ports
from tests.fakes import audit as fakes
from tests.fakes.clock import START, FakeClock, FakeDeadline
from tests.fakes.upkeep import FakeJournal, FakeLog
from tests.fakes.world import FakeWorld

TENANT = ACME.tenant
JOURNAL = journal_id(TENANT)
SEALED = 5

type Kept = dict[int, Any]
"""What stands at which place, as the store has it."""


class Table(Protocol):
    def read(self) -> Kept: ...

    def write(self, kept: Kept) -> None: ...

    def edited(self, entry: Any) -> Any:
        """The same, said of another person."""
        ...


@dataclass(kw_only=True)
class FakeTable:
    journal: FakeJournal

    def read(self) -> Kept:
        return dict(self.journal.kept[TENANT])

    def write(self, kept: Kept) -> None:
        self.journal.kept[TENANT] = kept

    def edited(self, entry: Any) -> Any:
        return replace(entry, actor="bob")


@dataclass(kw_only=True)
class AwsTable:
    aws: Emulated
    name: str

    def read(self) -> Kept:
        found = query_all(self.aws.dynamodb, self.name, keys.journal(TENANT))
        return {int(item["sk"]["S"]): item for item in found}

    def write(self, kept: Kept) -> None:
        for place in self.read():
            self.aws.dynamodb.delete_item(TableName=self.name, Key=keys.journal_entry(TENANT, place).item)
        for place, item in kept.items():
            moved = {**item, **keys.journal_entry(TENANT, place).item}
            self.aws.dynamodb.put_item(TableName=self.name, Item=moved)

    def edited(self, entry: Any) -> Any:
        return {**entry, "clear": {"S": entry["clear"]["S"].replace('"ann"', '"bob"')}}


@dataclass(kw_only=True)
class Scene:
    """A tenant with one record and a journal of five entries, sealed twice."""

    ports: Ports
    audit: AuditPorts
    clock: FakeClock
    table: Table
    is_signed: Callable[[bytes, bytes], bool]

    def __post_init__(self) -> None:
        self.ports.connections.save(
            Connection(id=ACME.source_connection, system="jaggaer", account="j", created_at=START)
        )
        self.ports.ledger.commit(a_first(a_row()))
        for number in range(SEALED):
            self.note(f"change {number}")
            if number == 2:
                self.seal()
        self.seal()

    def note(self, text: str) -> None:
        self.ports.journal.append(ACME, Step.RESCHEDULED, text, actor="ann", at=self.clock.now())

    def seal(self) -> None:
        self.clock.advance(timedelta(hours=2))
        Sealer(self.audit, self.ports.connections, self.clock, FakeLog()).seal(TENANT, FakeDeadline(self.clock))

    def tamper(self, change: Callable[[Kept], Kept]) -> None:
        self.table.write(change(self.table.read()))

    def faults(self) -> set[tuple[Kind, str, int | None]]:
        files: dict[str, list[bytes]] = {}

        def put(name: str, lines: Iterable[bytes]) -> None:
            files[name] = b"".join(lines).splitlines(keepends=True)

        Exporter(self.ports, self.audit).export(TENANT, put)
        seals = [(name, int(name[6:16]), lines) for name, lines in files.items() if name.startswith("seals/")]
        found = verify(json.loads(files[MANIFEST][0]), seals, files[TRAIL], self.is_signed)
        return {(fault.kind, fault.where, fault.sequence) for fault in found.faults}


@pytest.fixture(params=["fake", "aws"])
def scene(request: pytest.FixtureRequest) -> Scene:
    clock = FakeClock()
    if request.param == "fake":
        world = FakeWorld(clock=clock)
        audit = fakes.FakeAudit(world.ledger, world.journal).ports
        table = FakeTable(journal=world.journal)
        return Scene(ports=world.ports, audit=audit, clock=clock, table=table, is_signed=fakes.is_signed)
    aws: Emulated = request.getfixturevalue("aws")
    resources = aws.resources()
    real = audit_ports(aws, resources)
    return Scene(
        ports=real_ports(aws, resources, clock, lambda line: None, None),
        audit=real,
        clock=clock,
        table=AwsTable(aws=aws, name=resources.audit_trail_table),
        is_signed=ecdsa_check(real.signer.public_key()),
    )


def test_the_journal_is_read_as_it_is_stored_and_proves_itself(scene: Scene) -> None:
    scene.ports.journal.append(GLOBEX.source_connection, Step.PAUSED, "theirs", actor="bob", at=START)

    entries = list(scene.audit.trails.journal(TENANT))

    assert [(one.record, one.sequence) for one in entries] == [(JOURNAL, place) for place in range(1, SEALED + 1)]
    assert [one.hash for one in entries] == [
        entry_hash(one.previous, one.clear.encode(), one.sealed) for one in entries
    ]
    assert "theirs" not in str(entries)


def test_the_journals_head_is_its_last_entry(scene: Scene) -> None:
    last = scene.ports.journal.entries(TENANT)[-1]

    assert scene.audit.trails.journal_head(TENANT) == Head(record=JOURNAL, sequence=SEALED, hash=last.hash)
    assert scene.audit.trails.journal_head("globex") is None


def test_a_journal_that_nobody_touched_is_whole(scene: Scene) -> None:
    scene.note("since the last seal")

    assert scene.faults() == set()


def test_a_changed_entry_is_located(scene: Scene) -> None:
    scene.tamper(lambda kept: kept | {2: scene.table.edited(kept[2])})

    assert scene.faults() == {(Kind.ENTRY_CHANGED, JOURNAL, 2)}


def test_a_removed_entry_is_located(scene: Scene) -> None:
    scene.tamper(lambda kept: {place: entry for place, entry in kept.items() if place != 2})

    assert (Kind.ENTRY_MISSING, JOURNAL, 2) in scene.faults()


def test_entries_in_another_order_are_located(scene: Scene) -> None:
    scene.tamper(lambda kept: kept | {2: kept[4], 4: kept[2]})

    assert {(Kind.ENTRY_OUT_OF_PLACE, JOURNAL, 2), (Kind.ENTRY_OUT_OF_PLACE, JOURNAL, 4)} <= scene.faults()


def test_an_inserted_entry_is_located(scene: Scene) -> None:
    """All that follows is moved one place on."""
    scene.tamper(lambda kept: {place + (place > 2): entry for place, entry in kept.items()} | {3: kept[2]})

    assert (Kind.ENTRY_OUT_OF_PLACE, JOURNAL, 3) in scene.faults()


def test_a_tail_that_is_cut_off_is_located(scene: Scene) -> None:
    scene.tamper(lambda kept: {place: entry for place, entry in kept.items() if place <= 3})

    assert scene.faults() == {(Kind.TAIL_CUT, JOURNAL, 4)}


def test_a_journal_that_was_deleted_is_found(scene: Scene) -> None:
    scene.tamper(lambda kept: {})

    assert scene.faults() == {(Kind.RECORD_MISSING, JOURNAL, SEALED)}


def test_a_journal_that_was_begun_anew_with_hashes_that_fit_is_found(scene: Scene) -> None:
    scene.tamper(lambda kept: {})
    for number in range(SEALED + 1):
        scene.note(f"another story {number}")
    scene.seal()

    assert {(kind, where) for kind, where, _ in scene.faults()} == {(Kind.ENTRY_NOT_AS_SEALED, JOURNAL)}
