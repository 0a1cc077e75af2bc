"""Put a record aside that we shall never post, and say why: a person's word, audited, taken back by a replay.

One that stands in the target stays where it is, with what it holds; one that does not is passed over from then on.
What somebody deleted there does not count as posted any more.
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, Origin, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import RecordId
from ml_connector.pipeline.planning.guards import reserved_by
from ml_connector.pipeline.planning.holding import in_state
from ml_connector.pipeline.planning.settle import TARGET_GONE
from ml_connector.pipeline.planning.standing import BACK_AGAIN, SET_ASIDE, is_set_aside
from ml_connector.pipeline.ports import Change, MovedError, Ports

MAY_BE_PUT_ASIDE = frozenset({State.HELD, State.REJECTED, State.DEAD})
_TRIES = 4


def set_aside(ports: Ports, record: RecordId, *, actor: str, reason: str) -> CrossReference:
    """The row as it is now; doing it twice changes nothing.

    Raises: KeyError where there is no such record, SettingsError where it cannot be put aside, MovedError.
    """
    for _ in range(_TRIES):
        row = ports.ledger.get(record)
        if row is None:
            raise KeyError(str(record))
        if is_set_aside(row):
            return row
        _check(row)
        try:
            return ports.ledger.commit(_aside(ports, row, actor, reason))
        except MovedError:
            continue
    raise MovedError(f"{record} kept moving")


def _check(row: CrossReference) -> None:
    if row.state not in MAY_BE_PUT_ASIDE:
        raise SettingsError(f"it is {row.state}: only what is held, refused or given up is put aside", setting="record")
    if row.is_busy:
        text = (
            "a write of it is in doubt and must be looked up first: release it, and put it aside when that is settled"
        )
        raise SettingsError(text, setting="record")


def _aside(ports: Ports, row: CrossReference, actor: str, reason: str) -> Change:
    now, sure = ports.clock.now(), row.confirmed
    told = Reason(code=SET_ASIDE, text=f"put aside by {actor}: {reason}. {BACK_AGAIN}")
    state = _state_aside(row)
    event = AuditEvent(
        step=Step.SKIPPED,
        at=now,
        actor=actor,
        text=f"put aside: {reason}",
        detail={"code": SET_ASIDE, "was": row.state.value, "reasons": [one.code for one in row.reasons]},
    )
    after = in_state(replace(row, planned=None), state, now, reasons=(told,), due_at=None)
    stands = sure is not None and state is not State.REVERSED
    if stands:
        return Change(before=row, after=after, events=(event,))
    free = replace(after, reservation=None)
    return Change(before=row, after=free, events=(event,), release=reserved_by(row))


def _state_aside(row: CrossReference) -> State:
    if row.confirmed is None:
        return State.SKIPPED
    if any(reason.code == TARGET_GONE for reason in row.reasons):
        return State.REVERSED
    return State.LINKED if row.confirmed.origin is Origin.ADOPTED else State.POSTED
