"""The deployed stack for tests marked `engine`: one embedded engine a session, on a free port, that keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import engine, stack
from local.stack import Stack


@pytest.fixture(scope="session")
def deployed() -> Iterator[Stack]:
    """The template, built and deployed by the SAM CLI, with its policies enforced.

    Gives `outputs`, `base_url`, `environment` (for a subprocess), `client(service)`, `invoke(function, event)` and a
    signed `call(method, path)`. All tests share it: use a tenant of your own.
    """
    folder = engine.new_folder("test")
    running = engine.start(engine.free_port(), folder=folder, persist=False)
    try:
        yield stack.deploy(running.port)
    finally:
        engine.stop(running, patience=5)
        engine.discard(folder)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the stack is marked so, and runs in one worker, or each worker would deploy a stack of its own."""
    for item in items:
        if "deployed" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")
        if item.get_closest_marker("engine"):
            item.add_marker(pytest.mark.xdist_group("engine"))
