"""`python -m tests.simulators.jaggaer --port N [--data invented|FOLDER] [--control]`: JAGGAER on loopback.

Prints its base URL and serves until SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.simulators.jaggaer.control import Controlled
from tests.simulators.jaggaer.simulator import JaggaerSimulator
from tests.simulators.serving import serve
from tests.simulators.standing import until_told


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    simulator = JaggaerSimulator()
    if options.data == "invented":
        simulator.load_invented()
    elif options.data is not None:
        simulator.load_published(Path(options.data))
    with serve(Controlled(simulator) if options.control else simulator, host=options.host, port=options.port) as url:
        until_told(url)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.jaggaer", description="A JAGGAER to talk to.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--data", help="`invented`, or a folder with a published invoice-list.json; empty without it")
    parser.add_argument("--control", action="store_true", help="open /_control/ to whoever can reach the port")
    return parser


if __name__ == "__main__":
    main()
