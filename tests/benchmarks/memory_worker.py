"""A process of its own that carries so many invoices, and says on one line how much memory that took at most, in MB."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx

from tests.benchmarks.documents import documents
from tests.benchmarks.lean_stores import LeanWorld
from tests.benchmarks.lean_vendors import LeanVendors
from tests.benchmarks.scene import Scene


def main() -> None:
    invoices = int(sys.argv[1])
    vendors, world = LeanVendors(documents(), invoices=invoices), LeanWorld()
    scene = Scene.lean(world.ports(), httpx.Client(transport=vendors), world.notices, world.postings)
    scene.authorise()
    scene.set_up()
    peaks = {"ready": _peak_mb()}
    for leg in (scene.poll, scene.ingest, scene.post):
        leg()
        peaks[leg.__name__] = _peak_mb()
    assert len(world.fakes.ledger.rows) == invoices
    print(json.dumps(peaks))


def _peak_mb() -> float:
    """Of this program alone: what getrusage answers includes the process that started it."""
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main()
