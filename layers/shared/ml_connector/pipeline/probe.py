"""What a ping tries at a system: checks in rounds, each answering with a step in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeStep:
    """One step of a ping: what was tried, whether it went well, and what to do if not.

    Well, and with a fix: a warning. `needed_by` names flows and kinds of record; empty where all need it.
    """

    name: str
    ok: bool
    text: str
    fix: str | None = None
    needed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a ping tries. Its name is known before it is run: it may take longer than anybody waits."""

    name: str
    run: Callable[[], ProbeStep]
    needed_by: tuple[str, ...] = ()


type Rounds = Iterator[Sequence[Check]]
"""Checks that may run at the same time. A round is asked for only when all went well in the one before it."""


def steps_of(rounds: Rounds) -> Iterator[ProbeStep]:
    """Every check one after the other, up to the end of a round in which one failed."""
    for checks in rounds:
        steps = [check.run() for check in checks]
        yield from steps
        if not all(step.ok for step in steps):
            return
