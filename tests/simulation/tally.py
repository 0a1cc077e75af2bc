"""What a simulation has been through: postings, crash points, faults by kind, and the seeds that broke a promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Broken:
    """One schedule that ended badly. `told` holds its seed, its steps and a test that plays it again."""

    seed: int
    world: str
    faults: list[str]
    told: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """`postings` are posting messages whose record the worker brought to an ending that it wrote into the trail.

    `taken` are all that it took up: also those that it found done, under way, waiting or in another's hands.
    `points` are the calls at which a process died: (`port.method`, "before" or "after").
    """

    schedules: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    postings: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    points: set[tuple[str, str]] = field(default_factory=set)
    broken: list[Broken] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.schedules += other.schedules
        self.taken += other.taken
        self.postings += other.postings
        self.effects += other.effects
        self.faults += other.faults
        self.points |= other.points
        self.broken += other.broken

    def data(self) -> Mapping[str, Any]:
        return {
            "postings": self.postings.total(),
            "messages": self.taken,
            "postings_by_world": dict(self.postings),
            "schedules": self.schedules.total(),
            "schedules_by_world": dict(self.schedules),
            "effects_at_vendors": dict(sorted(self.effects.items())),
            "crash_points": sorted(f"{moment} {call}" for call, moment in self.points),
            "faults": dict(sorted(self.faults.items())),
            "broken": [{"seed": one.seed, "world": one.world, "faults": one.faults} for one in self.broken],
        }
