"""Serves the simulator: `python -m tests.simulators.jira --port 8083 --control`."""

from __future__ import annotations

from tests.simulators.jira.control import Controlled
from tests.simulators.jira.simulator import JiraSimulator
from tests.simulators.standing import stand

if __name__ == "__main__":
    stand("python -m tests.simulators.jira", lambda seed: JiraSimulator(seed=seed), Controlled)
