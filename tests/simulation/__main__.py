"""Runs the simulated world for long: `python -m tests.simulation --postings 100000`, or `make simulate N=100000`."""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count

from tests.simulation.chaos import Chaos
from tests.simulation.odds import some_odds
from tests.simulation.scenes import SCENES
from tests.simulation.tally import Broken, Tally
from tests.simulation.telling import retold

_A_TASK = 4
"""Schedules that a process plays before it tells of them."""


def main() -> int:
    """Exit code 1 where a promise was broken."""
    options = _options()
    began, tally = time.monotonic(), Tally()
    for part in _played(options):
        tally.add(part)
        for one in part.broken:
            print(one.told, file=sys.stderr, flush=True)
        _progress(tally, options.postings, began)
    seconds = time.monotonic() - began
    told = json.dumps({**tally.data(), "seconds": round(seconds)}, indent=2) if options.json else _told(tally, seconds)
    print(told)
    return 1 if tally.broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--postings", type=int, default=20_000, help="how many simulated postings, at least")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="stop after so long, wherever it is")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0, help="the first schedule's; the others count on from it")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _played(options: argparse.Namespace) -> Iterator[Tally]:
    """Parts as they are done. What is under way when the number is reached is waited for and counted too."""
    seeds, done, ends = count(options.seed, _A_TASK), 0, time.monotonic() + 60 * options.minutes
    with ProcessPoolExecutor(options.processes) as pool:
        waiting: set[Future[Tally]] = {pool.submit(_task, next(seeds)) for _ in range(2 * options.processes)}
        while waiting:
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ready:
                part = future.result()
                done += part.postings.total()
                yield part
            while done < options.postings and time.monotonic() < ends and len(waiting) < 2 * options.processes:
                waiting.add(pool.submit(_task, next(seeds)))


def _task(first: int) -> Tally:
    gc.disable()  # a schedule leaves one heap behind: freed as a whole, and cheaper so
    tally = Tally()
    for seed in range(first, first + _A_TASK):
        tally.add(played(seed))
        gc.collect()
    return tally


def played(seed: int) -> Tally:
    """One schedule. Every part of it follows from the seed: which world, how long, how large, what goes wrong."""
    chance = random.Random(f"schedule {seed}")
    scene = SCENES[seed % len(SCENES)]
    chaos = Chaos(seed, odds=some_odds(chance), documents=chance.choice((8, 12, 16)), scene_of=scene)
    try:
        chaos.run(chance.choice((300, 500)))
        faults = chaos.faults_left()
    except Exception as error:  # it never came to rest: that is a broken promise as well
        faults = [repr(error)]
    tally = chaos.tally
    tally.schedules[chaos.scene.name] += 1
    if faults:
        tally.broken.append(Broken(seed=seed, world=chaos.scene.name, faults=faults, told=retold(chaos, faults)))
    return tally


def _progress(tally: Tally, wanted: int, began: float) -> None:
    if sys.stderr.isatty() or tally.schedules.total() % 40 == 0:
        done, seconds = tally.postings.total(), max(time.monotonic() - began, 1)
        line = f"{done:,} of {wanted:,} postings, {done / seconds:,.0f}/s, {len(tally.broken)} broken"
        print(line, end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def _told(tally: Tally, seconds: float) -> str:
    lines = [
        f"posting messages     {tally.taken:>12,}   taken up by a worker",
        f"simulated postings   {tally.postings.total():>12,}   {_split(tally.postings)}",
        f"schedules            {tally.schedules.total():>12,}   {_split(tally.schedules)}",
        f"effects at vendors   {tally.effects.total():>12,}   {_split(tally.effects)}",
        f"crash points         {len(tally.points):>12,}   distinct calls, before or after, at which a process died",
        f"faults injected      {tally.faults.total():>12,}",
        *(f"  {kind:<38} {number:>10,}" for kind, number in tally.faults.most_common()),
        f"promises broken      {len(tally.broken):>12,}   {[one.seed for one in tally.broken[:20]] or ''}",
        f"time                 {seconds:>12,.0f} s",
    ]
    return "\n".join(lines)


def _split(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()))


if __name__ == "__main__":
    raise SystemExit(main())
