"""What may go wrong in a simulated world, and how often. Everything at nothing is a quiet day."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Of one call: `crash`, `store_error`, `switch`, `oversleep`, and of a call to a vendor `vendor`, `moved`.

    Of a message: `duplicate`, `delay`. Of one step of the run: `edit`, `restore`, `revoke`.

    `vendor`: the call goes wrong, before or after the vendor did the work. `moved`: somebody touches the record just
    before we write it, so that its Revision is another one. `oversleep`: a process goes on after its lease has run
    out; a posting worker only once its write has left it, since its time limit kills it before.
    `refusals_lie` is the switch under which a vendor may do the work and answer 429.
    """

    crash: float = 0.004
    store_error: float = 0.004
    switch: float = 0.06
    oversleep: float = 0.01
    vendor: float = 0.1
    moved: float = 0.05
    duplicate: float = 0.1
    delay: float = 0.05
    edit: float = 0.2
    restore: float = 0.005
    revoke: float = 0.01
    refusals_lie: bool = False

    def __repr__(self) -> str:
        """As one would write it: what is as usual is left out."""
        usual = {each.name: each.default for each in fields(self)}
        told = [f"{name}={getattr(self, name)!r}" for name in usual if getattr(self, name) != usual[name]]
        return f"Odds({', '.join(told)})"


_RARELY = (0, 0.0003, 0.001, 0.004)
_PER_CALL = ("crash", "store_error")


def some_odds(chance: random.Random) -> Odds:
    """A day of its own: each trouble as often as usual, less often, or not at all. Many calls make a long job."""
    usual = Odds()
    names = [each.name for each in fields(Odds) if each.name not in ("edit", "refusals_lie", *_PER_CALL)]
    drawn: dict[str, Any] = {name: chance.choice(_RARELY) for name in _PER_CALL}
    drawn |= {name: getattr(usual, name) * chance.choice((0, 0.3, 0.5, 1)) for name in names}
    return replace(usual, **drawn)
