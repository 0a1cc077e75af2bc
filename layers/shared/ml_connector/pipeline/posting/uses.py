"""Does something else in the target rest on an object? What does is never pulled from under it by a rollback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.decision import Reason
from ml_connector.domain.posting import Action
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.system import System

IN_USE = "in_use"
_NAMED = 5


@runtime_checkable
class KnowsUses(Protocol):
    """A system whose objects rest on one another, such as bills on their vendor."""

    def uses(self, kind: RecordKind, target_id: str) -> Sequence[str]:
        """What stands there and rests on this object, in words. From complete reads; raises as `fetch` does."""
        ...


def in_use(system: System, row: CrossReference) -> Reason | None:
    """Why a rollback must not take the record's object away; None where it may, or where it takes none away."""
    planned = row.planned
    if planned is None or not planned.undo or planned.action is not Action.VOID or row.confirmed is None:
        return None
    if not isinstance(system, KnowsUses) or not (users := system.uses(row.kind, row.confirmed.target_id)):
        return None
    named = ", ".join(users[:_NAMED]) + (f" and {len(users) - _NAMED} more" if len(users) > _NAMED else "")
    text = f"{row.kind} {row.confirmed.target_id} is still used there: {named}. Take these out first"
    return Reason(code=IN_USE, text=text)
