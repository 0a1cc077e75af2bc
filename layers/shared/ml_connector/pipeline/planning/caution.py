"""When a create asks the target first, and when one that failed is left to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ml_connector.domain.crossreference import CrossReference, State, Unsettled
from ml_connector.domain.decision import Reason
from ml_connector.domain.posting import Action
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.planning.standing import is_found_deleted
from ml_connector.pipeline.ports import Epoch

LOOK_FIRST = "look_first"
"""The flow's setting: whether each create asks the target first."""

RESTORED = Reason(
    code="restored",
    text="our tables were restored from a backup, so the target is asked for it before it is created",
)
KEYED_BY_HAND = Reason(code=LOOK_FIRST, text="a person may have keyed it, so the target is asked before it is created")
ASKED_AGAIN = Reason(
    code="asked_again", text="a person asked for it again, so the target is asked before it is created"
)
_MEANT_TO_BE_SENT = frozenset({RESTORED.code, KEYED_BY_HAND.code, ASKED_AGAIN.code})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """The tenant's choices: each create looks first; a create that failed is only written down."""

    look_first: bool = False
    only_audits: bool = False

    @classmethod
    def of(cls, flow: Flow, settings: Mapping[str, Any]) -> Caution:
        return cls(look_first=settings.get(LOOK_FIRST) is True, only_audits=flow.only_audits(settings))

    def why_look_first(self, row: CrossReference, epoch: Epoch, *, by_person: bool) -> Reason | None:
        if epoch.restored:
            return RESTORED
        asked_again = self.only_audits or is_found_deleted(row)
        if asked_again and by_person and row.confirmed is None:
            return ASKED_AGAIN
        return KEYED_BY_HAND if self.look_first else None


NO_CAUTION = Caution()


def is_failed_create(row: CrossReference) -> bool:
    """Refused, or given up, with nothing in the target that we know of."""
    planned = row.planned is not None and row.planned.action is Action.CREATE
    return planned and row.confirmed is None and row.state in (State.REJECTED, State.DEAD)


def is_meant_to_be_sent(row: CrossReference) -> bool:
    """Whether what is shown absent is to be created: it looked first by choice, not because a create of ours failed."""
    return any(reason.code in _MEANT_TO_BE_SENT for reason in row.reasons)


def looks_first(row: CrossReference, *, now: datetime, why: Reason = RESTORED) -> CrossReference:
    """A planned create of which we may have forgotten that it was sent, or that a person was there before us."""
    assert row.planned is not None
    doubt = Unsettled(
        n=row.n,
        action=row.planned.action,
        digest=row.planned.digest,
        source_digest=row.planned.source_digest,
        since=now,
        run=row.planned.run,
        everywhere=why.code == RESTORED.code,
    )
    return replace(row, unsettled=doubt, reasons=(why,))
