"""The peers' job, small and harsh: ours makes each bill once, and the loops must fail, or the job shows nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = 30
OURS, OTHERS = 2, 4
"""So many times the faults: enough for a few of them in thirty documents."""

type Results = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def results() -> Results:
    """By client and scenario. A program of its own: it forks, which a test runner with threads must not."""
    ours = carried_out("product", ["kill -9", "3 runners at once", "restored old state"], harsher=OURS)
    plain = carried_out("plain", ["kill -9"], harsher=OTHERS)
    looking = carried_out("look-first", ["5 s search lag"], harsher=OTHERS)
    return {(one["client"], one["scenario"]): one for one in (*ours, *plain, *looking)}


@pytest.mark.parametrize("scenario", ["kill -9", "3 runners at once", "restored old state"])
def test_every_document_has_its_one_bill(results: Results, scenario: str) -> None:
    found = results["ml-connector", scenario]

    assert (found["extra"], found["missing"], found["in_doubt"]) == (0, 0, 0)


def test_the_workers_were_really_killed(results: Results) -> None:
    assert results["ml-connector", "kill -9"]["kills"] > 1


def test_a_plain_loop_makes_bills_twice_after_a_kill(results: Results) -> None:
    assert results["plain loop", "kill -9"]["extra"] > 0


def test_looking_first_is_not_enough_where_lists_lag(results: Results) -> None:
    assert results["look-up-first loop", "5 s search lag"]["extra"] > 0


def carried_out(client: str, scenarios: list[str], *, harsher: int) -> list[dict[str, Any]]:
    job = ["--documents", str(DOCUMENTS), "--harsher", str(harsher), "--print-only"]
    command = [sys.executable, "-m", "tests.benchmarks.exactly_once", *job]
    done = subprocess.run(
        [*command, "--clients", client, "--scenarios", *scenarios],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
