"""Verifying an export of the audit trail: how many entries a second, and how much memory, at a million entries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ml_connector.domain.audit import GENESIS, AuditEvent, Step, entry_hash, header
from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.records.record import canonical
from ml_connector.domain.seal import Head, LastSeal, Seal, SealKind, root_of, stored_seal
from ml_connector.pipeline.auditing.export import FORMAT, MANIFEST, TRAIL, entry_line
from ml_connector.pipeline.ports_audit import StoredEntry
from tests.benchmarks.report import Table, sizes

pytestmark = pytest.mark.benchmark

FLOW = FlowId(tenant="acme", flow="invoice_to_bill", source="jaggaer", target="books")
START = datetime(2026, 1, 1, tzinfo=UTC)
LIBRARY = str(Path(__file__).parents[2] / "layers" / "shared")
ENTRIES_A_RECORD = 5
SEALS = 365 * 8
SEALED_EVERY = timedelta(hours=3)
_DETAIL = 220
"""Bytes of a sealed detail of ordinary length."""

_VERIFY = """
import contextlib, io, json, pathlib, sys, time
from ml_connector.cli.main import main
began, out = time.perf_counter(), io.StringIO()
with contextlib.redirect_stdout(out):
    code = main(["audit", "verify", sys.argv[1], "--key", sys.argv[2], "--json"])
found = json.loads(out.getvalue())
status = pathlib.Path("/proc/self/status")  # getrusage would count what the parent had before this process was one
lines = status.read_text().splitlines() if status.exists() else []
peak = max([int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")], default=-1)
seconds = time.perf_counter() - began
told = {"code": code, "entries": found["entries"], "faults": found["found"], "mb": peak, "seconds": seconds}
print(json.dumps(told))
"""


def chain(number: int) -> Iterator[StoredEntry]:
    """One record's entries, an hour apart; the records begin one after the other over a year."""
    record = RecordId(flow=FLOW, external_id=f"{number:09d}")
    began, previous = START + timedelta(minutes=number % 500_000), GENESIS
    for sequence in range(1, ENTRIES_A_RECORD + 1):
        event = AuditEvent(
            step=Step.RECEIVED, at=began + timedelta(hours=sequence), actor="ml-connector", text="bill 1 received"
        )
        clear = canonical(header(record, sequence, event, State.POSTED))
        sealed = sha256(clear).digest() * (_DETAIL // 32)
        entry = StoredEntry(
            record=str(record),
            sequence=sequence,
            clear=clear.decode(),
            sealed=sealed,
            previous=previous,
            hash=entry_hash(previous, clear, sealed),
        )
        previous = entry.hash
        yield entry


def write_export(folder: Path, records: int) -> None:
    """Each record is in the seals of the hours in which it was touched, with its last entry of those."""
    heads: list[list[Head]] = [[] for _ in range(SEALS)]
    with (folder / TRAIL).open("wb") as trail:
        for number in range(records):
            entries = list(chain(number))
            last = entries[-1]
            row = {"state": "posted", "sequence": last.sequence, "head": last.hash}
            trail.write(canonical({"record": last.record, "row": row}) + b"\n")
            trail.writelines(entry_line(entry) for entry in entries)
            for seal, entry in {seal_of(entry): entry for entry in entries}.items():
                heads[seal].append(Head(record=entry.record, sequence=entry.sequence, hash=entry.hash))
    write_seals(folder, heads)


def seal_of(entry: StoredEntry) -> int:
    at = datetime.fromisoformat(json.loads(entry.clear)["at"])
    return (at - START) // SEALED_EVERY


def write_seals(folder: Path, heads: list[list[Head]]) -> None:
    key, last = ec.generate_private_key(ec.SECP256R1()), LastSeal(number=0, hash=GENESIS, until=START)
    (folder / "seals").mkdir()
    for some in heads:
        seal = Seal(
            tenant=FLOW.tenant,
            number=last.number + 1,
            kind=SealKind.CHECKPOINT,
            since=last.until,
            until=last.until + SEALED_EVERY,
            made_at=last.until + SEALED_EVERY,
            previous=last.hash,
            heads=len(some),
            root=root_of(some),
        )
        signature = key.sign(seal.signed_bytes, ec.ECDSA(hashes.SHA256()))
        (folder / f"seals/{seal.number:010d}.jsonl").write_bytes(stored_seal(seal, some, signature))
        last = LastSeal(number=seal.number, hash=seal.hash, until=seal.until)
    manifest = {
        "format": FORMAT,
        "tenant": FLOW.tenant,
        "exported_at": last.until.isoformat(),
        "last_seal": encode(last),
    }
    (folder / MANIFEST).write_bytes(canonical(manifest))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "seal.pem").write_bytes(pem)


@pytest.mark.parametrize("entries", sizes("10000,1000000"))
def test_an_export_is_verified(entries: int, tmp_path: Path) -> None:
    write_export(tmp_path, entries // ENTRIES_A_RECORD)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*.jsonl")) / 1e6

    command = [sys.executable, "-c", _VERIFY, str(tmp_path), str(tmp_path / "seal.pem")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": LIBRARY}
    )
    found = json.loads(done.stdout)

    table = Table(
        name="audit",
        title="An export of the audit trail verified, in a process of its own",
        columns=("entries", "seals", "export MB", "seconds", "entries/second", "peak MB"),
    )
    table.add(found["entries"], SEALS, size, found["seconds"], found["entries"] / found["seconds"], found["mb"])
    table.show()
    assert (found["code"], found["faults"], found["entries"]) == (0, 0, entries)
