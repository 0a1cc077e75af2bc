"""Serves the simulator: `python -m tests.simulators.freshbooks --port 8081 --control`."""

from __future__ import annotations

from tests.simulators.freshbooks.control import Controlled
from tests.simulators.freshbooks.simulator import FreshBooksSimulator
from tests.simulators.standing import stand

if __name__ == "__main__":
    stand("python -m tests.simulators.freshbooks", lambda seed: FreshBooksSimulator(seed=seed), Controlled)
