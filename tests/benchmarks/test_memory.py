"""The most memory that one worker process needs, its own in-process stores counted against it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.benchmarks.report import Table, middle, runs, sizes

BUDGET_MB = 256

pytestmark = pytest.mark.benchmark


def test_memory_of_a_worker() -> None:
    table = Table(
        name="memory",
        title="Peak resident memory of one process that polls, ingests and posts, MB",
        columns=("documents", "ready", "after poll", "after ingest", "after post", "KB a document", "runs"),
    )
    times = runs(3)
    for invoices in sizes("1000,10000"):
        found = [_peaks(invoices) for _ in range(times)]
        ready, poll, ingest, post = (
            middle([one[name] for one in found]) for name in ("ready", "poll", "ingest", "post")
        )
        table.add(invoices, ready, poll, ingest, post, (post - ready) * 1024 / invoices, times)
        assert post < BUDGET_MB
    table.note(f"budget: {BUDGET_MB} MB; every row, audit entry and payload of the run lies in this process too")
    table.note("on AWS they do not, and an invocation ends after 15 minutes at most")
    table.show()


def _peaks(invoices: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.memory_worker", str(invoices)]
    peaks: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, env=_env()).stdout)
    return peaks


def _env() -> dict[str, str]:
    return {"PYTHONPATH": ".:layers/shared", "PATH": "/usr/bin:/bin"}
