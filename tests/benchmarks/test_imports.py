"""How long a function takes to be ready, beside an empty handler that has the same AWS clients; byte code is warm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.report import Table, middle, runs

ROOT = Path(__file__).parents[2]
BUDGET, WEBHOOK_BUDGET = 2.0, 1.3
_WORK = ("dynamodb", "kms", "sqs", "secretsmanager")
CLIENTS = {
    "console": ("dynamodb", "kms"),
    "dead_letters": ("sqs", "dynamodb", "kms"),
    "ingest_worker": _WORK,
    "poller": (*_WORK, "s3"),
    "posting_worker": _WORK,
    "upkeep": ("dynamodb", "sqs", "scheduler"),
    "webhook_receiver": ("dynamodb", "secretsmanager", "sqs"),
}
"""What an ordinary call of each function makes."""

OPENS = {"ingest_worker": ("jaggaer",), "poller": ("jaggaer", "freshbooks"), "posting_worker": ("freshbooks",)}
"""The systems that a function opens at its first record."""

pytestmark = pytest.mark.benchmark

_NOT_IN_THE_LAYER = ("click", "rich", "pygments", "OpenSSL")
"""What httpx and urllib3 import where they find it: here a developer's tools brought it along."""

_TIMED = """
import sys, time
sys.modules |= dict.fromkeys({missing})
began = time.process_time()
{work}
print(time.process_time() - began)
"""
_EMPTY = """
import boto3
session = boto3.Session()
clients = [session.client(name) for name in {clients}]
def lambda_handler(event, context): return {{}}
"""
_IMPORTED = "sys.path.insert(0, {folder!r}); import app"
_CLIENTS = """
from ml_connector.runtime import wiring
services = wiring.services(); services.ports; services.catalog
for name in {clients}: services.clients.make(name)
"""
_DOOR = """
from ml_connector.runtime import door, lazy
door.opened(None).receiver._webhooks["freshbooks"]
made = lazy.Clients()
for name in {clients}: made.make(name)
"""
_OPENED = """
import httpx, ml_connector.transport.oauth
for system in {systems}: services.catalog.connector(system)
httpx.Client()
"""


def test_time_until_ready() -> None:
    table = Table(
        name="imports",
        title="CPU seconds until ready, in a fresh process",
        columns=("function", "import app", "with clients", "first record", "empty", "ready/empty", "first/empty"),
    )
    for function in sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py")):
        table.add(function, *_measured(function, times=runs(7)))
    table.note(
        "ratio: the last of our columns to the empty handler with the same clients; "
        f"workers' budget is {BUDGET}, the webhook receiver's {WEBHOOK_BUDGET}"
    )
    table.note(f"empty: a handler that imports boto3 and makes the same clients; the workers' budget is {BUDGET}")
    table.note("first record: with the connectors that it opens and the HTTP client, once for each process")
    table.note("medians of runs that took turns; Lambda's own start, its file system and its CPU share are not in them")
    table.show()


def _measured(function: str, *, times: int) -> tuple[float | str, ...]:
    clients = CLIENTS.get(function, ("dynamodb",))
    imported = _IMPORTED.format(folder=str(ROOT / "functions" / function))
    made = imported + (_DOOR if function == "webhook_receiver" else _CLIENTS).format(clients=clients)
    opened = made + _OPENED.format(systems=OPENS[function]) if function in OPENS else made
    steps = [imported, made, opened, _EMPTY.format(clients=clients)]
    rounds = [[_seconds(step) for step in steps] for _ in range(times + 1)][1:]  # the first one writes byte code
    ready = [made / empty for _, made, _, empty in rounds]
    first = [opened / empty for *_, opened, empty in rounds]
    return (*(middle(column) for column in zip(*rounds, strict=True)), _told(ready), _told(first))


def _told(ratios: list[float]) -> str:
    return f"{middle(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def _seconds(work: str) -> float:
    command = [sys.executable, "-c", _TIMED.format(work=work, missing=_NOT_IN_THE_LAYER)]
    done = subprocess.run(command, capture_output=True, text=True, env=_env(), cwd=ROOT)
    assert done.returncode == 0, done.stderr.strip().splitlines()[-1]
    return float(done.stdout.split()[-1])


def _env() -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT / "layers/shared"),
        "PATH": "/usr/bin:/bin",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "STACK_NAME": "benchmark",
    }
