"""The defences of exactly-once, each switched off by doubles: the product has no switch for any of them.

`DEFENCES` names the promise that each keeps and the schedule in which its absence shows. The table in
`docs/defences.md` is held to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from tests.simulation.defences.around_it import AROUND_IT
from tests.simulation.defences.defence import Defence
from tests.simulation.defences.of_a_write import OF_A_WRITE

DEFENCES: Mapping[str, Defence] = {**OF_A_WRITE, **AROUND_IT}


@contextmanager
def without(*names: str) -> Iterator[None]:
    """The product as it would be if nobody had built these."""
    with ExitStack() as stack:
        for where, name, double in (one for each in names for one in DEFENCES[each].doubles):
            stack.enter_context(patch.object(where, name, double))
        yield
