"""Benchmarks run where they are asked for by name (`make bench`); any other run has the smoke test alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ASKED = "BENCHMARKS"
"""Set to anything, this environment variable asks for them in a wider run too."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "benchmark: measures, for minutes; left out unless tests/benchmarks is named")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get(ASKED) or _is_named(config):
        return
    heavy = [item for item in items if item.get_closest_marker("benchmark") is not None]
    if heavy:
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if item not in set(heavy)]


def _is_named(config: pytest.Config) -> bool:
    paths = [Path(config.invocation_params.dir, text.split("::")[0]).resolve() for text in config.args]
    return bool(paths) and all(path.is_relative_to(HERE) for path in paths)
