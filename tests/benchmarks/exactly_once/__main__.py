"""The peers' job: `python -m tests.benchmarks.exactly_once`, which is `make exactly-once`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec

from tests.benchmarks.exactly_once import table
from tests.benchmarks.exactly_once.dlt_client import Dlt
from tests.benchmarks.exactly_once.faults import SHARES
from tests.benchmarks.exactly_once.loops import Loop
from tests.benchmarks.exactly_once.product import Product
from tests.benchmarks.exactly_once.scenarios import SCENARIOS, Install, carry_out
from tests.benchmarks.exactly_once.vendors import Job

CLIENTS: Mapping[str, Install] = {
    "product": Product,
    "plain": partial(Loop, looks_first=False),
    "look-first": partial(Loop, looks_first=True),
    **({"dlt": Dlt} if find_spec("dlt") else {}),
}


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    if "dlt" not in CLIENTS:
        print("dlt is not installed, and left out", file=sys.stderr)
    results = []
    for documents in options.documents:
        job = Job(invoices=documents, seed=options.seed, shares=SHARES.times(options.harsher))
        for scenario in options.scenarios:
            for client in options.clients:
                result = carry_out(CLIENTS[client], scenario, job)
                results.append(result)
                print(json.dumps(asdict(result)), flush=True)
                if not options.print_only:
                    table.write(results, order=[*SCENARIOS])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.exactly_once", description=__doc__)
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=[*CLIENTS])
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=[*SCENARIOS])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--harsher", type=float, default=1, help="so many times the faults: for few documents")
    parser.add_argument("--print-only", action="store_true", help="leaves the document as it is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
