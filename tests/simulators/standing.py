"""A simulator served by itself, until SIGTERM or Ctrl-C; on request its state outlives it."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any, Protocol

from tests.simulators.serving import Request, Response, Simulator, serve


class Lasting(Simulator, Protocol):
    """A simulator whose state can be told and brought back."""

    def snapshot(self) -> Any: ...

    def restore(self, state: Any) -> None: ...


class Kept:
    """Writes the state to a file after every call that may have changed it."""

    def __init__(self, inner: Simulator, save: Callable[[], None]) -> None:
        self._inner = inner
        self._save = save

    def handle(self, request: Request) -> Response:
        try:
            return self._inner.handle(request)
        finally:
            if request.method != "GET":
                self._save()


def stand[Made: Lasting](program: str, make: Callable[[str], Made], control: Callable[[Made], Simulator]) -> None:
    """`make` takes the seed from which ids and secrets follow; `control` opens the back door."""
    options = _options(program)
    simulator = make(options.seed)
    served: Simulator = control(simulator) if options.control else simulator
    if options.state is not None:
        served = _kept(served, simulator, options.state)
    with serve(served, host=options.host, port=options.port) as url:
        until_told(url)


def until_told(url: str) -> None:
    """Say where it is, and wait."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print(url, flush=True)
    stop.wait()


def _options(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description="A vendor to talk to, on loopback.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--seed", default="hillside", help="which customer: ids and secrets follow from it")
    parser.add_argument("--state", type=Path, help="a file that holds the state between two runs")
    parser.add_argument("--control", action="store_true", help="opens /_control/")
    return parser.parse_args()


def _kept(served: Simulator, simulator: Lasting, state: Path) -> Simulator:
    if state.exists():
        simulator.restore(json.loads(state.read_text()))

    def save() -> None:
        fresh = state.with_suffix(".new")
        fresh.write_text(json.dumps(simulator.snapshot()))
        fresh.replace(state)

    return Kept(served, save)
