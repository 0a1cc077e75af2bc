"""A person's word on one record that stands against every cycle, until a person takes it back.

Rolled back, put aside, or "leave it as it is in the target": polls, releases and changed mappings move none of these.
Nor is what a person deleted there made again by any of them.
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason

ROLLED_BACK = "rolled_back"
SET_ASIDE = "set_aside"
TARGET_KEPT = "target_kept"
FOUND_DELETED = "found_deleted"

_STICKY = frozenset({ROLLED_BACK, SET_ASIDE})
_SAID = _STICKY | {TARGET_KEPT}
_GIVEN_UP = frozenset({State.HELD, State.REJECTED, State.DEAD})

BACK_AGAIN = "`ml-connector replay` brings it back"


def rolled_back() -> Reason:
    return Reason(code=ROLLED_BACK, text=f"rolled back, and not posted again by itself: {BACK_AGAIN}")


def is_set_aside(row: CrossReference) -> bool:
    return _has(row, frozenset({SET_ASIDE}))


def is_kept(row: CrossReference) -> bool:
    """Whether what stands in the target stands there on a person's word; the next plan of a person's ends that."""
    return row.state in (State.POSTED, State.LINKED) and row.confirmed is not None and row.confirmed.kept


def is_rolled_back(row: CrossReference) -> bool:
    return _has(row, frozenset({ROLLED_BACK}))


def is_found_deleted(row: CrossReference) -> bool:
    """Whether a person deleted what a write in doubt had made; told as long as nobody has asked for it again."""
    return _has(row, frozenset({FOUND_DELETED}))


def stands(row: CrossReference, *, by_person: bool) -> bool:
    """Whether a plan leaves the record as it is. A rollback on its way is not stopped by anybody; one given up is."""
    if row.is_being_undone and row.state not in _GIVEN_UP:
        return True
    return not by_person and (row.is_being_undone or _has(row, _STICKY))


def taken_up(row: CrossReference) -> CrossReference:
    """The row once a person asks for it again: what a person said of a document that stands in the target is void."""
    if row.state in (State.POSTED, State.LINKED) and _has(row, _SAID):
        confirmed = replace(row.confirmed, kept=False) if row.confirmed else None
        return replace(row, confirmed=confirmed, reasons=())
    return row


def _has(row: CrossReference, codes: frozenset[str]) -> bool:
    return any(reason.code in codes for reason in row.reasons)
