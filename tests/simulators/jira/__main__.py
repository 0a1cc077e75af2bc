"""Serves the simulator: `python -m tests.simulators.jira --port 8083 --control`."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event

from tests.simulators.jira.control import Controlled
from tests.simulators.jira.simulator import JiraSimulator
from tests.simulators.serving import Request, Response, Simulator, serve


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


def main() -> None:
    options = _options()
    simulator = JiraSimulator(seed=options.seed)
    served: Simulator = Controlled(simulator) if options.control else simulator
    if options.state is not None:
        served = _kept(served, simulator, options.state)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with serve(served, host=options.host, port=options.port) as url:
        print(url, flush=True)
        stop.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.jira", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--seed", default="hillside", help="which site: ids and secrets follow from it")
    parser.add_argument("--state", type=Path, help="a file that holds the site between two runs")
    parser.add_argument("--control", action="store_true", help="opens /_control/")
    return parser.parse_args()


def _kept(served: Simulator, simulator: JiraSimulator, state: Path) -> Simulator:
    if state.exists():
        simulator.restore(json.loads(state.read_text()))

    def save() -> None:
        fresh = state.with_suffix(".new")
        fresh.write_text(json.dumps(simulator.snapshot()))
        fresh.replace(state)

    return Kept(served, save)


if __name__ == "__main__":
    main()
