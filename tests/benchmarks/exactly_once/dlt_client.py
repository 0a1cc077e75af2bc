"""dlt, where it is installed: the source as a resource, the target as a custom destination, as its own pages show it.

State and load packages lie in its working folder. What its session does not bring through by itself (429, 5xx, a
connection that ended) is tried again by a rerun, which goes on with the package that is pending.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.exactly_once import processes
from tests.benchmarks.exactly_once.clock import SharedClock
from tests.benchmarks.exactly_once.loops import Source, Target, bill_of
from tests.benchmarks.exactly_once.vendors import Vendors

RERUNS = 5
_QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL", "NORMALIZE__WORKERS": "1"}


class Dlt:
    name = "dlt"

    def __init__(self, vendors: Vendors, clock: SharedClock, folder: Path) -> None:
        self._vendors = vendors
        self._clock = clock
        self._folder, self._copy = folder / "dlt", folder / "dlt.copy"

    def run(self, *, runners: int = 1, replay: bool = False) -> list[int]:
        """Each runner has a working folder of its own, as in containers: in one folder they break each other's."""
        if replay:
            shutil.rmtree(self._folder)
        return [processes.start(lambda place=place: self._work(str(place))) for place in range(runners)]  # type: ignore[misc]

    def copy_state(self) -> None:
        shutil.copytree(self._folder, self._copy, ignore_dangling_symlinks=True)

    def restore_state(self) -> None:
        shutil.rmtree(self._folder)
        shutil.copytree(self._copy, self._folder)

    def recover(self) -> bool:
        return False

    def held(self) -> set[str]:
        return set()

    def close(self) -> None:
        return

    def _work(self, runner: str) -> None:
        os.environ |= _QUIET
        dlt: Any = import_module("dlt")
        failed: type[Exception] = import_module("dlt.pipeline.exceptions").PipelineStepFailed
        with httpx.Client() as http:
            source = Source(http, self._vendors.source)
            target = Target(http, self._vendors.target, self._clock)
            folder, destination = str(self._folder / runner), _destination(dlt, target)
            pipeline = dlt.pipeline("bills", pipelines_dir=folder, destination=destination)
            for _ in range(RERUNS):
                with contextlib.suppress(failed):
                    pipeline.run(_invoices(dlt, source))
                    return


def _invoices(dlt: Any, source: Source) -> Any:
    """Only what came since the last run, by the moment of its last change."""
    since = dlt.sources.incremental("header.lastUpdate", range_start="open")

    @dlt.resource(name="invoices", write_disposition="append", max_table_nesting=0)  # type: ignore[untyped-decorator]
    def read(changed: Any = since) -> Iterator[dict[str, Any]]:
        for _, invoices in source.pages(1):
            yield from invoices

    return read


def _destination(dlt: Any, target: Target) -> Any:
    retrying: Any = import_module("dlt.sources.helpers.requests").Client(request_backoff_factor=0.01)

    @dlt.destination(batch_size=10, name="freshbooks", skip_dlt_columns_and_tables=True, naming_convention="direct")  # type: ignore[untyped-decorator]
    def send(items: list[dict[str, Any]], table: Any) -> None:
        for item in items:
            answer = retrying.post(target.bills_url, json={"bill": bill_of(item, target)}, headers=target.headers)
            answer.raise_for_status()

    return send
