"""The audit trail as sealing and exporting read it, and where seals go: fake and real alike. Then AWS's own part."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.journal import DynamoJournal
from ml_connector.aws.ledger import DynamoLedger
from ml_connector.aws.resources import Resources
from ml_connector.aws.seals import KmsSigner, S3Seals
from ml_connector.domain.audit import entry_hash
from ml_connector.domain.connection import Connection
from ml_connector.domain.identity import BadNameError
from ml_connector.domain.seal import Head, LastSeal
from ml_connector.pipeline.auditing.export import MANIFEST, TRAIL, Exporter
from ml_connector.pipeline.auditing.faults import Kind
from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.auditing.verify import verify
from ml_connector.pipeline.ports import Journal, Ledger
from ml_connector.pipeline.ports_audit import AuditPorts, Trails
from ml_connector.transport.signatures import ecdsa_check
from tests.contract.ports.builders import ACME, GLOBEX, a_first, a_next, a_record, a_row, an_event
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import a_vault, audit_ports, real_ports
from tests.fakes.audit import FakeAudit
from tests.fakes.clock import START, FakeClock, FakeDeadline
from tests.fakes.ledger import FakeLedger
from tests.fakes.upkeep import FakeJournal, FakeLog

DAY = START.date()


@dataclass(kw_only=True)
class Kept:
    ledger: Ledger
    journal: Journal
    ports: AuditPorts

    @property
    def trails(self) -> Trails:
        return self.ports.trails


@pytest.fixture(params=["fake", "aws"])
def kept(request: pytest.FixtureRequest) -> Kept:
    if request.param == "fake":
        ledger, journal = FakeLedger(), FakeJournal()
        return Kept(ledger=ledger, journal=journal, ports=FakeAudit(ledger, journal).ports)
    aws: Emulated = request.getfixturevalue("aws")
    resources = aws.resources()
    return Kept(
        ledger=DynamoLedger(aws.dynamodb, resources, a_vault(aws, resources, FakeClock())),
        journal=DynamoJournal(aws.dynamodb, resources),
        ports=audit_ports(aws, resources),
    )


def test_a_day_names_each_record_it_touched_with_its_last_entry(kept: Kept) -> None:
    first = kept.ledger.commit(a_first(a_row()))
    last = kept.ledger.commit(a_next(first, events=(an_event("two"), an_event("three"))))
    other = kept.ledger.commit(a_first(a_row(a_record("2"))))

    found = {one.head for one in kept.trails.touched("acme", DAY)}

    assert found == {
        Head(record=str(last.record), sequence=3, hash=last.audit_head),
        Head(record=str(other.record), sequence=1, hash=other.audit_head),
    }
    assert {one.at for one in kept.trails.touched("acme", DAY)} == {START}


def test_a_day_has_nothing_of_another_tenant_or_day(kept: Kept) -> None:
    kept.ledger.commit(a_first(a_row(a_record(flow=GLOBEX))))
    kept.ledger.commit(a_first(a_row(), events=(an_event(at=START + timedelta(days=1)),)))

    assert list(kept.trails.touched("acme", DAY)) == []


def test_entries_are_read_as_they_are_stored_and_prove_themselves(kept: Kept) -> None:
    kept.ledger.commit(a_first(a_row(), events=(an_event("one", vendor="Secret Ltd"), an_event("two"))))

    entries = list(kept.trails.entries(str(a_record())))

    assert [entry.sequence for entry in entries] == [1, 2]
    assert [entry.hash for entry in entries] == [
        entry_hash(entry.previous, entry.clear.encode(), entry.sealed) for entry in entries
    ]
    assert json.loads(entries[0].clear)["state"] == "planned"
    assert entries[1].sealed == b""


def test_the_newest_seal_is_noted_and_never_goes_back(kept: Kept) -> None:
    one, two = (LastSeal(number=number, hash=f"h{number}", until=START) for number in (1, 2))

    before = kept.trails.last_seal("acme")
    noted = [kept.trails.note_seal("acme", seal) for seal in (two, one, two)]

    assert (before, noted) == (None, [True, False, False])
    assert kept.trails.last_seal("acme") == two
    assert kept.trails.last_seal("globex") is None


def test_a_seal_that_is_there_stays_as_it_is(kept: Kept) -> None:
    seals = kept.ports.seals

    put = [seals.put("acme", 12, b"first"), seals.put("acme", 12, b"second"), seals.put("acme", 3, b"third")]

    assert put == [True, False, True]
    assert seals.get("acme", 12) == b"first"
    assert seals.first_line("acme", 3) == b"third"
    assert list(seals.numbers("acme")) == [3, 12]


def test_seals_of_another_tenant_are_not_there(kept: Kept) -> None:
    kept.ports.seals.put("acme-two", 1, b"theirs")

    assert list(kept.ports.seals.numbers("acme")) == []
    with pytest.raises(KeyError):
        kept.ports.seals.get("acme", 1)
    with pytest.raises(KeyError):
        kept.ports.seals.first_line("acme", 1)


def test_the_first_line_of_a_seal_is_read_by_itself(kept: Kept) -> None:
    kept.ports.seals.put("acme", 1, b"the seal\n" + 2000 * b"what it lists\n")
    kept.ports.seals.put("acme", 2, b"")

    assert [kept.ports.seals.first_line("acme", number) for number in (1, 2)] == [b"the seal", b""]


# AWS's own part


def test_what_the_key_signs_its_public_key_verifies(aws: Emulated) -> None:
    signer = KmsSigner(aws.kms, aws.resources())
    is_signed = ecdsa_check(signer.public_key())

    signature = signer.sign(b"a seal")

    assert is_signed(b"a seal", signature)
    assert not is_signed(b"another", signature)
    assert not is_signed(b"a seal", signature[:-1] + bytes([signature[-1] ^ 1]))


def test_a_seal_is_locked_and_its_version_cannot_be_removed(aws: Emulated) -> None:
    resources = aws.resources()
    S3Seals(aws.s3, resources).put("acme", 1, b"sealed")
    (version,) = aws.s3.list_object_versions(Bucket=resources.seal_bucket)["Versions"]

    stored = aws.s3.head_object(Bucket=resources.seal_bucket, Key=version["Key"])

    assert stored["ObjectLockMode"] == "COMPLIANCE"
    with pytest.raises(ClientError, match="AccessDenied"):
        aws.s3.delete_object(Bucket=resources.seal_bucket, Key=version["Key"], VersionId=version["VersionId"])


def test_no_tenant_reaches_into_another_ones_seals_by_its_name(aws: Emulated) -> None:
    with pytest.raises(BadNameError):
        S3Seals(aws.s3, aws.resources()).put("acme/../globex", 1, b"")


@dataclass(kw_only=True)
class Stack:
    """Everything real over an emulated AWS: written, sealed, exported, verified."""

    aws: Emulated
    resources: Resources
    clock: FakeClock

    def __post_init__(self) -> None:
        self.ports = real_ports(self.aws, self.resources, self.clock, lambda line: None, None)
        self.audit = audit_ports(self.aws, self.resources)
        self.ports.connections.save(Connection(id=ACME.source_connection, system="j", account="j", created_at=START))
        self.first = self.ports.ledger.commit(a_first(a_row(), events=(an_event("one", vendor="X"), an_event("two"))))
        self.ports.ledger.commit(a_first(a_row(a_record("2"))))
        self.clock.advance(timedelta(hours=1))
        self.seal()

    def hours(self, number: int) -> None:
        """They pass, and what is due is sealed."""
        for _ in range(number // 2):
            self.clock.advance(timedelta(hours=2))
            self.seal()

    def seal(self) -> None:
        sealer = Sealer(self.audit, self.ports.connections, self.clock, FakeLog())
        sealer.seal("acme", FakeDeadline(self.clock))

    def faults(self) -> list[tuple[Kind, str]]:
        files: dict[str, list[bytes]] = {}

        def put(name: str, lines: Iterable[bytes]) -> None:
            files[name] = b"".join(lines).splitlines(keepends=True)

        Exporter(self.ports, self.audit).export("acme", put)
        seals = [(name, int(name[6:16]), lines) for name, lines in files.items() if name.startswith("seals/")]
        is_signed = ecdsa_check(self.audit.signer.public_key())
        found = verify(json.loads(files[MANIFEST][0]), seals, files[TRAIL], is_signed)
        return [(fault.kind, fault.where) for fault in found.faults]

    def delete(self, table: str, key: keys.TableKey) -> Any:
        return self.aws.dynamodb.delete_item(TableName=table, Key=key.item)


@pytest.fixture
def stack(aws: Emulated) -> Stack:
    return Stack(aws=aws, resources=aws.resources(), clock=FakeClock())


def test_what_the_real_stores_hold_verifies(stack: Stack) -> None:
    stack.hours(20)

    assert stack.faults() == []


def test_an_entry_removed_from_the_table_is_found(stack: Stack) -> None:
    stack.delete(stack.resources.audit_trail_table, keys.entry(a_record(), 1))

    assert stack.faults() == [(Kind.ENTRY_MISSING, str(a_record()))]


def test_a_record_removed_from_every_table_is_found(stack: Stack) -> None:
    stack.delete(stack.resources.cross_reference_table, keys.row(a_record()))
    for sequence in (1, 2):
        stack.delete(stack.resources.audit_trail_table, keys.entry(a_record(), sequence))
    stack.delete(stack.resources.audit_trail_table, keys.touched(a_record(), START))

    assert stack.faults() == [(Kind.RECORD_MISSING, str(a_record()))]


def test_a_record_that_only_the_seals_still_name_is_exported(stack: Stack) -> None:
    stack.delete(stack.resources.audit_trail_table, keys.touched(a_record(), START))

    assert stack.faults() == []


def test_a_seal_hidden_by_a_delete_marker_is_found(stack: Stack) -> None:
    stack.aws.s3.delete_object(Bucket=stack.resources.seal_bucket, Key="acme/0000000001.jsonl")

    assert Kind.SEAL_MISSING in {kind for kind, _ in stack.faults()}
