"""What a defence is: a rule, how to do without it, and the schedule in which that shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulation.defences.promises import Broken, Promise

type Double = tuple[Any, str, Any]
"""Where, which name, and what stands there instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defence:
    """`rule` is its rule of exactly-once, by number or by its paragraph; see `docs/defences.md`.

    Where another layer still holds, that layer is `behind`, and is switched off together with this one.
    `found_by_chance`: a few runs of `chaos.py` without it go wrong as well.
    """

    rule: str
    doubles: tuple[Double, ...]
    schedule: Callable[[], Broken]
    breaks: Promise
    behind: str | None = None
    found_by_chance: bool = False
